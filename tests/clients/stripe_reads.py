"""Reads what is live with the official client for Python, and verifies a delivery's signature with it."""

import json
import sys

import stripe

key, base = sys.argv[1], sys.argv[2]
client = stripe.StripeClient(key, base_addresses={"api": base}, max_network_retries=0)
found = client.v1.webhook_endpoints.list().data
print(json.dumps([
    {
        "url": endpoint.url,
        "description": endpoint.description,
        "events": sorted(endpoint.enabled_events),
        "status": endpoint.status,
        "mark": endpoint.metadata.to_dict().get("hookwright"),
        "api_version": endpoint.api_version,
    }
    for endpoint in found
]))
