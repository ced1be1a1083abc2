"""Customers who call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from getting_started.twilio_emulator.driver.connection import (
    WAIT_SECONDS,
    Connection,
    Utterance,
    to_utterances,
)


@dataclass(frozen=True)
class CallState:
    """`doing` is the TwiML under way, such as `ConversationRelay` or `Enqueue`."""

    status: str
    doing: str
    transcript: list[Utterance]

    @property
    def is_over(self) -> bool:
        return self.status not in {"queued", "ringing", "in-progress"}


class Phone:
    """Customers' phones."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def call(self, from_: str, to: str) -> PhoneCall:
        """A customer calls one of our numbers."""
        state = await self._connection.post("/phone/calls", {"from": from_, "to": to})
        return PhoneCall(self._connection, state["call_sid"])

    async def calls(self) -> list[PhoneCall]:
        """Every call, oldest first, those that we placed too."""
        states = (await self._connection.get("/phone/calls"))["calls"]
        return [PhoneCall(self._connection, state["call_sid"]) for state in states]

    async def wait_for_call(self, to: str, *, seconds: float = WAIT_SECONDS) -> PhoneCall:
        """The newest call that we placed to this phone."""

        async def find() -> PhoneCall | None:
            states = (await self._connection.get("/phone/calls"))["calls"]
            found = [one for one in states if one["to"] == to and one["direction"] != "inbound"]
            return PhoneCall(self._connection, found[-1]["call_sid"]) if found else None

        return await self._connection.until(find, f"a call to {to}", seconds=seconds)

    async def set_behaviour(self, number: str, answer: str) -> None:
        """How a phone takes our calls: human, machine, busy, no-answer, ring."""
        await self._connection.post("/phone/behaviour", {"number": number, "answer": answer})


class PhoneCall:
    """One call, as the customer holds it."""

    def __init__(self, connection: Connection, call_sid: str) -> None:
        self.call_sid = call_sid
        self._connection = connection
        self._heard = 0

    async def state(self) -> CallState:
        state = await self._connection.get(f"/phone/calls/{self.call_sid}")
        return CallState(state["status"], state["doing"], to_utterances(state["transcript"]))

    async def transcript(self) -> list[Utterance]:
        return (await self.state()).transcript

    async def say(self, text: str, *, language: str | None = None) -> None:
        """Speaks into silence."""
        await self._post("say", {"text": text, "language": language})

    async def interrupt(self, text: str | None = None, *, heard: str | None = None) -> None:
        """Cuts in, having heard `heard` (default: all that was said so far)."""
        await self._post("interrupt", {"text": text, "heard": heard})

    async def press(self, digits: str) -> None:
        await self._post("press", {"digits": digits})

    async def stay_silent(self) -> None:
        """A `<Gather>` that waits gives up at once."""
        await self._post("silence")

    async def drop_socket(self) -> None:
        """The network to the application's socket breaks; the caller stays."""
        await self._post("drop")

    async def answer(self) -> None:
        """Picks up a phone set to `ring`."""
        await self._post("answer")

    async def answer_dialed(self) -> None:
        """The phone that a `<Dial>` rings is picked up."""
        await self._post("dialed/answer")

    async def say_as_dialed(self, text: str) -> None:
        await self._post("dialed/say", {"text": text})

    async def end_dialed(self, outcome: str = "completed") -> None:
        """The dialed phone hangs up; or busy, no-answer, failed."""
        await self._post("dialed/end", {"outcome": outcome})

    async def hang_up(self) -> None:
        """Returns when the application has been told."""
        await self._post("hang_up")

    async def listen(self, speaker: str | None = None, *, seconds: float = WAIT_SECONDS) -> str:
        """The next words from the other side that were not listened to yet."""

        async def hear() -> str | None:
            transcript = await self.transcript()
            for index in range(self._heard, len(transcript)):
                one = transcript[index]
                if one.speaker != "CUSTOMER" and speaker in {None, one.speaker}:
                    self._heard = index + 1
                    return one.text
            return None

        who = speaker or "somebody"
        what = f"{who} to speak in call {self.call_sid}"
        return await self._connection.until(hear, what, seconds=seconds)

    async def wait_until(self, doing: str, *, seconds: float = WAIT_SECONDS) -> CallState:
        """Until the call runs this verb, such as `Enqueue`."""

        async def find() -> CallState | None:
            state = await self.state()
            return state if state.doing == doing else None

        what = f"call {self.call_sid} to do {doing}"
        return await self._connection.until(find, what, seconds=seconds)

    async def wait_until_over(self, *, seconds: float = WAIT_SECONDS) -> CallState:
        async def find() -> CallState | None:
            state = await self.state()
            return state if state.is_over else None

        return await self._connection.until(find, f"call {self.call_sid} to end", seconds=seconds)

    async def _post(self, action: str, body: dict[str, Any] | None = None) -> None:
        await self._connection.post(f"/phone/calls/{self.call_sid}/{action}", body)
