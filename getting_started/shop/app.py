"""The shop's two pages, under the Content-Security-Policy that a careful shop has."""

from __future__ import annotations

from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

PAGES = Path(__file__).parent / "pages"


def create_shop(*script_sources: str) -> Starlette:
    """The shop, whose pages may load scripts from itself and `script_sources`, and talk to them."""
    sources = " ".join(("'self'", *script_sources))
    policy = (
        f"default-src 'none'; script-src {sources}; connect-src {sources}; "
        "style-src 'self'; img-src 'self' data:"
    )
    pages = Mount("/", StaticFiles(directory=PAGES, html=True))
    return Starlette(routes=[pages], middleware=[Middleware(_Policy, policy=policy)])


class _Policy:
    """Adds the policy to every answer."""

    def __init__(self, app: ASGIApp, *, policy: str) -> None:
        self._app = app
        self._header = (b"content-security-policy", policy.encode())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_policy(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], self._header]
            await send(message)

        await self._app(scope, receive, send_with_policy)
