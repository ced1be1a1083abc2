"""https://www.twilio.com/docs/studio/widget-library/sayplay"""

from __future__ import annotations

from xml.etree.ElementTree import Element

from getting_started.twilio_emulator.studio.execution import CallReturned, Pause
from getting_started.twilio_emulator.studio.twiml import response, verb
from getting_started.twilio_emulator.studio.widgets.base import CallRunner, Outcome, Visit


class SayPlay(CallRunner):
    """Says a text, plays a recording or sends digits."""

    async def speak(self, visit: Visit) -> Outcome:
        redirect = verb("Redirect", visit.action_url("audioComplete"), method="POST")
        return Pause(CallReturned, twiml=response(*prompt_of(visit), redirect))


def prompt_of(visit: Visit) -> list[Element]:
    """`<Say>` or `<Play>` as the widget's properties ask, if they ask for one."""
    loop = visit.text("loop")
    if digits := visit.text("digits"):
        return [verb("Play", digits=digits)]
    if address := visit.text("play"):
        return [verb("Play", address, loop=loop)]
    words = visit.text("say")
    language, voice = visit.text("language"), visit.text("voice")
    return [verb("Say", words, language=language, voice=voice, loop=loop)] if words else []
