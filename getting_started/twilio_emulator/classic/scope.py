"""Which service a path of Conversations (Classic) is about."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from getting_started.twilio_emulator.classic.models import Conversation, Service
from getting_started.twilio_emulator.classic.store import ClassicStore
from getting_started.twilio_emulator.errors import bad_request
from getting_started.twilio_emulator.forms import Form
from getting_started.twilio_emulator.twilio import Cloud


@dataclass(frozen=True)
class Scope:
    """The service that a path is about, and the address under which it answers."""

    store: ClassicStore
    service: Service
    root: str

    def find(self, name: str) -> Conversation:
        return self.store.find_in_service_or_raise(self.service.sid, name)


async def find_scope(twilio: Cloud, request: Request) -> Scope:
    """The service named in the path or, without one, the default service."""
    service_sid = request.path_params.get("service_sid")
    if service_sid is None:
        root = twilio.url("conversations", "/v1")
        return Scope(twilio.classic, twilio.classic.default_service(), root)
    service = twilio.classic.get_service_or_raise(service_sid)
    root = twilio.url("conversations", f"/v1/Services/{service.sid}")
    return Scope(twilio.classic, service, root)


In = Annotated[Scope, Depends(find_scope)]


def read_attributes(form: Form, default: str = "{}") -> str:
    """The attributes: a JSON document in a string, refused when it is none."""
    attributes = form.get("Attributes")
    if attributes is None:
        return default
    try:
        json.loads(attributes)
    except ValueError:
        raise bad_request("Attributes are not valid JSON") from None
    return attributes
