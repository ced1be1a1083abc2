"""How TaskRouter reads parameters and writes resources."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from fastapi import Request

from getting_started.twilio_emulator.errors import bad_request
from getting_started.twilio_emulator.forms import Form, to_page
from getting_started.twilio_emulator.taskrouter.models import Resource
from getting_started.twilio_emulator.twilio import Twilio, emulated

Body = dict[str, Any]


def to_body(twilio: Twilio, resource: Resource, path: str) -> Body:
    """A resource as answered: its fields, the account, and its address below the workspaces."""
    url = twilio.url("taskrouter", f"/v1/Workspaces{path}")
    return resource.to_json() | {"account_sid": twilio.account.sid, "url": url, "links": {}}


def read_object(text: str | None, name: str) -> dict[str, Any]:
    """A parameter that holds a JSON object; TwilioError when it is none."""
    try:
        value = json.loads(text or "{}")
    except ValueError:
        raise bad_request(f"Invalid {name}: not JSON") from None
    if not isinstance(value, dict):
        raise bad_request(f"Invalid {name}: not a JSON object")
    return value


def read_integer(form: Form, name: str, default: int) -> int:
    try:
        return int(form.get(name) or default)
    except ValueError:
        raise bad_request(f"Invalid {name}: not a number") from None


def to_list(
    request: Request, key: str, path: str, resources: Iterable[Resource], workspace_sid: str
) -> Body:
    twilio = emulated(request)
    bodies = [
        to_body(twilio, resource, f"/{workspace_sid}{path}/{resource.sid}")
        for resource in resources
        if resource.workspace_sid == workspace_sid
    ]
    return to_page(request, key, bodies)
