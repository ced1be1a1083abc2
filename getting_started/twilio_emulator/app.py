"""The emulator as one web application: services mounted by product, and its own controls.

`https://studio.twilio.com/v2/Flows` is `{base_url}/studio/v2/Flows`; a request whose Host header
ends in `.twilio.com` is routed by that name instead, so the emulator can stand behind the real
names too.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.utils import format_datetime
from functools import cache

from fastapi import APIRouter, Depends, FastAPI, Request
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import Mount
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from getting_started.twilio_emulator.account_routes import router as account
from getting_started.twilio_emulator.assistants.functions import functions
from getting_started.twilio_emulator.assistants.routes import router as assistants
from getting_started.twilio_emulator.classic.browser import create_browser_app
from getting_started.twilio_emulator.classic.browser import sdk as browser_sdk
from getting_started.twilio_emulator.classic.controls import controls as chat
from getting_started.twilio_emulator.classic.routes import router as classic
from getting_started.twilio_emulator.errors import TwilioError, answer_unknown, answer_with_error
from getting_started.twilio_emulator.faults import CONTROLS, Fault, FaultLayer
from getting_started.twilio_emulator.flex.controls import controls as desk
from getting_started.twilio_emulator.flex.routes import router as flex
from getting_started.twilio_emulator.inspection import Answers, inspection, write_to_journal
from getting_started.twilio_emulator.intelligence.routes import router as intelligence
from getting_started.twilio_emulator.memory.routes import router as memory
from getting_started.twilio_emulator.messaging.controls import controls as sms
from getting_started.twilio_emulator.messaging.routes import router as messaging
from getting_started.twilio_emulator.orchestrator.routes import router as orchestrator
from getting_started.twilio_emulator.pace import Pace
from getting_started.twilio_emulator.studio.controls import controls as studio_controls
from getting_started.twilio_emulator.studio.hook import hook as studio_hook
from getting_started.twilio_emulator.studio.routes import router as studio
from getting_started.twilio_emulator.taskrouter.routes import router as taskrouter
from getting_started.twilio_emulator.twilio import Cloud, Twilio, emulated
from getting_started.twilio_emulator.voice.controls import controls as phone
from getting_started.twilio_emulator.voice.routes import router as voice

PRODUCTS = {
    "conversations": (orchestrator, classic),
    "memory": (memory,),
    "intelligence": (intelligence,),
    "studio": (studio,),
    "taskrouter": (taskrouter,),
    "flex-api": (flex,),
    "api": (account, messaging, voice),
    "assistants": (assistants,),
}
controls = APIRouter(prefix=f"/{CONTROLS}")


@controls.post("/reset")
async def reset(twilio: Cloud) -> dict[str, str]:
    await twilio.reset()
    return {"status": "empty"}


@controls.post("/settle")
async def settle(twilio: Cloud) -> dict[str, str]:
    """Answers when no background work (webhooks, executions, rules) is left."""
    await twilio.settle()
    return {"status": "settled"}


@controls.post("/clock")
async def advance_clock(twilio: Cloud, seconds: float) -> dict[str, str]:
    twilio.clock.advance(seconds)
    await twilio.orchestrator.apply_timeouts()
    await twilio.studio.end_expired()
    return {"now": twilio.clock.timestamp()}


@controls.get("/faults")
async def list_faults(twilio: Cloud) -> list[Fault]:
    return twilio.faults.rules


@controls.post("/faults", status_code=201)
async def add_fault(twilio: Cloud, fault: Fault) -> Fault:
    twilio.faults.add(fault)
    return fault


@controls.delete("/faults", status_code=204)
async def clear_faults(twilio: Cloud) -> None:
    twilio.faults.clear()


@controls.get("/pace")
async def fetch_pace(twilio: Cloud) -> Pace:
    return twilio.pace


@controls.post("/pace")
async def set_pace(twilio: Cloud, pace: Pace) -> Pace:
    """How slowly the control planes work from now on."""
    twilio.pace = pace
    return pace


async def authenticate(request: Request) -> None:
    """HTTP Basic with the account's API key or SID and token, as every Twilio API."""
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    try:
        username, _, password = base64.b64decode(encoded).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        username = password = ""
    if scheme.lower() != "basic" or not emulated(request).account.accepts(username, password):
        raise TwilioError(401, 20003, "Authenticate")


def create_emulator(twilio: Twilio) -> Starlette:
    """The application that serves `twilio`."""

    @asynccontextmanager
    async def close_at_the_end(_app: Starlette) -> AsyncIterator[dict[str, Twilio]]:
        yield {"twilio": twilio}
        await twilio.close()

    return Starlette(
        routes=[Mount("", _services())],
        middleware=[
            Middleware(HostNames),
            Middleware(OwnTime, twilio=twilio),
            Middleware(FaultLayer, twilio=twilio),
            Middleware(Answers, twilio=twilio),
        ],
        lifespan=close_at_the_end,
    )


@cache
def _services() -> FastAPI:
    """Every route, for whichever cloud is served; made once, as FastAPI takes its time over it."""
    app = FastAPI(
        title="Twilio emulator",
        openapi_url=None,
        exception_handlers={TwilioError: answer_with_error, HTTPException: answer_unknown},
    )
    app.mount(f"/{CONTROLS}/browser", create_browser_app())
    for router in (
        *(controls, inspection, phone, desk, chat, sms, studio_controls),
        browser_sdk,
    ):
        app.include_router(router)
    recorded = [Depends(write_to_journal)]
    app.include_router(studio_hook, prefix="/webhooks", dependencies=recorded)
    app.include_router(functions, dependencies=recorded)
    api = [*recorded, Depends(authenticate)]
    for product, routers in PRODUCTS.items():
        for router in routers:
            app.include_router(router, prefix=f"/{product}", dependencies=api)
    return app


class OwnTime:
    """Tells in the header `Date` what the emulator's clock says."""

    def __init__(self, app: ASGIApp, twilio: Twilio) -> None:
        self._app = app
        self._twilio = twilio

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_date(message: Message) -> None:
            if message["type"] == "http.response.start":
                now = format_datetime(self._twilio.clock.now(), usegmt=True)
                message["headers"] = [*message["headers"], (b"date", now.encode())]
            await send(message)

        await self._app(scope, receive, send_with_date)


class HostNames:
    """Routes `Host: studio.twilio.com` to the product `studio`."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            host = dict(scope["headers"]).get(b"host", b"").decode().partition(":")[0]
            if host.endswith(".twilio.com"):
                product = host.partition(".")[0]
                scope = {**scope, "path": f"/{product}{scope['path']}"}
        await self._app(scope, receive, send)
