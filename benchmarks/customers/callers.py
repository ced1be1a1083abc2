"""Many callers at once, over ConversationRelay.

https://www.twilio.com/docs/voice/conversationrelay/websocket-messages
"""

from __future__ import annotations

import asyncio
import json
import random
import re
from contextlib import AsyncExitStack
from dataclasses import dataclass
from html import unescape
from time import perf_counter

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from benchmarks.contenders.running import ACCOUNT_SID
from benchmarks.customers.signing import post_form, sign
from benchmarks.stand_ins.twilio import AGENT, CUSTOMER

TURN_SECONDS = 30.0
LOST = (httpx.HTTPError, OSError, TimeoutError, WebSocketException, ValueError)


@dataclass(frozen=True)
class VoiceLoad:
    """`calls` at once, each of `turns`: `pause` seconds after a reply the caller speaks again, or
    every `every` seconds. They dial in over `door_seconds`, and first speak about
    `greeting_seconds` after they are connected."""

    calls: int
    turns: int
    door_seconds: float
    pause: float = 0.2
    every: float | None = None
    greeting_seconds: float = 1.0


@dataclass(frozen=True)
class Turn:
    """Seconds from the caller's words to the first word and to the end of the reply."""

    first: float
    whole: float


class Callers:
    """The callers of one load; they hang up at the end of the block. `lost` counts the calls that
    were not answered, or broke off."""

    def __init__(self, url: str, load: VoiceLoad) -> None:
        self._url = url
        self._load = load
        self._chance = random.Random(1)  # noqa: S311 - repeats, and guards nothing
        self._client = new_client()
        self._open = AsyncExitStack()
        self._sockets: dict[int, ClientConnection] = {}
        self.lost = 0

    async def __aenter__(self) -> Callers:
        await self._open.enter_async_context(self._client)
        return self

    async def __aexit__(self, *_exception: object) -> None:
        await self._open.aclose()

    async def talk(self, turns: int) -> list[Turn]:
        """Have every caller speak `turns` times; the first time they dial in before that."""
        talked: list[Turn] = []
        await asyncio.gather(
            *(self._call(number, turns, talked) for number in range(self._load.calls))
        )
        return talked

    async def _call(self, number: int, turns: int, talked: list[Turn]) -> None:
        try:
            if number not in self._sockets:
                await asyncio.sleep(self._load.door_seconds * number / self._load.calls)
                self._sockets[number] = await dial(self._url, self._client, self._open)
                await asyncio.sleep(self._load.greeting_seconds * self._chance.uniform(0.5, 1.5))
            await self._talk(self._sockets[number], turns, talked)
        except LOST:
            self.lost += 1

    async def _talk(self, socket: ClientConnection, turns: int, talked: list[Turn]) -> None:
        due = perf_counter()
        for number in range(turns):
            await asyncio.sleep(max(0.0, due - perf_counter()))
            talked.append(await _ask(socket, number))
            due = due + self._load.every if self._load.every else perf_counter() + self._load.pause


async def call_briefly(url: str, calls: int, *, at_once: int) -> int:
    """Calls that end right after they began; gives how many failed."""
    places = asyncio.Semaphore(at_once)

    async def one(client: httpx.AsyncClient) -> int:
        async with places, AsyncExitStack() as stack:
            try:
                await dial(url, client, stack)
            except LOST:
                return 1
            return 0

    async with new_client() as client:
        return sum(await asyncio.gather(*(one(client) for _ in range(calls))))


def new_client() -> httpx.AsyncClient:
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
    return httpx.AsyncClient(trust_env=False, timeout=TURN_SECONDS, limits=limits)


async def dial(url: str, client: httpx.AsyncClient, stack: AsyncExitStack) -> ClientConnection:
    """From the incoming call to the `setup` frame. Raises one of LOST."""
    call_sid = f"CA{random.getrandbits(128):032x}"
    form = {"AccountSid": ACCOUNT_SID, "CallSid": call_sid, "CallStatus": "ringing"}
    sides = {"From": CUSTOMER, "To": AGENT, "Direction": "inbound"}
    twiml = await post_form(client, f"{url}/twiml", {**form, **sides})
    found = re.search(r'<ConversationRelay[^>]* url="([^"]+)"', twiml)
    if not found:
        raise ValueError("The TwiML connects to no socket")
    socket_url = unescape(found[1]).replace("wss://", "ws://")
    opening = connect(
        socket_url,
        additional_headers=sign(socket_url),
        compression=None,
        ping_interval=None,
        max_queue=None,
        open_timeout=TURN_SECONDS,
        close_timeout=2,
        proxy=None,
    )
    socket = await stack.enter_async_context(opening)
    setup = {"type": "setup", "sessionId": f"VX{call_sid[2:]}", "accountSid": ACCOUNT_SID}
    sides = {"callSid": call_sid, "from": CUSTOMER, "to": AGENT, "direction": "inbound"}
    more = {"callType": "PSTN", "callStatus": "in-progress", "customParameters": {}}
    await socket.send(json.dumps({**setup, **sides, **more}))
    return socket


async def _ask(socket: ClientConnection, number: int) -> Turn:
    words = f"And how is it with order {number}, when will that arrive at my place?"
    prompt = {"type": "prompt", "voicePrompt": words, "lang": "en-US", "last": True}
    begun = perf_counter()
    await socket.send(json.dumps(prompt))
    first: float | None = None
    async with asyncio.timeout(TURN_SECONDS):
        while True:
            frame = json.loads(await socket.recv())
            if frame["type"] == "text" and frame["token"] and first is None:
                first = perf_counter() - begun
            if frame.get("last"):
                if first is None:
                    raise ValueError("A reply without words")
                return Turn(first, perf_counter() - begun)
