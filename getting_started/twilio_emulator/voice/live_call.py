"""A call under way: TwiML is fetched, its verbs are run, until there is none or nobody."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, Literal

from getting_started.twilio_emulator.errors import TwilioError
from getting_started.twilio_emulator.voice.line import HungUp, Line, Redirected
from getting_started.twilio_emulator.voice.models import Call, Speaker, Utterance
from getting_started.twilio_emulator.voice.twiml import (
    Document,
    Inline,
    Request,
    Target,
    TwimlError,
    Verb,
    parse,
    read_response,
)

if TYPE_CHECKING:
    from getting_started.twilio_emulator.twilio import Twilio

RunVerb = Callable[["LiveCall", Document, Verb], Awaitable[Target | None]]
APPLICATION_ERROR = "We are sorry, an application error has occurred. Goodbye."


class LiveCall:
    """What the verbs act on: the call, its line, and its way to speak and to ask for TwiML."""

    def __init__(
        self,
        twilio: Twilio,
        call: Call,
        verbs: Mapping[str, RunVerb],
        *,
        fallback: Request | None = None,
    ) -> None:
        self._verbs = verbs
        self.twilio = twilio
        self.call = call
        self.line = Line()
        self.over = asyncio.Event()
        self._fallback = fallback
        self._configuration_id: str | None = None

    async def run(self, target: Target) -> None:
        """From the first TwiML to the end of the call."""
        try:
            with contextlib.suppress(HungUp):
                await self._follow(target)
            await self._finish()
        finally:
            self.over.set()

    async def speak(self, speaker: Speaker, text: str, **detail: Any) -> None:
        """Words on the line: into the transcript and the journal."""
        at = self.twilio.clock.timestamp()
        self.call.transcript.append(Utterance(speaker=speaker, text=text, at=at))
        await self.twilio.journal.record(
            "speech", call_sid=self.call.sid, speaker=speaker, text=text, **detail
        )

    async def warn(self, code: int, message: str) -> None:
        """What Twilio would write to the account's debugger."""
        await self.twilio.journal.record(
            "alert", call_sid=self.call.sid, error_code=code, message=message
        )

    async def open_conversation(self, configuration_id: str) -> None:
        """The Orchestrator conversation of this call, made once."""
        if self._configuration_id == configuration_id:
            return
        try:
            await self.twilio.orchestrator.open_call(
                configuration_id=configuration_id,
                call_sid=self.call.sid,
                customer=self.call.customer,
                agent=self.call.agent,
            )
        except TwilioError as error:
            await self.warn(error.code, f"No conversation for the call: {error.message}")
        else:
            self._configuration_id = configuration_id

    async def capture(self, speaker: Literal["CUSTOMER", "AI_AGENT"], text: str) -> None:
        """Puts an utterance into the Orchestrator conversation, if the call has one."""
        if self._configuration_id is not None:
            await self.twilio.orchestrator.record_speech(
                call_sid=self.call.sid, speaker=speaker, text=text
            )

    async def request(self, request: Request) -> Document:
        """Asks the application; raises TwimlError."""
        form = {**self.call.to_form(), **request.form}
        response = await self.twilio.webhooks.request_form(request.url, form, method=request.method)
        if response is None:
            raise TwimlError(11205, f"HTTP connection failure: {request.url}")
        return read_response(response, request.url)

    async def _follow(self, target: Target | None) -> None:
        while target is not None:
            target = await self._step(target)

    async def _step(self, target: Target) -> Target | None:
        try:
            return await self._run(await self._obtain(target))
        except Redirected as redirected:
            self.line.take_target()
            return redirected.target
        except TwimlError as error:
            return await self._recover(error, target)

    async def _obtain(self, target: Target) -> Document:
        if isinstance(target, Inline):
            return parse(target.twiml.encode(), target.base_url)
        return await self.request(target)

    async def _recover(self, error: TwimlError, failed: Target) -> Target | None:
        """The fallback URL, asked once; without one the caller hears that it went wrong."""
        await self.warn(error.code, error.message)
        self.line.check()
        fallback, self._fallback = self._fallback, None
        if fallback is None:
            await self.speak("FLOW", APPLICATION_ERROR)
            return None
        url = failed.url if isinstance(failed, Request) else failed.base_url
        form = {"ErrorCode": str(error.code), "ErrorUrl": url}
        return Request(fallback.url, fallback.method, form)

    async def _run(self, document: Document) -> Target | None:
        """Each verb in turn; one that leads to other TwiML ends the document."""
        known = [verb for verb in document.verbs if verb.name in self._verbs]
        await self.twilio.journal.record(
            "twiml",
            call_sid=self.call.sid,
            url=document.url,
            verbs=[verb.name for verb in known],
            skipped=[verb.name for verb in document.verbs if verb.name not in self._verbs],
        )
        for verb in known:
            self.line.check()
            self.call.doing = verb.name
            if verb.name != "Reject":
                self._answer()
            await self.report()
            target = await self._verbs[verb.name](self, document, verb)
            if target is not None:
                return target
        return None

    def _answer(self) -> None:
        if self.call.status in {"queued", "ringing"}:
            self.call.status = "in-progress"
            self.call.started = self.twilio.clock.now()

    async def report(self) -> None:
        """The call's status, into the journal."""
        await self.twilio.journal.record(
            "call",
            call_sid=self.call.sid,
            **{"from": self.call.from_},
            to=self.call.to,
            status=self.call.status,
            doing=self.call.doing,
            direction=self.call.direction,
        )

    async def _finish(self) -> None:
        self.call.doing = ""
        self.call.ended = self.twilio.clock.now()
        if self.call.is_live:
            self.call.status = "completed"
        if self._configuration_id is not None:
            await self.twilio.orchestrator.end_call(self.call.sid)
        await self.twilio.studio.call_ended(self.call.sid)
        await self.report()
