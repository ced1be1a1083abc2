"""Customers who ask for a person until something comes of it, in a chat or on the phone."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

from agent.handoff.record import UNDER_WAY, HandoffRecord
from agent.store.handoffs import HandoffStore
from agent.store.lost_messages import LostMessages
from benchmarks.soak.faults import Mishap, Moment, Plan, inject
from getting_started.local import LocalStack
from getting_started.twilio_emulator.driver import (
    ChatSession,
    DeskTask,
    Driver,
    DriverError,
    PhoneCall,
)
from getting_started.twilio_emulator.seed import AGENT_NUMBER

Result = TypeVar("Result")
GREETING = "Hello"
WISH = "I want to talk to a person"
QUESTION = "When are you open on Saturdays?"
ANSWER = "12 Harbor Street"
QUEUE = "Enqueue"
MOST_ASKS = 6
MOMENT_SECONDS = 4.0
MOST_SECONDS = 60.0
PATIENCE_SECONDS = 10.0
"""Then a customer who hears nothing asks again: a reply can be lost on its way to Twilio."""
GONE_TASK = {"canceled", "completed"}

FRAMES: dict[Moment, Callable[[dict[str, Any]], bool]] = {
    Moment.GOODBYE_BEGUN: lambda frame: frame.get("interruptible") is False,
    Moment.GOODBYE_SAID: lambda frame: (
        frame.get("interruptible") is False and bool(frame.get("last"))
    ),
    Moment.ENDED: lambda frame: frame["type"] == "end",
}


@dataclass(frozen=True)
class Centre:
    """What runs, what drives it, and what the agent keeps of handoffs and lost replies."""

    stack: LocalStack
    driver: Driver
    store: HandoffStore
    lost_messages: LostMessages

    async def serve(self, plan: Plan) -> Customer:
        """One customer from the first word until they wait, are served, or have left."""
        customer = await (Caller if plan.is_call else Writer).arrive(self, plan)
        await inject(self.stack, self.driver, plan)
        await customer.ask_for_person()
        return customer


@dataclass
class Customer(ABC):
    """One customer in one thread."""

    centre: Centre
    plan: Plan
    address: str
    has_left: bool = False

    @classmethod
    @abstractmethod
    async def arrive(cls, centre: Centre, plan: Plan) -> Customer:
        """Greeted by the agent."""

    @property
    @abstractmethod
    def thread(self) -> str: ...

    @abstractmethod
    async def say(self, text: str) -> None: ...

    @abstractmethod
    async def heard(self) -> list[str]:
        """All that others have said."""

    @abstractmethod
    async def has_arrived(self, record: HandoffRecord | None) -> bool:
        """Whether no more can be expected of asking."""

    @abstractmethod
    async def suffer(self) -> None:
        """What the plan has in store after the customer has asked."""

    async def ask_for_person(self) -> None:
        """Again after every answer that leads to nobody, and after silence."""
        for attempt in range(MOST_ASKS):
            known = len(await self.heard())
            await self.say(WISH)
            if attempt == 0:
                await self.suffer()
            if await self._wait_for_answer(known):
                return

    async def _wait_for_answer(self, known: int) -> bool:
        async def find() -> bool | None:
            record = await self.record()
            if await self.has_arrived(record):
                return True
            if record is not None and record.holds_conversation:
                return None
            return False if len(await self.heard()) > known else None

        try:
            what = "an answer to the wish for a person"
            return await self.until(find, what, seconds=PATIENCE_SECONDS)
        except TimeoutError:
            return False

    async def record(self) -> HandoffRecord | None:
        return await self.centre.store.latest(self.thread)

    async def tasks(self) -> list[DeskTask]:
        """Those of this customer, whatever became of them."""
        tasks = await self.centre.driver.flex.tasks()
        return [one for one in tasks if self.address in str(one.attributes)]

    def executions(self) -> int:
        executions = self.centre.stack.twilio.studio.executions.values()
        return sum(one.contact == self.address for one in executions)

    async def is_answered(self) -> bool:
        """Whether the agent serves this customer."""

        async def hear() -> bool | None:
            return any(ANSWER in words for words in await self.heard()) or None

        try:
            await self.say(QUESTION)
            return await self.until(hear, "an answer of the agent")
        except TimeoutError:
            return False

    async def until(
        self,
        find: Callable[[], Awaitable[Result | None]],
        what: str,
        *,
        seconds: float = MOST_SECONDS,
    ) -> Result:
        """What `find` gives as soon as that is not None. Raises TimeoutError."""
        return await self.centre.driver.until(find, what, seconds=seconds, poll_seconds=0.2)


@dataclass
class Writer(Customer):
    """One in a chat."""

    session: ChatSession = field(kw_only=True)

    @classmethod
    async def arrive(cls, centre: Centre, plan: Plan) -> Writer:
        identity = f"customer-{plan.number}@example.org"
        session = await centre.driver.chat.start(identity)
        writer = cls(centre, plan, identity, session=session)
        for _attempt in range(MOST_ASKS):
            await writer.say(GREETING)
            with suppress(TimeoutError):
                agent = centre.stack.settings.chat_identity
                await session.listen(agent, seconds=PATIENCE_SECONDS)
                return writer
        raise TimeoutError(f"{plan} was never greeted")

    @property
    def thread(self) -> str:
        return self.session.conversation_sid

    async def say(self, text: str) -> None:
        await self.session.send(text)

    async def heard(self) -> list[str]:
        messages = await self.session.messages()
        return [one.text for one in messages if one.speaker != self.address]

    async def suffer(self) -> None:
        """Nothing: what is written arrives later at most."""

    async def has_arrived(self, record: HandoffRecord | None) -> bool:
        return record is not None and record.state not in UNDER_WAY


@dataclass
class Caller(Customer):
    """One on the phone."""

    phone: PhoneCall = field(kw_only=True)

    @classmethod
    async def arrive(cls, centre: Centre, plan: Plan) -> Caller:
        number = f"+155503{plan.number:05d}"
        phone = await centre.driver.phone.call(number, AGENT_NUMBER)
        caller = cls(centre, plan, number, phone=phone)
        await phone.listen("AI_AGENT", seconds=MOST_SECONDS)
        return caller

    @property
    def thread(self) -> str:
        return self.phone.call_sid

    async def say(self, text: str) -> None:
        with suppress(DriverError):  # the call is over
            await self.phone.say(text)

    async def heard(self) -> list[str]:
        return [one.text for one in await self.phone.transcript() if one.speaker != "CUSTOMER"]

    async def has_arrived(self, record: HandoffRecord | None) -> bool:
        """In the queue, or gone. A failed record may yet be made up for: the line is asked."""
        state = await self.phone.state()
        return state.is_over or state.doing == QUEUE

    async def suffer(self) -> None:
        if self.plan.mishap is None:
            return
        with suppress(TimeoutError):  # the moment does not come for every caller
            await self._wait_for(self.plan.moment)
        with suppress(DriverError):  # the call is over
            if self.plan.mishap is Mishap.SOCKET_BREAKS:
                await self.phone.drop_socket()
            else:
                self.has_left = True
                await self.phone.hang_up()

    async def _wait_for(self, moment: Moment) -> None:
        if moment is Moment.ASKED:
            return
        if moment is Moment.WAITING:
            await self.phone.wait_until(QUEUE, seconds=MOMENT_SECONDS)
        elif moment is Moment.CLAIMED:
            await self.until(self.record, "a handoff", seconds=MOMENT_SECONDS)
        else:
            await self.centre.driver.journal.wait_for(
                "frame",
                lambda one: self._is_ours(one) and FRAMES[moment](one["frame"]),
                seconds=MOMENT_SECONDS,
            )

    def _is_ours(self, entry: dict[str, Any]) -> bool:
        return (entry["call_sid"], entry["direction"]) == (self.thread, "from_app")
