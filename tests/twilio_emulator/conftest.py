"""What the emulator's tests share: Twilio's own library, pointed at the emulator."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

import pytest
from fastapi import FastAPI, Request
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from getting_started.serving import listen, serving
from getting_started.twilio_emulator.twilio import Twilio

Answer = TypeVar("Answer")


class EmulatorHttpClient(TwilioHttpClient):  # type: ignore[misc] # the library is untyped
    """Sends what is meant for `https://{product}.twilio.com/x` to `{base_url}/{product}/x`."""

    def __init__(self, base_url: str) -> None:
        super().__init__(timeout=10)
        self._base_url = base_url

    def request(self, method: str, url: str, *arguments: Any, **options: Any) -> Any:
        redirected = re.sub(r"^https://([\w-]+)\.twilio\.com", rf"{self._base_url}/\1", url)
        return super().request(method, redirected, *arguments, **options)


class JsonBody:
    """A body for the library's JSON products, which take anything that has `to_dict`."""

    def __init__(self, fields: dict[str, Any]) -> None:
        self._fields = fields

    def to_dict(self) -> dict[str, Any]:
        return self._fields


class Rest:
    """The library's client; its calls block, so they are made in a thread.

    `await rest(lambda client: client.studio.v2.flows.list())`
    """

    def __init__(self, client: Client) -> None:
        self._client = client

    async def __call__(self, call: Callable[[Client], Answer]) -> Answer:
        return await asyncio.to_thread(call, self._client)


@pytest.fixture
def rest(twilio: Twilio) -> Iterator[Rest]:
    http_client = EmulatorHttpClient(twilio.base_url)
    account = twilio.account
    yield Rest(Client(account.api_key, account.api_secret, account.sid, http_client=http_client))
    if http_client.session:
        http_client.session.close()


@dataclass
class Receiver:
    """An application that keeps the webhooks it gets."""

    url: str = ""
    events: list[dict[str, Any]] = field(default_factory=list)
    requests: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)

    def types(self) -> list[str]:
        return [event["eventType"] for event in self.events]


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    app, receiver = FastAPI(), Receiver()

    @app.post("/webhook")
    async def receive(request: Request) -> None:
        body = await request.body()
        receiver.requests.append((str(request.url), dict(request.headers), body))
        if request.headers["content-type"] == "application/json":
            receiver.events.append(json.loads(body))

    async with serving(app, listen()) as url:
        receiver.url = f"{url}/webhook"
        yield receiver
