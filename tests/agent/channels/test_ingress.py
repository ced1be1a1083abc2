"""Only Twilio gets in: every way of not being Twilio is refused, cheaply."""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
import pytest_asyncio
from twilio.request_validator import RequestValidator
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus

from agent.channels.ingress import FORM_LIMIT, JSON_LIMIT, SocketTickets
from agent.settings import load_settings
from getting_started.local import LocalStack, running_locally
from tests.environment import COMPLETE

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
pytestmark = pytest.mark.asyncio(loop_scope="module")
CALL = {"CallSid": "CA" + "1" * 32, "From": "+15550100001", "Direction": "inbound"}
EVENT: dict[str, Any] = {"eventType": "PARTICIPANT_ADDED", "data": {"id": "conv_participant_1"}}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stack() -> AsyncIterator[LocalStack]:
    """One for the module: none of these tests changes anything in it."""
    async with running_locally({}) as stack:
        yield stack


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(stack: LocalStack) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=stack.agent_url) as client:
        yield client


def sign(stack: LocalStack, url: str, form: dict[str, str] | None = None) -> str:
    validator = RequestValidator(stack.twilio.account.auth_token)
    return str(validator.compute_signature(url, form or {}))


def signed_event(
    stack: LocalStack, body: bytes, *, media_type: str = JSON
) -> tuple[str, dict[str, str]]:
    """Path and headers of a genuine event with this body."""
    path = f"/webhook?bodySHA256={hashlib.sha256(body).hexdigest()}"
    signature = sign(stack, stack.agent_url + path)
    return path, {"X-Twilio-Signature": signature, "Content-Type": media_type}


async def test_genuine_event_is_taken(stack: LocalStack, client: httpx.AsyncClient) -> None:
    body = json.dumps(EVENT).encode()
    path, headers = signed_event(stack, body)

    response = await client.post(path, content=body, headers=headers)

    assert (response.status_code, response.json()) == (200, {"status": "ok"})


@pytest.mark.parametrize(
    "media_type",
    [
        "text/plain",
        "application/json-patch+json",
        "application/x-www-form-urlencoded, application/json",
        "multipart/form-data; boundary=application/x-www-form-urlencoded",
        FORM,
        "",
    ],
)
async def test_odd_media_type_is_refused(
    stack: LocalStack, client: httpx.AsyncClient, media_type: str
) -> None:
    body = json.dumps(EVENT).encode()
    path, headers = signed_event(stack, body, media_type=media_type)

    response = await client.post(path, content=body, headers=headers)

    assert response.status_code == 403


async def test_media_type_with_parameter_and_capitals_is_taken(
    stack: LocalStack, client: httpx.AsyncClient
) -> None:
    body = json.dumps(EVENT).encode()
    path, headers = signed_event(stack, body, media_type="Application/JSON; charset=utf-8")

    assert (await client.post(path, content=body, headers=headers)).status_code == 200


async def test_replayed_signature_with_another_body_is_refused(
    stack: LocalStack, client: httpx.AsyncClient
) -> None:
    path, headers = signed_event(stack, json.dumps(EVENT).encode())

    response = await client.post(path, content=b'{"eventType":"forged"}', headers=headers)

    assert response.status_code == 403


@pytest.mark.parametrize("signature", [None, "", "AAAAAAAAAAAAAAAAAAAAAAAAAAA="])
@pytest.mark.parametrize(
    "path",
    [
        "/twiml",
        "/webhook",
        "/conversation-relay-callback",
        "/twilio/call-events/status",
        "/twilio/call-events/amd",
        "/twilio/call-events/recording",
    ],
)
async def test_unsigned_request_is_refused(
    client: httpx.AsyncClient, path: str, signature: str | None
) -> None:
    headers = {"Content-Type": JSON if path == "/webhook" else FORM}
    if signature is not None:
        headers["X-Twilio-Signature"] = signature

    response = await client.post(path, content=b"CallSid=CA1", headers=headers)

    assert response.status_code == 403


@pytest.mark.parametrize(
    "forged",
    [
        {"Host": "evil.example.org"},
        {"X-Forwarded-Host": "evil.example.org", "X-Forwarded-Proto": "https"},
        {"X-Forwarded-Host": "evil.example.org:notaport"},
    ],
)
async def test_signature_for_another_host_is_refused(
    stack: LocalStack, client: httpx.AsyncClient, forged: dict[str, str]
) -> None:
    host = forged.get("Host") or forged["X-Forwarded-Host"]
    signature = sign(stack, f"https://{host}/twiml", CALL)
    headers = {"Content-Type": FORM, "X-Twilio-Signature": signature, **forged}

    response = await client.post("/twiml", content=urlencode(CALL), headers=headers)

    assert response.status_code == 403


async def test_signature_for_another_path_is_refused(
    stack: LocalStack, client: httpx.AsyncClient
) -> None:
    signature = sign(stack, f"{stack.agent_url}/conversation-relay-callback", CALL)
    headers = {"Content-Type": FORM, "X-Twilio-Signature": signature}

    response = await client.post("/twiml", content=urlencode(CALL), headers=headers)

    assert response.status_code == 403


@pytest.mark.parametrize("body", [b"{not json", b"[1, 2]", b'"text"', b"\xff\xfe"])
async def test_genuine_body_that_is_no_object_is_a_bad_request(
    stack: LocalStack, client: httpx.AsyncClient, body: bytes
) -> None:
    path, headers = signed_event(stack, body)

    assert (await client.post(path, content=body, headers=headers)).status_code == 400


