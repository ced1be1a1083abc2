"""Other servers at the public address: a page, one that lets in nobody, one that lets in all."""

from __future__ import annotations

import asyncio

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from getting_started.doctor.check import Status
from getting_started.serving import listen, serving
from tests.getting_started.doctor.world import World, names_of

CHECKS = ("public-url", "signed-request", "unsigned-request", "socket")
NOT_AN_OBJECT = JSONResponse({"detail": "The body is not a JSON object"}, 400)
READY = JSONResponse({"status": "ready"})
ROWS = {
    "a page": (Response("<h1>Hello</h1>"), Response(""), {"public-url"}),
    "agent starts": (
        JSONResponse({"detail": "The agent is not ready"}, 503),
        Response(""),
        {"public-url"},
    ),
    "refuses everybody": (READY, Response(status_code=403), {"signed-request", "socket"}),
    "lets everybody in": (READY, NOT_AN_OBJECT, {"unsigned-request", "socket"}),
    "has no webhook": (
        READY,
        Response(status_code=404),
        {"signed-request", "unsigned-request", "socket"},
    ),
}


def stand_in(ready: Response, webhook: Response) -> Starlette:
    """A server without sockets."""

    async def answer_ready(_request: Request) -> Response:
        return ready

    async def answer_webhook(_request: Request) -> Response:
        return webhook

    return Starlette(
        routes=[
            Route("/readyz", answer_ready),
            Route("/webhook", answer_webhook, methods=["POST"]),
        ]
    )


@pytest.mark.parametrize(("ready", "webhook", "failed"), ROWS.values(), ids=ROWS)
async def test_other_server_is_told_from_the_agent(
    world: World, ready: Response, webhook: Response, failed: set[str]
) -> None:
    async with serving(stand_in(ready, webhook), listen()) as url:
        found = await asyncio.to_thread(world.examine, {"AGENT_PUBLIC_URL": url}, only=CHECKS)

    assert names_of(found, Status.FAILED) == failed


def test_nobody_at_the_public_address_is_told(world: World) -> None:
    found = world.examine({"AGENT_PUBLIC_URL": "http://127.0.0.1:1"}, only=CHECKS)

    assert found["public-url"].finding.remedy.startswith("uv run agent serve")
    assert names_of(found, Status.SKIPPED) == set(CHECKS) - {"public-url"}


def test_looking_leaves_no_trace(world: World) -> None:
    """No conversation, no call, and nothing that the agent would answer."""
    world.examine(only=CHECKS)

    assert not world.twilio.orchestrator.conversations
    assert not world.twilio.messaging.messages
