"""The console's page, and the controls that it works with, on the agent's own port.

The controls of emulator and demo model are served here again, in process, so that the page needs
one address only and no other origin is ever asked.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse
from starlette.routing import Mount, Route
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
    app: Starlette, settings: ConsoleSettings, *, emulator: ASGIApp, twilio: object, model: ASGIApp
) -> None:
    """Serve the console at `/` of `app`, and the controls it needs beside it."""

    async def show(_request: Request) -> FileResponse:
        return FileResponse(PAGE / "index.html", headers=SECURITY)

    async def tell_settings(_request: Request) -> JSONResponse:
        return JSONResponse(asdict(settings))

    app.router.routes += [
        Route("/", show),
        Route("/console/settings", tell_settings),
        Mount("/console", StaticFiles(directory=PAGE)),
        Mount("/_emulator", _AtRoot(emulator, twilio=twilio)),
        Mount("/_demo", _AtRoot(model)),
    ]


class _AtRoot:
    """An application as if it were not mounted, with the state that its lifespan would give."""

    def __init__(self, app: ASGIApp, **state: object) -> None:
        self._app = app
        self._state = state

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app({**scope, "root_path": "", "state": {**self._state}}, receive, send)
