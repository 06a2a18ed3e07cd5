"""Verifies a push's signature with the Standard Webhooks library; prints whether it holds."""

import json
import sys

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

push = json.load(sys.stdin)
try:
    Webhook(push["secret"]).verify(push["body"], push["headers"])
    verified = True
except WebhookVerificationError:
    verified = False
json.dump({"verified": verified}, sys.stdout)
