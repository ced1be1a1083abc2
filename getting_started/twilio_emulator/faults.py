"""Failures on demand: an ASGI layer that makes chosen requests fail in a chosen way."""

from __future__ import annotations

import asyncio
import fnmatch
import json
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from getting_started.twilio_emulator.errors import TwilioError

if TYPE_CHECKING:
    from getting_started.twilio_emulator.twilio import Twilio

CONTROLS = "_emulator"


class Fault(BaseModel):
    """One rule. It applies `times` times (None: for good) to the requests it matches.

    `path` is a glob over the path below the product, such as `/v2/Flows/*/Executions`.
    `status` is answered with Twilio's error body, or with `body` where that is given: an odd
    list, a field that a client does not know. `drop` closes the connection without an answer:
    `before` the request has any effect, or `after` it had all of it. `is_taken` gives it all of
    its effect before `status` is answered. `delay` (seconds) waits first; with neither `status`
    nor `drop` the request then goes on as usual.
    """

    model_config = ConfigDict(extra="forbid")

    product: str = "*"
    path: str = "*"
    method: str = "*"
    status: int | None = Field(default=None, ge=200, le=599)
    code: int = 20500
    body: Any = None
    headers: dict[str, str] = Field(default_factory=dict)
    delay: float = Field(default=0, ge=0, le=60)
    drop: Literal["before", "after"] | None = None
    is_taken: bool = False
    times: int | None = Field(default=None, ge=1)

    def effect(self) -> dict[str, Any]:
        return {"status": self.status, "drop": self.drop, "delay": self.delay}

    def matches(self, product: str, path: str, method: str) -> bool:
        return (
            fnmatch.fnmatchcase(product, self.product)
            and fnmatch.fnmatchcase(path, self.path)
            and fnmatch.fnmatchcase(method, self.method.upper())
        )


class Faults:
    """The rules in force, oldest first."""

    def __init__(self) -> None:
        self.rules: list[Fault] = []

    def add(self, fault: Fault) -> None:
        self.rules.append(fault)

    def clear(self) -> None:
        self.rules.clear()

    def take(self, product: str, path: str, method: str) -> Fault | None:
        """The first rule that matches, counted down; a rule used up is removed.

        The emulator's own controls never fail: they are what ends a fault.
        """
        if product == CONTROLS:
            return None
        for rule in self.rules:
            if rule.matches(product, path, method):
                if rule.times is not None:
                    rule.times -= 1
                    if rule.times == 0:
                        self.rules.remove(rule)
                return rule
        return None


class FaultLayer:
    """Wraps the application: requests to `/{product}{path}` meet the faults first."""

    def __init__(self, app: ASGIApp, twilio: Twilio) -> None:
        self._app = app
        self._twilio = twilio

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        product, _, path = scope["path"].lstrip("/").partition("/")
        fault = self._twilio.faults.take(product, f"/{path}", scope["method"])
        if fault is None:
            await self._app(scope, receive, send)
            return
        await self._twilio.journal.record(
            "fault", product=product, method=scope["method"], path=f"/{path}", **fault.effect()
        )
        await asyncio.sleep(fault.delay)
        if fault.drop == "after" or (fault.status and fault.is_taken):
            await self._app(scope, receive, _discard)
        if fault.drop:
            await _cut_connection(send)
        elif fault.status:
            await _answer(send, fault.status, fault)
        else:
            await self._app(scope, receive, send)


async def _discard(_message: Message) -> None:
    """Swallows an answer that the client shall never see."""


async def _cut_connection(send: Send) -> None:
    """Promises a byte and sends none: the server then closes the connection on the client."""
    await send(
        {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1")]}
    )
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _answer(send: Send, status: int, fault: Fault) -> None:
    error = TwilioError(status, fault.code, "Fault injected by the emulator")
    body = error.to_body() if fault.body is None else fault.body
    headers = {"content-type": "application/json", **fault.headers}
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        }
    )
    await send({"type": "http.response.body", "body": json.dumps(body).encode()})
