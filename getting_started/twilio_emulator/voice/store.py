"""State and rules of Voice: the account's numbers, and the calls to and from them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from getting_started.twilio_emulator.errors import TwilioError, bad_request, conflict, not_found
from getting_started.twilio_emulator.voice.line import DialAnswered, DialEnded, Outcome
from getting_started.twilio_emulator.voice.live_call import LiveCall
from getting_started.twilio_emulator.voice.models import (
    Call,
    CallStatus,
    Direction,
    PhoneNumber,
    Speaker,
)
from getting_started.twilio_emulator.voice.outbound import Callbacks, OutboundCall
from getting_started.twilio_emulator.voice.twiml import Request, Target
from getting_started.twilio_emulator.voice.verbs import VERBS

if TYPE_CHECKING:
    from getting_started.twilio_emulator.twilio import Twilio

Answer = Literal["human", "machine", "busy", "no-answer", "ring"]
E164 = re.compile(r"\+[1-9]\d{6,14}")


class VoiceStore:
    """Numbers by SID, calls by SID, and how the phones of the world answer."""

    def __init__(self, twilio: Twilio) -> None:
        self.twilio = twilio
        self.numbers: dict[str, PhoneNumber] = {}
        self.calls: dict[str, Call] = {}
        self.phones: dict[str, Answer] = {}
        self._live: dict[str, LiveCall] = {}
        self._outbound: dict[str, OutboundCall] = {}

    # Numbers

    def add_number(self, phone_number: str, *, voice_url: str = "") -> PhoneNumber:
        if not E164.fullmatch(phone_number):
            raise bad_request(f"{phone_number!r} is not a valid phone number", code=21421)
        if self.find_number(phone_number):
            raise bad_request(f"{phone_number} is already in the account", code=21422)
        number = PhoneNumber(
            sid=self.twilio.sids.sid("PN"), phone_number=phone_number, voice_url=voice_url
        )
        self.numbers[number.sid] = number
        return number

    def find_number(self, phone_number: str) -> PhoneNumber | None:
        numbers = self.numbers.values()
        return next((one for one in numbers if one.phone_number == phone_number), None)

    # Calls

    def get_call_or_raise(self, call_sid: str) -> Call:
        if call_sid not in self.calls:
            raise not_found(f"/Calls/{call_sid}.json")
        return self.calls[call_sid]

    def get_live_or_raise(self, call_sid: str) -> LiveCall:
        """The call under way; TwilioError 409 when it is over."""
        call = self.get_call_or_raise(call_sid)
        if not call.is_live:
            raise conflict(f"Call {call_sid} is {call.status}")
        return self._live[call_sid]

    def receive_call(self, *, from_: str, to: str) -> Call:
        """A customer calls one of our numbers; whoever its VoiceUrl names answers."""
        number = self.find_number(to)
        if number is None:
            raise not_found(f"number {to}")
        call = self._new_call(from_, to, "inbound")
        call.status = "ringing"
        fallback = (
            Request(number.voice_fallback_url, number.voice_fallback_method)
            if number.voice_fallback_url
            else None
        )
        live = LiveCall(self.twilio, call, VERBS, fallback=fallback)
        self._live[call.sid] = live
        callbacks = Callbacks(number.status_callback, method=number.status_callback_method)
        target = Request(number.answering_url, number.voice_method)
        self.twilio.spawn_lasting(self._serve(live, target, callbacks))
        return call

    def place_call(
        self,
        *,
        from_: str,
        to: str,
        target: Target,
        fallback: Request | None = None,
        callbacks: Callbacks | None = None,
        timeout: int = 60,
    ) -> Call:
        """We call a phone; what it does is set by `phones` (default: a human answers)."""
        if self.find_number(from_) is None:
            raise bad_request(f"'From' {from_} is not a number of the account", code=21210)
        if not E164.fullmatch(to):
            raise bad_request(f"'To' {to!r} is not a valid phone number", code=21211)
        call = self._new_call(from_, to, "outbound-api")
        live = LiveCall(self.twilio, call, VERBS, fallback=fallback)
        outbound = OutboundCall(live, callbacks or Callbacks(), timeout)
        self._live[call.sid], self._outbound[call.sid] = live, outbound
        self.twilio.spawn_lasting(outbound.run(target, self.phones.get(to, "human")))
        return call

    def answer(self, call_sid: str) -> None:
        """A phone left to `ring` is picked up."""
        self.get_live_or_raise(call_sid)
        if call_sid in self._outbound:
            self._outbound[call_sid].picked_up.set()

    def end_call(self, call_sid: str, *, status: CallStatus = "completed") -> Call:
        """The API ends the call; what follows from that goes on in the background."""
        live = self.get_live_or_raise(call_sid)
        live.call.status = status
        live.line.hang_up()
        if outbound := self._outbound.get(call_sid):
            outbound.picked_up.set()
        return live.call

    async def hang_up(self, call_sid: str) -> Call:
        """The caller leaves; returns when all is told to everybody."""
        live = self.get_live_or_raise(call_sid)
        self.end_call(call_sid)
        await live.over.wait()
        return live.call

    def redirect(self, call_sid: str, target: Target) -> Call:
        """The API gives a live call new TwiML."""
        call = self.get_call_or_raise(call_sid)
        if call.status != "in-progress":
            raise TwilioError(400, 21220, f"Call is not in-progress: {call.status}")
        self._live[call_sid].line.redirect(target)
        return call

    async def say_to_caller(
        self, call_sid: str, text: str, *, speaker: Speaker = "HUMAN_AGENT"
    ) -> None:
        """Words of the person whom the caller is connected with."""
        await self.get_live_or_raise(call_sid).speak(speaker, text)

    def answer_dialed(self, call_sid: str) -> None:
        """The phone that a `<Dial>` rings is picked up."""
        self.get_live_or_raise(call_sid).line.put(DialAnswered())

    def end_dialed(self, call_sid: str, outcome: Outcome) -> None:
        """The dialed phone declines, or hangs up."""
        self.get_live_or_raise(call_sid).line.put(DialEnded(outcome))

    async def _serve(self, live: LiveCall, target: Target, callbacks: Callbacks) -> None:
        await live.run(target)
        callbacks.report(self.twilio, live.call, "completed")

    def _new_call(self, from_: str, to: str, direction: Direction) -> Call:
        call = Call(
            sid=self.twilio.sids.sid("CA"),
            account_sid=self.twilio.account.sid,
            from_=from_,
            to=to,
            direction=direction,
            created=self.twilio.clock.now(),
        )
        self.calls[call.sid] = call
        return call
