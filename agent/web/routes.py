"""`/chat`: the files of the widget, and the tokens it connects with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from agent.channels.ingress import read_body, to_object
from agent.channels.routes import agent_of
from agent.errors import TwilioApiError, VisitorError
from agent.settings import Settings, variable_of
from agent.web.chat import Context, WebChat
from agent.web.visitors import COOKIE, LONGEST_IDENTITY

WIDGET_FOLDER = Path(__file__).parent / "widget"
BODY_LIMIT = 4096


def chat_routes(settings: Settings) -> Mount:
    """Everything below `/chat`. The widget's files are anybody's; tokens are for pages of ours."""
    for_our_pages = Middleware(
        CORSMiddleware,
        allow_origins=[settings.public_url, *settings.chat_origins],
        allow_methods=["POST"],
        allow_headers=["Content-Type"],
        expose_headers=["Retry-After"],
        allow_credentials=True,
    )
    token = Route("/token", give_token, methods=["POST", "OPTIONS"], middleware=[for_our_pages])
    for_all_pages = Middleware(CORSMiddleware, allow_origins=["*"])
    files = Mount("/", WidgetFiles(directory=WIDGET_FOLDER), middleware=[for_all_pages])
    return Mount("/chat", routes=[token, files])


class WidgetFiles(StaticFiles):
    """Always asked for again, as the modules of one version belong together."""

    def file_response(self, *arguments: Any, **options: Any) -> Response:
        response = super().file_response(*arguments, **options)
        response.headers["Cache-Control"] = "no-cache"
        return response


async def give_token(request: Request) -> Response:
    """`POST {}` for the visitor of the cookie, or `{"identity", "proof"}` for one whom the page
    vouches for (`agent.web.visitors.make_proof`); both with `"context": {...}` if the page knows
    more.

    Answers what `WebChat.admit` gives. 400: not asked like this; 403: not from here, or not this
    visitor; 429: too often; 502: Twilio refused; 503: no web chat is set up.
    """
    chat = agent_of(request).web_chat
    if chat is None:
        raise HTTPException(503, "No Conversations (Classic) service is connected: no web chat")
    _check_origin(chat, request)
    _check_rate(chat, request)
    asked = await _read_object(request)
    cookie = {}
    try:
        if "identity" in asked or "proof" in asked:
            identity = chat.visitors.of_host(*_read_assertion(asked))
        else:
            identity = chat.visitors.of_cookie(request.cookies.get(COOKIE, ""))
            cookie = {"Set-Cookie": chat.visitors.to_cookie(identity)}
        admission = await chat.admit(identity, _read_context(asked))
    except VisitorError as error:
        raise HTTPException(403, str(error)) from None
    except TwilioApiError as error:
        raise HTTPException(502, str(error)) from None
    return JSONResponse(admission, headers={"Cache-Control": "no-store", **cookie})


def _check_origin(chat: WebChat, request: Request) -> None:
    """Browsers say from which page they ask, and no page can make them lie."""
    origin = request.headers.get("origin", "")
    if origin not in chat.origins:
        variable = variable_of("chat_origins")
        raise HTTPException(403, f"Pages of {origin or '(no Origin)'} are not in {variable}")


def _check_rate(chat: WebChat, request: Request) -> None:
    client = request.client.host if request.client else ""
    if wait := chat.limit.take(client):
        raise HTTPException(429, "Too many tokens were asked for", {"Retry-After": str(wait)})


async def _read_object(request: Request) -> dict[str, Any]:
    return to_object(await read_body(request, "application/json", BODY_LIMIT))


def _read_assertion(asked: dict[str, Any]) -> tuple[str, str]:
    identity, proof = asked.get("identity"), asked.get("proof")
    if not isinstance(identity, str) or not isinstance(proof, str):
        raise HTTPException(400, "identity and proof are both texts")
    if not 0 < len(identity) <= LONGEST_IDENTITY:
        raise HTTPException(400, f"An identity has 1 to {LONGEST_IDENTITY} characters")
    return identity, proof


def _read_context(asked: dict[str, Any]) -> Context | None:
    context = asked.get("context")
    is_flat = isinstance(context, dict) and all(
        isinstance(value, str | int | float | bool) for value in context.values()
    )
    if context is not None and not is_flat:
        raise HTTPException(400, "context is an object of texts, numbers and booleans")
    return context
