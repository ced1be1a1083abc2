"""<Gather>: what the caller says or presses. https://www.twilio.com/docs/voice/twiml/gather"""

from __future__ import annotations

import asyncio

from getting_started.twilio_emulator.voice.line import Interrupted, Pressed, Silent, Spoken
from getting_started.twilio_emulator.voice.live_call import LiveCall
from getting_started.twilio_emulator.voice.twiml import (
    Document,
    Request,
    Verb,
    read_integer,
    to_request,
)
from getting_started.twilio_emulator.voice.verbs.simple import play, say

DEFAULT_TIMEOUT = 5
PROMPTS = {"Say": say, "Play": play}


async def gather(live: LiveCall, document: Document, verb: Verb) -> Request | None:
    """Speaks the prompt, waits for input, and takes it to the action."""
    for child in verb.children:
        if child.name in PROMPTS:
            await PROMPTS[child.name](live, document, child)
    form = await _Input(live, verb).read()
    if not form and verb.attributes.get("actionOnEmptyResult") != "true":
        return None
    request = to_request(document, verb, form)
    return request or Request(document.url, form=form)


class _Input:
    """Digits collected so far, or what was said."""

    def __init__(self, live: LiveCall, verb: Verb) -> None:
        self._live = live
        self._accepted = set(verb.attributes.get("input", "dtmf").split())
        self._count = read_integer(verb, "numDigits", 0)
        self._finish_on = verb.attributes.get("finishOnKey", "#")
        self._timeout = read_integer(verb, "timeout", DEFAULT_TIMEOUT)
        self._digits = ""

    async def read(self) -> dict[str, str]:
        """The form fields of the result, empty when nothing came in time."""
        try:
            async with asyncio.timeout(self._timeout):
                return await self._collect()
        except TimeoutError:
            return self._to_form()

    async def _collect(self) -> dict[str, str]:
        while True:
            match await self._live.line.next():
                case Spoken(text) | Interrupted(str(text)):
                    await self._live.speak("CUSTOMER", text)
                    if "speech" in self._accepted:
                        return {"SpeechResult": text, "Confidence": "0.95"}
                case Pressed(digits) if "dtmf" in self._accepted and self._is_complete(digits):
                    return self._to_form()
                case Silent():
                    return self._to_form()

    def _is_complete(self, digits: str) -> bool:
        for digit in digits:
            if digit == self._finish_on:
                return True
            self._digits += digit
            if len(self._digits) == self._count:
                return True
        return False

    def _to_form(self) -> dict[str, str]:
        return {"Digits": self._digits} if self._digits else {}
