"""Customers who want a person, and what must hold for each of them after every fault."""

from __future__ import annotations

import itertools
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

from agent.handoff.record import UNDER_WAY, HandoffRecord, HandoffState
from agent.store.handoffs import HandoffStore
from getting_started.twilio_emulator.driver import ChatSession, DeskTask, Driver, PhoneCall
from getting_started.twilio_emulator.seed import AGENT_NUMBER
from getting_started.twilio_emulator.twilio import Twilio

AGENT = "ai-assistant"
GREETING = "Hello"
WISH = "I want to talk to a person"
ASKS_HOURS = "When are you open on Saturdays?"
HOURS = "12 Harbor Street"
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Centre:
    """Twilio, what drives it, and the records of the agent's handoffs."""

    twilio: Twilio
    driver: Driver
    store: HandoffStore

    async def stranger(self) -> ChatCustomer:
        """A new customer in a chat, who has not written yet."""
        session = await self.driver.chat.start(f"customer-{next(_numbers)}@example.org")
        return ChatCustomer(self, session)

    async def chat(self) -> ChatCustomer:
        """The same, greeted."""
        customer = await self.stranger()
        await customer.say(GREETING)
        return customer

    async def call(self) -> Caller:
        """A new customer on the phone, who has been greeted."""
        number = f"+155503{next(_numbers):05d}"
        caller = Caller(self, await self.driver.phone.call(number, AGENT_NUMBER), number)
        await caller.listen()
        return caller


@dataclass(frozen=True)
class Customer(ABC):
    """One customer in one thread."""

    centre: Centre

    @property
    @abstractmethod
    def address(self) -> str:
        """In no other customer's."""

    @property
    @abstractmethod
    def thread(self) -> str: ...

    @abstractmethod
    async def send(self, text: str) -> None: ...

    @abstractmethod
    async def listen(self) -> str:
        """The next words of the agent."""

    @abstractmethod
    async def words(self) -> list[tuple[str, bool]]:
        """All that was said; whether by the customer."""

    @abstractmethod
    async def is_gone(self) -> bool: ...

    async def say(self, text: str) -> str:
        await self.send(text)
        return await self.listen()

    async def hears(self, wanted: str) -> str:
        """What the agent says when it says what is wanted; everything before is passed over."""
        while wanted not in (words := await self.listen()):
            pass
        return words

    async def record(self) -> HandoffRecord | None:
        return await self.centre.store.latest(self.thread)

    async def wait_for(self, *states: HandoffState) -> HandoffRecord:
        """The record as soon as it is in one of these states."""
        what = f"a handoff that is {' or '.join(states)}"
        return await self.wait_until(lambda record: record.state in states, what)

    async def wait_until(
        self, matches: Callable[[HandoffRecord], object], what: str
    ) -> HandoffRecord:
        async def find() -> HandoffRecord | None:
            record = await self.record()
            return record if record and matches(record) else None

        return await self.centre.driver.until(find, what, poll_seconds=0.1)

    async def executions(self) -> int:
        """How many executions Studio has started for this customer."""
        await self.centre.driver.settle()
        executions = self.centre.twilio.studio.executions.values()
        return sum(one.contact == self.address for one in executions)

    async def tasks(self) -> list[DeskTask]:
        """Those of this customer, whatever became of them."""
        await self.centre.driver.settle()
        return [one for one in await self.centre.driver.flex.tasks() if self.address in str(one)]

    async def waiting_task(self) -> DeskTask:
        """The task in which the customer waits for a human or talks to one."""
        return await self.centre.driver.flex.wait_for_task(
            lambda one: self.address in str(one) and one.status not in {"canceled", "completed"}
        )


@dataclass(frozen=True)
class ChatCustomer(Customer):
    """One who writes."""

    session: ChatSession

    @property
    def address(self) -> str:
        return self.session.identity

    @property
    def thread(self) -> str:
        return self.session.conversation_sid

    async def send(self, text: str) -> None:
        await self.session.send(text)

    async def listen(self) -> str:
        return (await self.session.listen(AGENT)).text

    async def words(self) -> list[tuple[str, bool]]:
        messages = await self.session.messages()
        return [(one.text, one.speaker == self.address) for one in messages]

    async def is_gone(self) -> bool:
        return False


@dataclass(frozen=True)
class Caller(Customer):
    """One who calls."""

    phone: PhoneCall
    number: str

    @property
    def address(self) -> str:
        return self.number

    @property
    def thread(self) -> str:
        return self.phone.call_sid

    async def send(self, text: str) -> None:
        await self.phone.say(text)

    async def listen(self) -> str:
        return await self.phone.listen("AI_AGENT")

    async def words(self) -> list[tuple[str, bool]]:
        return [(one.text, one.speaker == "CUSTOMER") for one in await self.phone.transcript()]

    async def is_gone(self) -> bool:
        return (await self.phone.state()).is_over


def let_take_many(twilio: Twilio) -> None:
    """Nobody on the human's side is busy because of an earlier test."""
    for worker in twilio.taskrouter.workers.values():
        worker.capacities.update(dict.fromkeys(["voice", "chat", "default"], 100))


async def check_promises(customer: Customer) -> None:
    """After the customer has heard words: one execution and one task at most, a record that is
    not stuck, words for what was said last, and somebody who has the conversation."""
    record = await customer.record()
    if record is not None:
        record = await customer.wait_for(*(set(HandoffState) - UNDER_WAY))
    if record is not None and record.holds_conversation:
        task = await customer.waiting_task()
        assert task.attributes.get("handoffId") == record.id or task.task_sid == record.task_sid
    elif not await customer.is_gone():
        await customer.send(ASKS_HOURS)
        await customer.hears(HOURS)
    assert await customer.executions() <= 1
    assert len(await customer.tasks()) <= 1
    *_, (_, is_unanswered) = await customer.words()
    assert not is_unanswered or await customer.is_gone()
