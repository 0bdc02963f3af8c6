"""Drives a simulator of Stripe with the official client for Python: create, list over pages, update, delete."""

import json
import sys

import stripe

key, base = sys.argv[1], sys.argv[2]
client = stripe.StripeClient(key, base_addresses={"api": base}, max_network_retries=0)
endpoints = client.v1.webhook_endpoints

made = []
for number in range(12):
    made.append(endpoints.create(params={
        "url": f"https://hooks.example.com/python/{number}",
        "enabled_events": ["charge.failed", "charge.succeeded"],
        "description": f"python {number}",
        "metadata": {"team": "risk"},
    }))
assert made[0].secret.startswith("whsec_"), made[0]
assert made[0].status == "enabled" and made[0].livemode is False

# Ten on a page by default, and two at a time: each one once, the newest first.
every = [endpoint.id for endpoint in endpoints.list(params={"limit": 5}).auto_paging_iter()]
assert every == [endpoint.id for endpoint in reversed(made)], every
assert not hasattr(endpoints.list().data[0], "secret")
assert endpoints.list().has_more and len(endpoints.list().data) == 10
before = endpoints.list(params={"limit": 3, "ending_before": made[0].id})
assert [endpoint.id for endpoint in before.data] == [made[3].id, made[2].id, made[1].id]

changed = endpoints.update(made[0].id, params={
    "disabled": True, "enabled_events": ["*"], "description": "", "metadata": {"team": ""},
})
assert changed.status == "disabled" and changed.enabled_events == ["*"]
assert changed.description is None and changed.metadata.to_dict() == {}
assert endpoints.retrieve(made[0].id).url == made[0].url

# The same key gives the same answer, the secret with it; with other parameters it is refused.
params = {"url": "https://hooks.example.com/once", "enabled_events": ["charge.failed"]}
once = endpoints.create(params=params, options={"idempotency_key": "k"})
again = endpoints.create(params=params, options={"idempotency_key": "k"})
assert (once.id, once.secret) == (again.id, again.secret)
for wrong, error in [
    (lambda: endpoints.create(params={**params, "url": "https://x.example.com"}, options={"idempotency_key": "k"}), stripe.IdempotencyError),
    (lambda: endpoints.create(params={"url": "https://x.example.com", "enabled_events": ["no.such"]}), stripe.InvalidRequestError),
    (lambda: endpoints.create(params={"url": "http://localhost/", "enabled_events": ["*"]}), stripe.InvalidRequestError),
    (lambda: endpoints.retrieve("we_no"), stripe.InvalidRequestError),
    (lambda: stripe.StripeClient("sk_wrong", base_addresses={"api": base}).v1.webhook_endpoints.list(), stripe.AuthenticationError),
]:
    try:
        wrong()
    except error:
        continue
    raise AssertionError(f"no {error.__name__}")

for endpoint in made[2:]:
    assert endpoints.delete(endpoint.id).deleted is True
assert [endpoint.id for endpoint in endpoints.list().data] == [once.id, made[1].id, made[0].id]
print(json.dumps([endpoint.url for endpoint in endpoints.list().data]))
