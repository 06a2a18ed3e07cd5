"""Publishes events with the CloudEvents SDK in structured, binary and batch mode; prints the answers as JSON."""

import json
import sys
import urllib.error
import urllib.request

from cloudevents.v1.conversion import to_binary, to_dict, to_structured
from cloudevents.v1.http import CloudEvent


def event(mode):
    attributes = {"type": "com.example.interop", "source": "/interop", "subject": "a subject"}
    return CloudEvent(attributes, {"mode": mode})


def send(url, headers, body):
    request = urllib.request.Request(url, data=body, headers=dict(headers), method="POST")
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request) as answer:
            return {"status": answer.status, "body": json.load(answer)}
    except urllib.error.HTTPError as error:
        return {"status": error.code, "body": error.read().decode()}


url = json.load(sys.stdin)["url"]
structured_headers, structured_body = to_structured(event("structured"))
binary_headers, binary_body = to_binary(event("binary"))
batch = json.dumps([to_dict(event("batch 1")), to_dict(event("batch 2"))]).encode()
answers = {
    "structured": send(url, structured_headers, structured_body),
    "binary": send(url, {"content-type": "application/json", **binary_headers}, binary_body),
    "batch": send(url, {"content-type": "application/cloudevents-batch+json"}, batch),
}
json.dump(answers, sys.stdout)
