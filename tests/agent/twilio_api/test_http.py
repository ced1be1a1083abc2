"""The pooled client: one connection for many requests, and only safe repeats."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from agent.errors import TwilioApiError
from agent.twilio_api.answers import read_answer
from agent.twilio_api.http import ATTEMPTS, ClientPool, send
from getting_started.serving import listen, serving
from tests.ports import reserved_port
from tests.stand_in_proxy import StandInProxy


@dataclass
class Server:
    """Answers with the given statuses in turn, then with 200."""

    url: str = ""
    statuses: list[int] = field(default_factory=list)
    requests: int = 0
    connections: set[int] = field(default_factory=set)

    async def answer(self, request: Request) -> Response:
        self.requests += 1
        self.connections.add(request.client.port if request.client else 0)
        status = self.statuses.pop(0) if self.statuses else 200
        return Response("{}", status, {"Retry-After": "0"})


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    server = Server()
    methods = ["GET", "POST", "PUT", "PATCH"]
    app = Starlette(routes=[Route("/{path:path}", server.answer, methods=methods)])
    async with serving(app, listen()) as server.url:
        yield server


@pytest.fixture
async def pool() -> AsyncIterator[ClientPool]:
    pool = ClientPool("SK1", "secret")
    yield pool
    await pool.close()


@pytest.mark.parametrize(
    ("method", "statuses", "requests", "final"),
    [
        ("GET", [503, 500], 3, 200),
        ("GET", [503] * 9, ATTEMPTS, 503),
        ("GET", [404], 1, 404),
        ("PUT", [502], 2, 200),
        ("POST", [429], 2, 200),
        ("POST", [503], 1, 503),
        ("POST", [500], 1, 500),
        ("PATCH", [503], 1, 503),
    ],
)
async def test_only_safe_requests_are_repeated(
    server: Server, pool: ClientPool, method: str, statuses: list[int], requests: int, final: int
) -> None:
    server.statuses = statuses

    response = await pool.get(server.url).request(method, f"{server.url}/v2/Flows")

    assert (response.status_code, server.requests) == (final, requests)


async def test_many_requests_share_one_connection(server: Server, pool: ClientPool) -> None:
    for _ in range(10):
        async with pool.get(server.url) as client:
            await client.get(f"{server.url}/v2/Conversations")

    assert len(server.connections) == 1


async def test_unreachable_host_is_an_error_after_repeats(pool: ClientPool) -> None:
    with reserved_port() as port, pytest.raises(httpx.ConnectError):
        await pool.get(f"http://127.0.0.1:{port}").get(f"http://127.0.0.1:{port}")


async def test_refusal_by_a_proxy_is_known_as_unsent(monkeypatch: pytest.MonkeyPatch) -> None:
    address = "https://conversations.twilio.com"
    async with StandInProxy({}) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        pool = ClientPool("SK1", "secret")
        with pytest.raises(TwilioApiError, match="A message failed: ProxyError") as error:
            await send(pool.get(address), "POST", f"{address}/v2/Conversations", "A message")
        await pool.close()

    assert error.value.may_pass
    assert not error.value.may_have_worked


@pytest.mark.parametrize(("header", "seconds"), [("20", 20), ("soon", 0), (None, 0)])
def test_error_tells_how_long_to_wait(header: str | None, seconds: float) -> None:
    response = httpx.Response(429, headers={"Retry-After": header} if header else {})

    with pytest.raises(TwilioApiError) as error:
        read_answer(response, "A message")

    assert error.value.retry_after == seconds


def test_error_answer_becomes_a_typed_error() -> None:
    body = {"code": 20404, "message": "The requested resource was not found", "status": 404}

    with pytest.raises(TwilioApiError, match="Reading the flow failed: HTTP 404, The req") as error:
        read_answer(httpx.Response(404, json=body), "Reading the flow")

    assert (error.value.status, error.value.code) == (404, 20404)
