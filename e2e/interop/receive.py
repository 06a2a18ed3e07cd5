"""Reads pushed requests with the CloudEvents SDK; prints each event's attributes and data as JSON."""

import json
import sys

from cloudevents.v1.http import from_http

events = []
for pushed in json.load(sys.stdin)["pushed"]:
    event = from_http(pushed["headers"], pushed["body"])
    events.append({**event.get_attributes(), "data": event.get_data()})
json.dump(events, sys.stdout)
