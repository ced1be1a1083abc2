"""A small application for calls: it answers TwiML and, if asked to, talks over a socket."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qsl

from fastapi import FastAPI, Request, Response, WebSocket
from twilio.request_validator import RequestValidator

from getting_started.serving import listen, serving
from getting_started.twilio_emulator.driver import Driver, PhoneCall, Utterance
from getting_started.twilio_emulator.twilio import Twilio

CUSTOMER, NUMBER = "+15550100001", "+15550100002"
Talk = Callable[[WebSocket], Awaitable[None]]
Form = dict[str, str]


class VoiceApp:
    """`answers` maps a path to TwiML (without its root); `talk` speaks on the socket."""

    def __init__(self, twilio: Twilio) -> None:
        self.url = ""
        self.answers: dict[str, str | Response] = {}
        self.requests: list[tuple[str, Form]] = []
        self.frames: list[dict[str, Any]] = []
        self.talk: Talk | None = None
        self._validator = RequestValidator(twilio.account.auth_token)
        self.asgi = FastAPI()
        self.asgi.add_api_route("/{path:path}", self._answer, methods=["POST"])
        self.asgi.add_api_websocket_route("/ws", self._converse)

    @property
    def socket_url(self) -> str:
        return self.url.replace("http", "ws") + "/ws"

    def form_of(self, path: str) -> Form:
        """The last form that `path` got."""
        return next(form for asked, form in reversed(self.requests) if asked == path)

    def relay(self, *, action: str = "", attributes: str = "") -> str:
        """TwiML that connects a call to the socket."""
        connect = f'<Connect action="{action}">' if action else "<Connect>"
        noun = f'<ConversationRelay url="{self.socket_url}" {attributes}/>'
        return f"{connect}{noun}</Connect>"

    async def _answer(self, request: Request, path: str) -> Response:
        form = dict(parse_qsl((await request.body()).decode(), keep_blank_values=True))
        signature = request.headers["x-twilio-signature"]
        assert self._validator.validate(str(request.url), form, signature)
        self.requests.append((path, form))
        answer = self.answers.get(path, "")
        if isinstance(answer, Response):
            return answer
        return Response(f"<Response>{answer}</Response>", media_type="text/xml")

    async def _converse(self, websocket: WebSocket) -> None:
        signature = websocket.headers["x-twilio-signature"]
        assert self._validator.validate(self.socket_url, {}, signature)
        await websocket.accept()
        assert self.talk is not None
        await self.talk(websocket)

    async def hear(self, websocket: WebSocket) -> dict[str, Any]:
        """The next frame, which is kept."""
        frame: dict[str, Any] = await websocket.receive_json()
        self.frames.append(frame)
        return frame


@asynccontextmanager
async def serve_voice_app(twilio: Twilio, number: str) -> AsyncIterator[VoiceApp]:
    """The application behind `number`, which the account gets."""
    app = VoiceApp(twilio)
    async with serving(app.asgi, listen()) as url:
        app.url = url
        twilio.voice.add_number(number, voice_url=f"{url}/voice")
        yield app


async def call(driver: Driver) -> PhoneCall:
    return await driver.phone.call(CUSTOMER, NUMBER)


def texts(transcript: list[Utterance]) -> list[tuple[str, str]]:
    return [(one.speaker, one.text) for one in transcript]


async def alerts(driver: Driver) -> list[int]:
    """What Twilio's debugger would show."""
    return [entry.detail["error_code"] for entry in await driver.journal.read(kind="alert")]
