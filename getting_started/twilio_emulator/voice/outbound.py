"""Calls that we place: ringing, who answers, and what is reported of it.

https://www.twilio.com/docs/voice/api/call-resource#statuscallback
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from getting_started.twilio_emulator.voice.live_call import LiveCall
from getting_started.twilio_emulator.voice.models import Call, CallStatus
from getting_started.twilio_emulator.voice.twiml import Target

if TYPE_CHECKING:
    from getting_started.twilio_emulator.twilio import Twilio

UNREACHED: dict[str, CallStatus] = {"busy": "busy", "no-answer": "no-answer"}


@dataclass
class Callbacks:
    """Whom to tell about a call's progress, and about who or what picked it up."""

    status_url: str = ""
    events: frozenset[str] = frozenset({"completed"})
    method: str = "POST"
    detects_machine: bool = False
    amd_url: str = ""
    sequence: int = 0

    def report(self, twilio: Twilio, call: Call, event: str) -> None:
        """Sends a status callback in the background, when it is wanted."""
        if not self.status_url or event not in self.events:
            return
        form = call.to_form() | {
            "SequenceNumber": str(self.sequence),
            "Timestamp": twilio.clock.now().strftime("%a, %d %b %Y %H:%M:%S +0000"),
            "CallbackSource": "call-progress-events",
        }
        if event == "completed":
            form["CallDuration"] = str(call.duration)
        self.sequence += 1
        twilio.spawn(_send(twilio, self.status_url, form, self.method))

    def report_answerer(self, twilio: Twilio, call: Call, answerer: str) -> None:
        """The asynchronous machine detection's callback, or else a field of all requests."""
        if not self.detects_machine:
            return
        if not self.amd_url:
            call.answered_by = answerer
            return
        form = {
            "CallSid": call.sid,
            "AccountSid": call.account_sid,
            "AnsweredBy": answerer,
            "MachineDetectionDuration": "1200",
        }
        twilio.spawn(_send(twilio, self.amd_url, form, "POST"))


class OutboundCall:
    """One call from the API's request to its end."""

    def __init__(self, live: LiveCall, callbacks: Callbacks, ring_seconds: int) -> None:
        self.picked_up = asyncio.Event()
        self._live = live
        self._callbacks = callbacks
        self._ring_seconds = ring_seconds

    async def run(self, target: Target, answer: str) -> None:
        """`answer`: how the phone reacts (human, machine, busy, no-answer, ring)."""
        call = self._live.call
        self._report("initiated")
        call.status = "ringing"
        await self._live.report()
        self._report("ringing")
        status = UNREACHED.get(answer) or await self._ring(answer)
        if status is not None:
            await self._give_up(status)
            return
        call.status = "in-progress"
        call.started = self._live.twilio.clock.now()
        self._report("answered")
        answerer = "machine_start" if answer == "machine" else "human"
        self._callbacks.report_answerer(self._live.twilio, call, answerer)
        await self._live.run(target)
        self._report("completed")

    async def _ring(self, answer: str) -> CallStatus | None:
        """None when somebody picked up."""
        if answer == "ring":
            try:
                async with asyncio.timeout(self._ring_seconds):
                    await self.picked_up.wait()
            except TimeoutError:
                return "no-answer"
        return None if self._live.call.is_live else self._live.call.status

    async def _give_up(self, status: CallStatus) -> None:
        self._live.call.status = status
        self._live.call.ended = self._live.twilio.clock.now()
        await self._live.report()
        self._live.over.set()
        self._report("completed")

    def _report(self, event: str) -> None:
        self._callbacks.report(self._live.twilio, self._live.call, event)


async def _send(twilio: Twilio, url: str, form: dict[str, str], method: str) -> None:
    await twilio.webhooks.request_form(url, form, method=method)
