"""Requests signed as Twilio signs them.

https://www.twilio.com/docs/usage/security#validating-requests
"""

from __future__ import annotations

import hashlib
import json
from typing import Any
from urllib.parse import urlencode

import httpx
from twilio.request_validator import RequestValidator

from benchmarks.contenders.running import AUTH_TOKEN

_validator = RequestValidator(AUTH_TOKEN)


def sign(url: str, form: dict[str, str] | None = None) -> dict[str, str]:
    return {"X-Twilio-Signature": str(_validator.compute_signature(url, form or {}))}


async def post_form(client: httpx.AsyncClient, url: str, form: dict[str, str]) -> str:
    """The answer's body. Raises httpx.HTTPError for any other status than success."""
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    headers = {**kind, **sign(url, form)}
    response = await client.post(url, content=urlencode(form), headers=headers)
    return response.raise_for_status().text


async def post_event(client: httpx.AsyncClient, url: str, event: dict[str, Any]) -> None:
    """Raises httpx.HTTPError for any other status than success."""
    body = json.dumps(event).encode()
    signed = f"{url}?bodySHA256={hashlib.sha256(body).hexdigest()}"
    headers = {"Content-Type": "application/json", **sign(signed)}
    (await client.post(signed, content=body, headers=headers)).raise_for_status()
