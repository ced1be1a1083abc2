"""https://www.twilio.com/docs/studio/widget-library/connect-call"""

from __future__ import annotations

from getting_started.twilio_emulator.studio.execution import CallReturned, Pause, Signal
from getting_started.twilio_emulator.studio.twiml import response, verb
from getting_started.twilio_emulator.studio.widgets.base import CallRunner, Outcome, Visit

NOUNS = {"number": "Number", "client": "Client", "sip": "Sip", "conference": "Conference"}
OUTPUTS = ("DialCallStatus", "DialCallSid", "DialCallDuration")


class ConnectCallTo(CallRunner):
    """Dials somebody else into the call."""

    async def speak(self, visit: Visit) -> Outcome:
        noun = visit.text("noun")
        target = visit.text("sip_endpoint", "to") if noun == "sip" else visit.text("to")
        callee = verb(
            NOUNS.get(noun, "Number"),
            target,
            username=visit.text("sip_username"),
            password=visit.text("sip_password"),
        )
        dial = verb(
            "Dial",
            None,
            callee,
            action=visit.action_url("dialed"),
            method="POST",
            callerId=visit.text("caller_id"),
            timeout=visit.text("timeout"),
            timeLimit=visit.text("time_limit"),
            record="record-from-answer" if visit.text("record") == "true" else "",
        )
        return Pause(CallReturned, twiml=response(dial))

    async def resume(self, visit: Visit, signal: Signal) -> Outcome:
        form = signal.form if isinstance(signal, CallReturned) else {}
        visit.put({name: form[name] for name in OUTPUTS if name in form})
        return "hangup" if visit.execution.call_is_over else "callCompleted"
