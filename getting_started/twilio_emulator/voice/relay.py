"""ConversationRelay: the session between a caller and an application's socket, in text.

https://www.twilio.com/docs/voice/conversationrelay/websocket-messages
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlsplit, urlunsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidURI

from getting_started.twilio_emulator.voice.line import (
    ConnectionLost,
    Interrupted,
    Pressed,
    Spoken,
)
from getting_started.twilio_emulator.voice.live_call import LiveCall
from getting_started.twilio_emulator.voice.messages import (
    EndMessage,
    InvalidMessage,
    LanguageMessage,
    PlayMessage,
    TextMessage,
    parse_message,
)
from getting_started.twilio_emulator.voice.speech import AgentSpeech, interrupts
from getting_started.twilio_emulator.voice.twiml import Verb

MAX_FRAME_BYTES = 64 * 1024
MAX_INVALID_IN_A_ROW = 10
CONNECT_SECONDS = 10
CLOSE_SECONDS = 2
LOOPBACK = {"127.0.0.1", "::1", "localhost"}


@dataclass(frozen=True)
class SessionEnd:
    """How a session ended, as the `<Connect action>` is told."""

    status: Literal["ended", "completed", "failed"]
    handoff_data: str | None = None
    error_code: int | None = None
    error_message: str = ""


def to_socket_url(url: str) -> str:
    """The address to connect to: `wss` only, but on this machine always plain `ws`.

    Raises ValueError for any other address.
    """
    parts = urlsplit(url)
    if parts.hostname in LOOPBACK and parts.scheme in {"ws", "wss", "http", "https"}:
        return urlunsplit(parts._replace(scheme="ws"))
    if parts.scheme != "wss":
        raise ValueError(f"{url!r} is not a wss:// address")
    return url


class ConversationRelay:
    """One session (VX...): frames to and from the application, speech to and from the caller."""

    def __init__(self, live: LiveCall, noun: Verb) -> None:
        self.sid = live.twilio.sids.sid("VX")
        self._live = live
        self._noun = noun
        self._options = noun.attributes
        self._started = live.twilio.clock.now()
        self._speech = AgentSpeech(interruptible=interrupts(self._options.get("interruptible")))
        self._language = self._options.get("language", "en-US")
        self._understand(self._options.get("transcriptionLanguage"))
        self._events = set(self._options.get("events", "").split())
        self._invalid = 0

    async def run(self) -> SessionEnd:
        """Raises HungUp or Redirected when the call leaves the session."""
        try:
            socket = await self._open()
        except (OSError, TimeoutError, ValueError, InvalidHandshake, InvalidURI) as error:
            return SessionEnd(
                "failed", error_code=64102, error_message=f"Unable to connect: {error}"
            )
        async with socket:
            await self._send(socket, self._to_setup())
            await self._greet(socket)
            return await self._talk(socket)

    def to_form(self, end: SessionEnd) -> dict[str, str]:
        """The fields of the action request besides the call's own."""
        seconds = int((self._live.twilio.clock.now() - self._started).total_seconds())
        form = {
            "SessionId": self.sid,
            "SessionStatus": end.status,
            "SessionDuration": str(seconds),
        }
        if end.handoff_data is not None:
            form["HandoffData"] = end.handoff_data
        if end.error_code is not None:
            form |= {"ErrorCode": str(end.error_code), "ErrorMessage": end.error_message}
        return form

    async def _open(self) -> ClientConnection:
        """Signed over the address as the TwiML gives it, wherever that is reached."""
        twilio = self._live.twilio
        url = to_socket_url(self._options.get("url", ""))
        local = urlsplit(twilio.tunnel.resolve(url))
        routed: dict[str, Any] = (
            {"host": local.hostname, "port": local.port} if local != urlsplit(url) else {}
        )
        forwarded = {"X-Forwarded-Proto": "https"} if routed else {}
        return await connect(
            re.sub("^wss", local.scheme, url),
            additional_headers={**twilio.webhooks.sign(url), **forwarded},
            user_agent_header=None,
            max_size=MAX_FRAME_BYTES,
            open_timeout=CONNECT_SECONDS,
            close_timeout=CLOSE_SECONDS,
            proxy=None,
            **routed,
        )

    def _to_setup(self) -> dict[str, Any]:
        call = self._live.call
        parameters = [child for child in self._noun.children if child.name == "Parameter"]
        return {
            "type": "setup",
            "sessionId": self.sid,
            "accountSid": call.account_sid,
            "parentCallSid": "",
            "callSid": call.sid,
            "from": call.from_,
            "to": call.to,
            "forwardedFrom": "",
            "callType": "PSTN",
            "callerName": "",
            "direction": call.direction,
            "callStatus": "RINGING" if call.direction == "inbound" else "IN-PROGRESS",
            "customParameters": {
                one.attributes.get("name", ""): one.attributes.get("value", "")
                for one in parameters
            },
        }

    async def _greet(self, socket: ClientConnection) -> None:
        if greeting := self._options.get("welcomeGreeting"):
            await self._inform(socket, "speaker-events", "agentSpeaking", "on")
            allowed = interrupts(self._options.get("welcomeGreetingInterruptible"))
            self._speech.add(greeting, interruptible=allowed)
            await self._finish_turn()
            await self._inform(socket, "speaker-events", "agentSpeaking", "off")

    async def _talk(self, socket: ClientConnection) -> SessionEnd:
        """Both directions at once, until either ends the session."""
        reading = asyncio.create_task(self._read(socket))
        hearing = asyncio.create_task(self._hear(socket))
        try:
            await asyncio.wait({reading, hearing}, return_when=asyncio.FIRST_COMPLETED)
            return reading.result() if reading.done() else hearing.result()
        finally:
            reading.cancel()
            hearing.cancel()
            await asyncio.gather(reading, hearing, return_exceptions=True)

    # From the caller

    async def _hear(self, socket: ClientConnection) -> SessionEnd:
        while True:
            match await self._live.line.next():
                case Spoken(text, language):
                    await self._prompt(socket, text, language)
                case Interrupted(text, heard):
                    await self._interrupt(socket, text, heard)
                case Pressed(digits):
                    await self._press(socket, digits)
                case ConnectionLost():
                    socket.transport.abort()

    async def _prompt(
        self, socket: ClientConnection, text: str, language: str | None = None
    ) -> None:
        self._speech.answered()
        await self._live.speak("CUSTOMER", text)
        await self._live.capture("CUSTOMER", text)
        await self._inform(socket, "speaker-events", "clientSpeaking", "on")
        await self._inform(socket, "speaker-events", "clientSpeaking", "off")
        prompt = {
            "type": "prompt",
            "voicePrompt": text,
            "lang": language or self._language,
            "last": True,
        }
        await self._send(socket, prompt)

    async def _interrupt(
        self, socket: ClientConnection, text: str | None, heard: str | None
    ) -> None:
        """Cuts what is being said, if that may be cut; with nothing in play it is plain speech."""
        turn = self._speech.turn
        if turn is not None and not turn.interruptible:
            await self._live.speak("CUSTOMER", text or "", unheard=True)
            return
        if turn is not None:
            said = turn.text if heard is None else heard
            self._speech.answered()
            if not turn.finished:
                await self._say_turn(said, interrupted=True)
            await self._send(
                socket,
                {
                    "type": "interrupt",
                    "utteranceUntilInterrupt": said,
                    "durationUntilInterruptMs": 60 * len(said),
                },
            )
        if text:
            await self._prompt(socket, text)

    async def _press(self, socket: ClientConnection, digits: str) -> None:
        if self._options.get("dtmfDetection") != "true":
            return
        for digit in digits:
            await self._send(socket, {"type": "dtmf", "digit": digit})

    # From the application

    async def _read(self, socket: ClientConnection) -> SessionEnd:
        try:
            async for raw in socket:
                end = await self._take(socket, raw)
                if end is not None:
                    await self._finish_turn()
                    return end
        except ConnectionClosed:
            pass
        await self._finish_turn(interrupted=True)
        return SessionEnd(
            "failed", error_code=64105, error_message="WebSocket connection ended by the server"
        )

    async def _take(self, socket: ClientConnection, raw: str | bytes) -> SessionEnd | None:
        try:
            message = parse_message(raw)
        except InvalidMessage as error:
            return await self._refuse(socket, error)
        self._invalid = 0
        await self._journal("from_app", json.loads(raw))
        match message:
            case TextMessage():
                await self._speak(socket, message)
            case PlayMessage():
                await self._finish_turn()
                await self._live.speak("AI_AGENT", f"(plays {message.source})")
            case LanguageMessage():
                self._understand(message.transcription_language)
            case EndMessage():
                return SessionEnd("ended", handoff_data=message.handoff_data)
        return None

    def _understand(self, language: str | None) -> None:
        """`multi`: whatever is spoken; then each utterance says in which language it is."""
        if language and language != "multi":
            self._language = language

    async def _speak(self, socket: ClientConnection, message: TextMessage) -> None:
        if self._speech.is_idle:
            await self._inform(socket, "speaker-events", "agentSpeaking", "on")
        self._speech.add(message.token, interruptible=message.interruptible)
        await self._inform(socket, "tokens-played", "tokensPlayed", message.token)
        if message.last:
            await self._finish_turn()
            await self._inform(socket, "speaker-events", "agentSpeaking", "off")

    async def _refuse(self, socket: ClientConnection, error: InvalidMessage) -> SessionEnd | None:
        await self._journal("from_app", {"invalid": error.raw})
        await self._live.warn(64107, f"Invalid message received: {error.reason}")
        self._invalid += 1
        if self._invalid >= MAX_INVALID_IN_A_ROW:
            return SessionEnd(
                "failed", error_code=64105, error_message="Too many invalid messages in a row"
            )
        description = f"Invalid message received: {error.raw}"
        await self._send(socket, {"type": "error", "description": description})
        return None

    # What was said

    async def _finish_turn(self, *, interrupted: bool = False) -> None:
        turn = self._speech.turn
        if turn is not None and not turn.finished:
            self._speech.finish()
            await self._say_turn(turn.text, interrupted=interrupted)

    async def _say_turn(self, text: str, *, interrupted: bool) -> None:
        if text.strip():
            await self._live.speak("AI_AGENT", text, interrupted=interrupted)
            await self._live.capture("AI_AGENT", text)

    async def _inform(self, socket: ClientConnection, event: str, name: str, value: str) -> None:
        if event in self._events:
            await self._send(socket, {"type": "info", "name": name, "value": value})

    async def _send(self, socket: ClientConnection, frame: dict[str, Any]) -> None:
        await self._journal("to_app", frame)
        with contextlib.suppress(ConnectionClosed):  # the reader reports the end
            await socket.send(json.dumps(frame, ensure_ascii=False))

    async def _journal(self, direction: str, frame: dict[str, Any]) -> None:
        await self._live.twilio.journal.record(
            "frame", direction=direction, call_sid=self._live.call.sid, frame=frame
        )
