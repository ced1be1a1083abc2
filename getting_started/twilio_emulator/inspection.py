"""What can be seen from outside: the journal as a list and as a stream, and what was answered."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from time import perf_counter
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Header, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from getting_started.twilio_emulator.faults import CONTROLS
from getting_started.twilio_emulator.twilio import Cloud, emulated

if TYPE_CHECKING:
    from getting_started.twilio_emulator.twilio import Twilio

MOST_REPLAYED = 5_000
MOST_SHOWN = 4_000

inspection = APIRouter(prefix=f"/{CONTROLS}")


@inspection.get("/journal")
async def read_journal(
    request: Request, twilio: Cloud, since: int = 0, kind: str | None = None, wait: float = 0
) -> list[dict[str, Any]]:
    """Entries after `since`; with `wait` (seconds) held open until there is one."""
    if wait:
        waiting = asyncio.ensure_future(
            twilio.journal.wait_since(since, kind, seconds=min(wait, 60))
        )
        gone = asyncio.ensure_future(_disconnection(request))
        await asyncio.wait({waiting, gone}, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        gone.cancel()
    return [entry.to_json() for entry in twilio.journal.since(since, kind)]


@inspection.get("/events", response_class=EventSourceResponse)
async def stream_journal(
    twilio: Cloud, last_event_id: Annotated[str, Header()] = ""
) -> AsyncGenerator[ServerSentEvent, None]:
    """Server-sent events, each with entries of the journal: `{"run", "entries": [...]}`.

    The first comes at once: what the journal holds, or what the client has missed since
    `Last-Event-ID`. Another `run` means that the emulator was started or emptied since.
    """
    journal = twilio.journal
    run, _, number = last_event_id.rpartition(" ")
    since = int(number) if run == journal.run and number.isdigit() else 0
    async for entries in journal.follow(since, most=MOST_REPLAYED):
        since = entries[-1].number if entries else since
        batch = {"run": journal.run, "entries": [entry.to_json() for entry in entries]}
        yield ServerSentEvent(
            id=f"{journal.run} {since}", raw_data=json.dumps(batch, ensure_ascii=False)
        )


async def write_to_journal(request: Request) -> None:
    """FastAPI dependency of what is recorded: every request that an application makes."""
    product, _, path = request.url.path.lstrip("/").partition("/")
    entry = await emulated(request).journal.record(
        "request",
        product=product,
        method=request.method,
        path=f"/{path}",
        query=request.url.query,
        body=(await request.body()).decode(errors="replace")[:MOST_SHOWN],
    )
    request.state.request_number = entry.number


class Answers:
    """An ASGI layer that records how each recorded request was answered."""

    def __init__(self, app: ASGIApp, twilio: Twilio) -> None:
        self._app = app
        self._twilio = twilio

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started, status = perf_counter(), 0

        async def send_and_record(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            number = scope.get("state", {}).get("request_number")
            if number and message["type"] == "http.response.body":
                await self._record(number, status, message.get("body", b""), started)
            await send(message)

        await self._app(scope, receive, send_and_record)

    async def _record(self, number: int, status: int, body: bytes, started: float) -> None:
        await self._twilio.journal.record(
            "answer",
            request=number,
            status=status,
            seconds=round(perf_counter() - started, 4),
            body=body.decode(errors="replace")[:MOST_SHOWN],
        )


async def _disconnection(request: Request) -> None:
    """Until the client is gone, so that nobody's wait outlives it."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
