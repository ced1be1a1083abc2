"""Drives the emulator from outside, over HTTP alone: the customer's phone and the human's desk.

    async with Driver("http://127.0.0.1:8700") as driver:
        call = await driver.phone.call("+15550100001", "+15550100002")
        print(await call.listen())
        await call.say("I want to talk to a person")
        task = await driver.flex.wait_for_task()
        await driver.flex.accept(task.task_sid)

Whatever waits has a limit, and raises TimeoutError that says what it waited for and what the
journal showed last. Waiting is done at the journal, never by sleeping.
"""

from __future__ import annotations

from typing import Any

from getting_started.twilio_emulator.driver.connection import (
    Connection,
    DriverError,
    Entry,
    Utterance,
)
from getting_started.twilio_emulator.driver.flex import DeskTask, Flex
from getting_started.twilio_emulator.driver.phone import CallState, Phone, PhoneCall
from getting_started.twilio_emulator.driver.writing import Chat, ChatSession, Sms, SmsThread

__all__ = [
    "CallState",
    "ChatSession",
    "DeskTask",
    "Driver",
    "DriverError",
    "Entry",
    "PhoneCall",
    "SmsThread",
    "Utterance",
]


class Driver(Connection):
    """The way in: `phone`, `sms`, `chat` for the customer, `flex` for the human."""

    def __init__(self, base_url: str) -> None:
        super().__init__(base_url)
        self.phone = Phone(self)
        self.sms = Sms(self)
        self.chat = Chat(self)
        self.flex = Flex(self)

    async def reset(self) -> None:
        """An empty account, an empty journal."""
        await self.post("/reset")
        self.journal.position = 0

    async def settle(self) -> None:
        """Waits until the emulator has no background work left; live calls do not count."""
        await self.post("/settle")

    async def advance(self, seconds: float) -> None:
        """Moves the emulator's clock: time-outs come at once."""
        await self.post("/clock", seconds=seconds)

    async def fail(self, **fault: Any) -> None:
        """Makes requests fail: the fields of `POST /_emulator/faults`."""
        await self.post("/faults", fault)
