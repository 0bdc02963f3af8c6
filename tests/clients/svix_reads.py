"""Reads what is live with the official client for Python."""

import json
import sys

from svix.api import Svix, SvixOptions

token, application, base = sys.argv[1], sys.argv[2], sys.argv[3]
client = Svix(token, SvixOptions(server_url=base, retry_schedule=[]))
print(json.dumps([
    {
        "url": endpoint.url, "description": endpoint.description, "events": endpoint.event_types,
        "disabled": endpoint.disabled, "mark": endpoint.metadata.get("hookwright"), "uid": endpoint.uid,
        "key": client.endpoint.get_secret(application, endpoint.id).key,
    }
    for endpoint in client.endpoint.list(application).data
]))
