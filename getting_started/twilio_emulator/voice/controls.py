"""The customer's phone, which no Twilio API has: `/_emulator/phone`."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from getting_started.twilio_emulator.twilio import Cloud, Twilio
from getting_started.twilio_emulator.voice.line import (
    ConnectionLost,
    Event,
    Interrupted,
    Outcome,
    Pressed,
    Silent,
    Spoken,
)
from getting_started.twilio_emulator.voice.store import Answer

controls = APIRouter(prefix="/_emulator/phone")
Body = dict[str, Any]


class NewCall(BaseModel):
    from_: str = Field(alias="from")
    to: str


class Words(BaseModel):
    text: str
    language: str | None = None


class Interruption(BaseModel):
    text: str | None = None
    heard: str | None = None


class Digits(BaseModel):
    digits: str = Field(pattern=r"^[0-9*#]+$")


class Behaviour(BaseModel):
    number: str
    answer: Answer


class DialOutcome(BaseModel):
    outcome: Outcome = "completed"


@controls.post("/calls", status_code=201)
async def place_call(twilio: Cloud, call: NewCall) -> Body:
    """A customer calls one of our numbers: `{"from", "to"}`. Answers the call's state."""
    return twilio.voice.receive_call(from_=call.from_, to=call.to).to_control()


@controls.get("/calls")
async def list_calls(twilio: Cloud) -> Body:
    return {"calls": [call.to_control() for call in twilio.voice.calls.values()]}


@controls.get("/calls/{call_sid}")
async def fetch_call(twilio: Cloud, call_sid: str) -> Body:
    """`{"call_sid", "from", "to", "direction", "status", "doing", "transcript": [...]}`."""
    return twilio.voice.get_call_or_raise(call_sid).to_control()


@controls.post("/calls/{call_sid}/say")
async def say(twilio: Cloud, call_sid: str, words: Words) -> Body:
    """The caller speaks into silence: `{"text", "language"?}`."""
    return _put(twilio, call_sid, Spoken(words.text, words.language))


@controls.post("/calls/{call_sid}/interrupt")
async def interrupt(twilio: Cloud, call_sid: str, interruption: Interruption) -> Body:
    """The caller cuts in: `{"text"?, "heard"?}`; `heard` is what had been said by then."""
    event = Interrupted(interruption.text, interruption.heard)
    return _put(twilio, call_sid, event)


@controls.post("/calls/{call_sid}/press")
async def press(twilio: Cloud, call_sid: str, keys: Digits) -> Body:
    return _put(twilio, call_sid, Pressed(keys.digits))


@controls.post("/calls/{call_sid}/silence")
async def stay_silent(twilio: Cloud, call_sid: str) -> Body:
    """A `<Gather>` that waits gives up at once."""
    return _put(twilio, call_sid, Silent())


@controls.post("/calls/{call_sid}/drop")
async def drop_socket(twilio: Cloud, call_sid: str) -> Body:
    """The network to the application's socket breaks; the caller stays."""
    return _put(twilio, call_sid, ConnectionLost())


@controls.post("/calls/{call_sid}/hang_up")
async def hang_up(twilio: Cloud, call_sid: str) -> Body:
    """Answers when the application has been told."""
    return (await twilio.voice.hang_up(call_sid)).to_control()


@controls.post("/calls/{call_sid}/answer")
async def answer(twilio: Cloud, call_sid: str) -> Body:
    """The phone we call picks up, where it was set to `ring`."""
    twilio.voice.answer(call_sid)
    return twilio.voice.get_call_or_raise(call_sid).to_control()


@controls.post("/calls/{call_sid}/dialed/answer")
async def answer_dialed(twilio: Cloud, call_sid: str) -> Body:
    """The phone that a `<Dial>` rings is picked up."""
    twilio.voice.answer_dialed(call_sid)
    return twilio.voice.get_call_or_raise(call_sid).to_control()


@controls.post("/calls/{call_sid}/dialed/say")
async def say_as_dialed(twilio: Cloud, call_sid: str, words: Words) -> Body:
    await twilio.voice.say_to_caller(call_sid, words.text)
    return twilio.voice.get_call_or_raise(call_sid).to_control()


@controls.post("/calls/{call_sid}/dialed/end")
async def end_dialed(twilio: Cloud, call_sid: str, end: DialOutcome) -> Body:
    """It hangs up, or is not reached: `{"outcome": "completed|busy|no-answer|failed"}`."""
    twilio.voice.end_dialed(call_sid, end.outcome)
    return twilio.voice.get_call_or_raise(call_sid).to_control()


@controls.post("/behaviour")
async def set_behaviour(twilio: Cloud, behaviour: Behaviour) -> Behaviour:
    """How a customer's phone takes our calls: `{"number", "answer"}`.

    `answer` is human, machine, busy, no-answer, or ring (until `answer` is called).
    """
    twilio.voice.phones[behaviour.number] = behaviour.answer
    return behaviour


def _put(twilio: Twilio, call_sid: str, event: Event) -> Body:
    live = twilio.voice.get_live_or_raise(call_sid)
    live.line.put(event)
    return live.call.to_control()
