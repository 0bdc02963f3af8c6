"""Verifies deliveries with the official client for Python: their bodies and headers come as JSON."""

import json
import sys

import stripe

for delivery in json.load(sys.stdin):
    event = stripe.Webhook.construct_event(
        delivery["body"], delivery["header"], delivery["secret"], tolerance=delivery["tolerance"]
    )
    print(event["type"])
