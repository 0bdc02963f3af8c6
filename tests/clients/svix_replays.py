"""Reads with the official client for Python what came of events that were sent again, and asks for them as we do."""

import json
import sys
from datetime import datetime, timedelta, timezone

from svix.api import MessageAttemptListByEndpointOptions, RecoverIn, Svix, SvixOptions

token, application, base = sys.argv[1], sys.argv[2], sys.argv[3]
client = Svix(token, SvixOptions(server_url=base, retry_schedule=[]))
endpoint = client.endpoint.list(application).data[0]

attempts = client.message_attempt.list_by_endpoint(
    application, endpoint.id, MessageAttemptListByEndpointOptions(limit=250)).data
delivered = {attempt.msg_id for attempt in attempts if attempt.status == 0}
assert delivered == {attempt.msg_id for attempt in attempts}, attempts

resent = sorted(delivered)[0]
client.message_attempt.resend(application, resent, endpoint.id)
now = datetime.now(timezone.utc)
task = client.endpoint.recover(application, endpoint.id, RecoverIn(since=now - timedelta(days=1), until=now))
assert task.id and task.status == "running", task
print(json.dumps({"delivered": sorted(delivered), "resent": resent}))
