"""Drives a simulator of Svix with the official client for Python: create, list over pages, patch, upsert, secrets, headers."""

import json
import sys
from datetime import datetime, timedelta, timezone

from svix.api import (
    ApplicationIn, EndpointCreateOptions, EndpointHeadersIn, EndpointIn, EndpointListOptions, EndpointPatch,
    EndpointSecretRotateIn, EndpointUpsertIn, EventExampleIn, EventTypeIn, RecoverIn, Svix, SvixOptions,
)
from svix.exceptions import HTTPValidationError, HttpError

token, application, base = sys.argv[1], sys.argv[2], sys.argv[3]
client = Svix(token, SvixOptions(server_url=base, retry_schedule=[]))
endpoints = client.endpoint

client.event_type.create(EventTypeIn(name="loan.decided", description="A loan was decided."))
client.event_type.create(EventTypeIn(name="loan.old", description="Not any more."))
client.event_type.delete("loan.old")
names = [event_type.name for event_type in client.event_type.list().data]
assert "loan.decided" in names and "loan.old" not in names, names
app = client.application.get_or_create(ApplicationIn(name="Proof", uid="proof"))
assert client.application.get_or_create(ApplicationIn(name="Proof", uid="proof")).id == app.id

made = []
for number in range(7):
    made.append(endpoints.create(application, EndpointIn(
        url=f"https://hooks.example.com/python/{number}",
        description=f"python {number}",
        event_types=["invoice.paid", "loan.decided"],
        metadata={"team": "risk"},
    )))
assert made[0].id.startswith("ep_") and made[0].disabled is False and made[0].event_types == ["invoice.paid", "loan.decided"]

# Each one once, the newest first; only `done` ends the list.
every, iterator = [], None
while True:
    page = endpoints.list(application, EndpointListOptions(limit=3, iterator=iterator))
    every += [endpoint.id for endpoint in page.data]
    iterator = page.iterator
    if page.done:
        break
assert every == [endpoint.id for endpoint in reversed(made)], every

# A patch leaves what it does not name; null clears; an upsert empties what it does not name.
changed = endpoints.patch(application, made[0].id, EndpointPatch(disabled=True, event_types=None))
assert changed.disabled is True and changed.event_types is None and changed.metadata == {"team": "risk"}
changed = endpoints.upsert(application, made[0].id, EndpointUpsertIn(url=made[0].url, description="python 0"))
assert changed.disabled is False and changed.metadata == {} and changed.event_types is None
upserted = endpoints.upsert(application, "by-uid", EndpointUpsertIn(url="https://hooks.example.com/python/uid", description="python uid"))
assert upserted.uid == "by-uid" and endpoints.get(application, "by-uid").id == upserted.id

# The key can be read, and is another after it was rotated.
key = endpoints.get_secret(application, made[0].id).key
endpoints.rotate_secret(application, made[0].id, EndpointSecretRotateIn())
assert key.startswith("whsec_") and endpoints.get_secret(application, made[0].id).key not in ("", key)
own = endpoints.create(application, EndpointIn(url="https://hooks.example.com/own", secret="whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))
assert endpoints.get_secret(application, own.id).key == "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

endpoints.set_headers(application, own.id, EndpointHeadersIn(headers={"X-Team": "risk", "Authorization": "canary"}))
headers = endpoints.get_headers(application, own.id)
assert headers.headers == {"X-Team": "risk"} and headers.sensitive == ["Authorization"], headers

assert endpoints.send_example(application, own.id, EventExampleIn(event_type="invoice.paid")).event_type == "invoice.paid"
endpoints.recover(application, own.id, RecoverIn(since=datetime.now(timezone.utc) - timedelta(days=1)))
assert client.message_attempt.list_by_endpoint(application, own.id).data == []

# The same key gives the same answer.
options = EndpointCreateOptions(idempotency_key="k")
once = endpoints.create(application, EndpointIn(url="https://hooks.example.com/once"), options)
assert endpoints.create(application, EndpointIn(url="https://hooks.example.com/once"), options).id == once.id

for wrong, error in [
    (lambda: endpoints.create(application, EndpointIn(url="https://x.example.com", event_types=["no.such"])), HTTPValidationError),
    (lambda: endpoints.create(application, EndpointIn(url="https://x.example.com", event_types=["loan.old"])), HTTPValidationError),
    (lambda: endpoints.create(application, EndpointIn(url="https://x.example.com", event_types=[])), HTTPValidationError),
    (lambda: endpoints.create(application, EndpointIn(url="ftp://x.example.com")), HTTPValidationError),
    (lambda: endpoints.create(application, EndpointIn(url="https://x.example.com", uid="by-uid")), HttpError),
    (lambda: endpoints.get(application, "ep_no"), HttpError),
    (lambda: endpoints.list(application, EndpointListOptions(limit=251)), HTTPValidationError),
]:
    try:
        wrong()
    except error:
        continue
    raise AssertionError(f"no {error.__name__}")

for endpoint in made[3:] + [own, once]:
    endpoints.delete(application, endpoint.id)
print(json.dumps([endpoint.url for endpoint in endpoints.list(application).data]))
