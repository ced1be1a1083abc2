"""<Dial>: the call is put through to a phone. https://www.twilio.com/docs/voice/twiml/dial"""

from __future__ import annotations

import asyncio

from getting_started.twilio_emulator.voice.line import (
    DialAnswered,
    DialEnded,
    Interrupted,
    Outcome,
    Spoken,
)
from getting_started.twilio_emulator.voice.live_call import LiveCall
from getting_started.twilio_emulator.voice.twiml import (
    Document,
    Request,
    Verb,
    read_integer,
    to_request,
)

RING_SECONDS = 30


async def dial(live: LiveCall, document: Document, verb: Verb) -> Request | None:
    """Rings until a control answers or declines, then both talk until one hangs up."""
    number = verb.text or next((child.text for child in verb.children), "")
    dialed_sid = live.twilio.sids.sid("CA")
    await live.twilio.journal.record(
        "dial", call_sid=live.call.sid, dialed_call_sid=dialed_sid, to=number, status="ringing"
    )
    outcome = await _ring(live, read_integer(verb, "timeout", RING_SECONDS))
    if outcome is None:
        outcome = await _talk(live)
    form = {"DialCallStatus": outcome, "DialCallSid": dialed_sid, "DialBridged": "true"}
    return to_request(document, verb, form)


async def _ring(live: LiveCall, seconds: float) -> Outcome | None:
    """None when the phone is picked up."""
    try:
        async with asyncio.timeout(seconds):
            while True:
                match await live.line.next():
                    case DialAnswered():
                        return None
                    case DialEnded(outcome):
                        return outcome
    except TimeoutError:
        return "no-answer"


async def _talk(live: LiveCall) -> Outcome:
    while True:
        match await live.line.next():
            case Spoken(text) | Interrupted(str(text)):
                await live.speak("CUSTOMER", text)
            case DialEnded(outcome):
                return outcome
