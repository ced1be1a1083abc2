"""https://www.twilio.com/docs/studio/widget-library/twiml-redirect"""

from __future__ import annotations

from getting_started.twilio_emulator.studio.execution import CallReturned, Pause, Signal
from getting_started.twilio_emulator.studio.twiml import response, verb
from getting_started.twilio_emulator.studio.widgets.base import CallRunner, Outcome, Visit

DEFAULT_WAIT_SECONDS = 14_400


class AddTwimlRedirect(CallRunner):
    """Gives the call to TwiML elsewhere, until that comes back with `FlowEvent=return`."""

    async def speak(self, visit: Visit) -> Outcome:
        method = visit.text("method", default="POST")
        seconds = visit.number("timeout", default=DEFAULT_WAIT_SECONDS)
        redirect = verb("Redirect", visit.text("url"), method=method)
        return Pause(CallReturned, twiml=response(redirect), seconds=seconds)

    async def resume(self, visit: Visit, signal: Signal) -> Outcome:
        if isinstance(signal, CallReturned):
            visit.put(dict(signal.form))
        return await super().resume(visit, signal)
