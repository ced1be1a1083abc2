"""https://www.twilio.com/docs/studio/widget-library/gather-input-call"""

from __future__ import annotations

from getting_started.twilio_emulator.studio.execution import CallReturned, Pause, Signal
from getting_started.twilio_emulator.studio.twiml import response, verb
from getting_started.twilio_emulator.studio.widgets.base import CallRunner, Outcome, Visit
from getting_started.twilio_emulator.studio.widgets.say_play import prompt_of


class GatherInputOnCall(CallRunner):
    """Asks, and waits for keys or speech."""

    async def speak(self, visit: Visit) -> Outcome:
        gather = verb(
            "Gather",
            None,
            *prompt_of(visit),
            input="dtmf speech",
            action=visit.action_url("gathered"),
            method="POST",
            timeout=visit.text("timeout", default="5"),
            finishOnKey=visit.text("finish_on_key"),
            numDigits=visit.text("number_of_digits", "num_digits"),
            language=visit.text("gather_language", "speech_recognition_language"),
            hints=visit.text("hints"),
            profanityFilter=visit.text("profanity_filter"),
            speechTimeout=visit.text("speech_timeout"),
            speechModel=visit.text("speech_model"),
        )
        silence = verb("Redirect", visit.action_url("timeout"), method="POST")
        return Pause(CallReturned, twiml=response(gather, silence))

    async def resume(self, visit: Visit, signal: Signal) -> Outcome:
        form = signal.form if isinstance(signal, CallReturned) else {}
        names = ("Digits", "SpeechResult", "Confidence")
        visit.put({name: form[name] for name in names if name in form})
        if form.get("Digits"):
            return "keypress"
        return "speech" if form.get("SpeechResult") else "timeout"
