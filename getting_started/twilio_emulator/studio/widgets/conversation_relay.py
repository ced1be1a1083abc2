"""https://www.twilio.com/docs/studio/widget-library/run-conversationrelay"""

from __future__ import annotations

from getting_started.twilio_emulator.studio.execution import CallReturned, Pause, Signal
from getting_started.twilio_emulator.studio.twiml import response, verb
from getting_started.twilio_emulator.studio.widgets.base import CallRunner, Outcome, Visit

OUTPUTS = ("HandoffData", "SessionId", "SessionStatus", "SessionDuration")
ATTRIBUTES = {
    "url": "url",
    "welcomeGreeting": "welcome_greeting",
    "ttsProvider": "tts_provider",
    "voice": "voice",
    "language": "language",
    "transcriptionProvider": "transcription_provider",
    "speechModel": "speech_model",
    "dtmfDetection": "dtmf_detection",
    "interruptible": "interruptible",
}


class RunConversationRelay(CallRunner):
    """Connects the call to a virtual agent's socket."""

    async def speak(self, visit: Visit) -> Outcome:
        relay = verb(
            "ConversationRelay",
            None,
            *(verb("Parameter", name=key, value=value) for key, value in visit.pairs().items()),
            **{attribute: visit.text(name) for attribute, name in ATTRIBUTES.items()},
        )
        connect = verb("Connect", None, relay, action=visit.action_url("ended"), method="POST")
        return Pause(CallReturned, twiml=response(connect))

    async def resume(self, visit: Visit, signal: Signal) -> Outcome:
        form = signal.form if isinstance(signal, CallReturned) else {}
        visit.put({name: form[name] for name in OUTPUTS if name in form})
        return "failed" if form.get("SessionStatus") == "failed" else "success"
