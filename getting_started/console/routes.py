"""The console's page, and the controls that it works with, on the agent's own port.

The controls of emulator and demo model are served here again, in process, so that the page needs
one address only and no other origin is ever asked.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.responses import FileResponse
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

PAGE = Path(__file__).parent / "page"
SECURITY = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; object-src 'none'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


@dataclass(frozen=True)
class ConsoleSettings:
    """What the page is told: addresses, names, and what the switches may touch."""

    customer_number: str
    agent_number: str
    agent_identities: list[str]
    whatsapp_number: str
    rcs_sender: str
    flow_sid: str
    human: str
    model: str
    has_demo_model: bool
    first_token_seconds: float


def mount_console(
    app: FastAPI, settings: ConsoleSettings, *, emulator: ASGIApp, twilio: object, model: ASGIApp
) -> None:
    """Serve the console at `/` of `app`, and the controls it needs beside it."""
    app.include_router(_page(settings))
    app.router.routes += [
        Mount("/console", StaticFiles(directory=PAGE)),
        Mount("/_emulator", _AtRoot(emulator, twilio=twilio)),
        Mount("/_demo", _AtRoot(model)),
    ]


def _page(settings: ConsoleSettings) -> APIRouter:
    routes = APIRouter()

    @routes.get("/", include_in_schema=False)
    async def show() -> FileResponse:
        return FileResponse(PAGE / "index.html", headers=SECURITY)

    @routes.get("/console/settings", include_in_schema=False)
    async def tell_settings() -> dict[str, Any]:
        return asdict(settings)

    return routes


class _AtRoot:
    """An application as if it were not mounted, with the state that its lifespan would give."""

    def __init__(self, app: ASGIApp, **state: object) -> None:
        self._app = app
        self._state = state

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app({**scope, "root_path": "", "state": {**self._state}}, receive, send)
