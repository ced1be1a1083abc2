"""Only Twilio gets in: requests and sockets are authenticated before their bodies are parsed.

Signatures are checked against the configured public address, never against what the request
claims its host to be (https://www.twilio.com/docs/usage/security).
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import re
import secrets
import time
from typing import Any
from urllib.parse import parse_qs, parse_qsl

from starlette.datastructures import ImmutableMultiDict
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, HTTPConnection, Request
from starlette.websockets import WebSocket
from twilio.request_validator import RequestValidator

from agent.settings import Settings

JSON_LIMIT = 1024 * 1024
FORM_LIMIT = 64 * 1024
BODY_SECONDS = 10.0
TICKET_SECONDS = 300
_HALF_CHARACTER = re.compile(r"\\u[dD][89a-fA-F]")
"""Or a whole one, that is written as two such halves."""
_REFUSED = "The request is not signed by Twilio for this address"


class Ingress:
    """Checks what comes in. Refusals are 403; 413 and 408 for a body too large or too slow."""

    def __init__(self, settings: Settings) -> None:
        self._public_url = settings.public_url
        self._socket_url = settings.socket_url
        self._socket_path = settings.websocket_path
        self._checks_tool_calls = settings.check_tool_signature
        self._validator = RequestValidator(settings.auth_token.get_secret_value())

    async def read_form(self, request: Request) -> dict[str, str]:
        """The fields of a genuine form request."""
        signature = _signature_of(request)
        body = await read_body(request, "application/x-www-form-urlencoded", FORM_LIMIT)
        try:
            pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=500)
        except ValueError:
            raise HTTPException(403, _REFUSED) from None
        fields = ImmutableMultiDict(pairs)
        if not self._validator.validate(self._url_of(request), fields, signature):
            raise HTTPException(403, _REFUSED)
        return dict(pairs)

    async def read_event(self, request: Request) -> dict[str, Any]:
        """The JSON object of a genuine event. 400 when a genuine body is no JSON object."""
        signature = _signature_of(request)
        body = await read_body(request, "application/json", JSON_LIMIT)
        self._check_json(request, body, signature)
        return to_object(body)

    async def read_tool_call(self, request: Request) -> dict[str, Any]:
        """The JSON object with which an AI Assistant calls a tool; an empty body is an empty one.

        The signature is over the address, and covers the body where that names its hash: nothing
        public says that it always does. `AGENT_CHECK_TOOL_SIGNATURE=false` does without it.
        """
        signature = _signature_of(request) if self._checks_tool_calls else ""
        body = await read_body(request, "application/json", JSON_LIMIT)
        if signature:
            self._check_json(request, body, signature, needs_hash=False)
        return to_object(body or b"{}")

    def _check_json(
        self, request: Request, body: bytes, signature: str, *, needs_hash: bool = True
    ) -> None:
        query = request.scope["query_string"].decode("latin-1")
        expected = parse_qs(query).get("bodySHA256", [""])[0].lower()
        actual = hashlib.sha256(body).hexdigest()
        has_body = hmac.compare_digest(actual.encode(), expected.encode())
        if not has_body and (expected or needs_hash):
            raise HTTPException(403, _REFUSED)
        if not self._validator.validate(self._url_of(request), {}, signature):
            raise HTTPException(403, _REFUSED)

    def is_genuine_socket(self, websocket: WebSocket) -> bool:
        """Whether Twilio signed this upgrade for our public address."""
        signature = websocket.headers.get("x-twilio-signature", "")
        path = _path_of(websocket).removeprefix(self._socket_path)
        return bool(signature) and bool(
            self._validator.validate(self._socket_url + path, {}, signature)
        )

    def _url_of(self, request: Request) -> str:
        return self._public_url + _path_of(request)


class SocketTickets:
    """One-time tickets that tie a socket to the call it was opened for.

    The signature of a socket covers nothing but its address, so each call gets an address of its
    own: `/ws/{ticket}`. A ticket is signed and needs no store; the used ones are remembered here
    for as long as they would be valid.
    """

    def __init__(self, settings: Settings) -> None:
        token = settings.auth_token.get_secret_value().encode()
        self._key = hmac.digest(token, b"socket tickets", "sha256")
        self._used: dict[str, float] = {}

    def issue(self, call_sid: str) -> str:
        signed = f"{call_sid}.{int(time.time())}.{secrets.token_hex(4)}"
        return f"{signed}.{self._mac(signed)}"

    def redeem(self, ticket: str) -> str | None:
        """The call the ticket was issued for; None when it is forged, too old or used before."""
        signed, _, mac = ticket.rpartition(".")
        if not hmac.compare_digest(mac.encode(), self._mac(signed).encode()):
            return None
        call_sid, issued_at, _ = signed.split(".")
        now = time.time()
        self._forget_expired(now)
        if int(issued_at) + TICKET_SECONDS < now or ticket in self._used:
            return None
        self._used[ticket] = now + TICKET_SECONDS
        return call_sid

    def _forget_expired(self, now: float) -> None:
        """The oldest come first, so that a call does not cost more the more calls there were."""
        while self._used and next(iter(self._used.values())) <= now:
            del self._used[next(iter(self._used))]

    def _mac(self, signed: str) -> str:
        digest = hmac.digest(self._key, signed.encode(), "sha256")
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def to_object(body: bytes) -> dict[str, Any]:
    """The JSON object of a body, as `parse_object` reads it. Refused with 400 when it is none."""
    value = parse_object(body.decode(errors="replace"))
    if value is None:
        raise HTTPException(400, "The body is not a JSON object")
    return value


def parse_object(text: str) -> dict[str, Any] | None:
    """The JSON object that `text` is, if it is one.

    Half a character, as of an emoji that was cut in two, is replaced: JSON can name it, but neither
    the model, the database nor Twilio would take it.
    """
    try:
        value = json.loads(text)
        if _HALF_CHARACTER.search(text):
            units = json.dumps(value, ensure_ascii=False).encode("utf-16", "surrogatepass")
            value = json.loads(units.decode("utf-16", "replace"))
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _signature_of(request: Request) -> str:
    """The signature header; without one the body is not even read."""
    signature = request.headers.get("x-twilio-signature", "")
    if not signature:
        raise HTTPException(403, _REFUSED)
    return signature


async def read_body(request: Request, media_type: str, limit: int) -> bytes:
    """The body, of that media type (else 403) and within `limit` bytes (413) and time (408)."""
    sent_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if sent_type != media_type:
        raise HTTPException(403, f"The media type must be {media_type}")
    declared = request.headers.get("content-length", "0")
    if not declared.isdecimal() or int(declared) > limit:
        raise _too_large(limit)
    try:
        async with asyncio.timeout(BODY_SECONDS):
            return await _collect(request, limit)
    except (TimeoutError, ClientDisconnect):
        raise HTTPException(408, "The body did not come") from None


async def _collect(request: Request, limit: int) -> bytes:
    """The body, however long it says that it is."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise _too_large(limit)
    return bytes(body)


def _too_large(limit: int) -> HTTPException:
    return HTTPException(413, f"The body is larger than {limit} bytes")


def _path_of(connection: HTTPConnection) -> str:
    """Path and query as they came over the wire."""
    path: bytes = connection.scope.get("raw_path") or connection.scope["path"].encode()
    query: bytes = connection.scope["query_string"]
    return (path + (b"?" + query if query else b"")).decode("latin-1")