@pytest.mark.parametrize(
    ("path", "media_type", "limit"), [("/webhook", JSON, JSON_LIMIT), ("/twiml", FORM, FORM_LIMIT)]
)
@pytest.mark.parametrize("declared", [True, False])
async def test_oversized_body_is_refused(
    client: httpx.AsyncClient, path: str, media_type: str, limit: int, declared: bool
) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(limit // 1024 + 1):
            yield b"x" * 1024

    body = b"x" * (limit + 1) if declared else chunks()
    headers = {"Content-Type": media_type, "X-Twilio-Signature": "unchecked"}

    response = await client.post(path, content=body, headers=headers)

    assert response.status_code == 413


async def test_pages_that_describe_the_server_are_closed(client: httpx.AsyncClient) -> None:
    for path in ("/docs", "/redoc", "/openapi.json", "/metrics"):
        assert (await client.get(path)).status_code == 404


async def test_health_is_open(client: httpx.AsyncClient) -> None:
    assert (await client.get("/healthz")).json() == {"status": "alive"}
    assert (await client.get("/readyz")).json() == {"status": "ready"}


# Sockets


def socket_url(stack: LocalStack, path: str = "") -> str:
    return f"{stack.settings.socket_url}{path}"


def open_socket(stack: LocalStack, url: str, *, signed_as: str | None = None) -> connect:
    headers = {"X-Twilio-Signature": sign(stack, signed_as or url)}
    return connect(url, additional_headers=headers)


def setup_frame(stack: LocalStack, **changes: object) -> str:
    frame = {
        "type": "setup",
        "sessionId": "VX" + "1" * 32,
        "callSid": CALL["CallSid"],
        "accountSid": stack.twilio.account.sid,
        "from": CALL["From"],
        "direction": "inbound",
    }
    return json.dumps({**frame, **changes})


async def close_code_of(socket: ClientConnection) -> int | None:
    await socket.wait_closed()
    return socket.close_code


@pytest.mark.parametrize("path", ["", "/CA1.1.nonce.forged"])
async def test_unsigned_socket_is_refused(stack: LocalStack, path: str) -> None:
    with pytest.raises(InvalidStatus, match="403"):
        async with connect(socket_url(stack, path)):
            pass


async def test_socket_signed_for_another_host_is_refused(stack: LocalStack) -> None:
    with pytest.raises(InvalidStatus, match="403"):
        async with open_socket(stack, socket_url(stack), signed_as="wss://evil.example.org/ws"):
            pass


async def test_ticket_opens_one_socket_only(stack: LocalStack) -> None:
    url = socket_url(stack, f"/{SocketTickets(stack.settings).issue(CALL['CallSid'])}")
    async with open_socket(stack, url) as socket:
        await socket.send(setup_frame(stack))

    with pytest.raises(InvalidStatus, match="403"):
        async with open_socket(stack, url):
            pass


async def test_old_and_foreign_tickets_are_worthless() -> None:
    settings = load_settings(COMPLETE)
    ticket = SocketTickets(settings).issue("CA1")
    call_sid, issued_at, nonce, mac = ticket.split(".")

    other = SocketTickets(load_settings({**COMPLETE, "TWILIO_AUTH_TOKEN": "another"}))
    older = f"{call_sid}.{int(issued_at) - 1}.{nonce}.{mac}"

    assert other.redeem(ticket) is None
    assert SocketTickets(settings).redeem(older) is None
    assert SocketTickets(settings).redeem("nonsense") is None
    assert SocketTickets(settings).redeem(ticket) == "CA1"


@pytest.mark.parametrize(
    "changes",
    [
        {"callSid": "CA" + "2" * 32},
        {"accountSid": "AC" + "9" * 32},
        {"type": "prompt"},
        {"callSid": None},
    ],
)
async def test_setup_of_another_call_is_closed(
    stack: LocalStack, changes: dict[str, object]
) -> None:
    url = socket_url(stack, f"/{SocketTickets(stack.settings).issue(CALL['CallSid'])}")
    async with open_socket(stack, url) as socket:
        await socket.send(setup_frame(stack, **changes))

        assert await close_code_of(socket) == 1008


async def test_oversized_frame_is_closed(stack: LocalStack) -> None:
    async with open_socket(stack, socket_url(stack)) as socket:
        await socket.send(setup_frame(stack))
        await socket.send(json.dumps({"type": "prompt", "voicePrompt": "x" * 70_000}))

        assert await close_code_of(socket) == 1009


@pytest.mark.parametrize("frame", ["not json", "[]", "7", "null", '{"type": "unknown"}', "{}"])
async def test_malformed_frame_does_not_end_the_call(stack: LocalStack, frame: str) -> None:
    await stack.twilio.orchestrator.open_call(
        configuration_id=stack.settings.conversation_configuration_id,
        call_sid=CALL["CallSid"],
        customer=CALL["From"],
        agent=stack.settings.phone_number,
    )
    async with open_socket(stack, socket_url(stack)) as socket:
        await socket.send(setup_frame(stack))
        await socket.send(frame)
        await socket.send(json.dumps({"type": "prompt", "voicePrompt": "Hello", "last": True}))

        answer = json.loads(await socket.recv())

    assert answer["type"] == "text"
