"""A customer who writes, on any channel, and what a test needs to see behind them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

import httpx

from getting_started.local import LocalStack
from getting_started.twilio_emulator.driver import ChatSession, Driver, SmsThread
from getting_started.twilio_emulator.orchestrator.models import Conversation
from getting_started.twilio_emulator.seed import (
    AGENT_NUMBER,
    CUSTOMER_NUMBER,
    RCS_SENDER,
    WHATSAPP_NUMBER,
)
from tests.end_to_end.model_script import model_requests

CHANNELS = ("SMS", "WHATSAPP", "RCS", "CHAT")
ADDRESSES = {
    "SMS": (CUSTOMER_NUMBER, AGENT_NUMBER),
    "WHATSAPP": (f"whatsapp:{CUSTOMER_NUMBER}", WHATSAPP_NUMBER),
    "RCS": (f"rcs:{CUSTOMER_NUMBER}", RCS_SENDER),
    "CHAT": ("ana@example.org", "ai-assistant"),
}
WANTS_HUMAN = "I want to talk to a person, please"
ASKS_HOURS = "When are you open on Saturdays?"
HOURS = "12 Harbor Street"


@dataclass
class Customer:
    """One customer in one thread."""

    address: str
    agent_address: str
    thread: SmsThread | ChatSession

    async def send(self, text: str) -> None:
        await self.thread.send(text)

    async def listen(self) -> str:
        """The next message that reaches them."""
        if isinstance(self.thread, SmsThread):
            return await self.thread.listen()
        return (await self.thread.listen()).text

    async def ask(self, text: str) -> str:
        await self.send(text)
        return await self.listen()

    async def received(self) -> list[str]:
        """Everything that reached them."""
        messages = await self.thread.messages()
        return [one.text for one in messages if one.speaker != self.address]


@dataclass
class Scene:
    """What a test sees of customers, Twilio and the agent."""

    stack: LocalStack
    driver: Driver

    async def customer(self, channel: str = "CHAT", address: str = "") -> Customer:
        customer, agent = ADDRESSES[channel]
        customer = address or customer
        if channel == "CHAT":
            return Customer(customer, agent, await self.driver.chat.start(customer))
        return Customer(customer, agent, self.driver.sms.thread(customer, agent))

    async def settle(self) -> None:
        """Until Twilio has delivered everything and the agent has dealt with it."""
        for _there_and_back in range(2):
            await self.stack.twilio.settle()
            await self.stack.app.state.agent.messaging.finish()
        await self.stack.twilio.settle()

    @property
    def conversations(self) -> list[Conversation]:
        return list(self.stack.twilio.orchestrator.conversations.values())

    def conversation_of(self, customer: Customer) -> Conversation:
        """The newest one that the customer is in."""
        return next(
            conversation
            for conversation in reversed(self.conversations)
            for participant in conversation.participants.values()
            if any(one.address == customer.address for one in participant.addresses)
        )

    def requests(self, product: str = "*", method: str = "*") -> list[str]:
        """The agent's requests to Twilio, as `PUT /v2/...`, with ids left out."""
        details = [entry.detail for entry in self.stack.twilio.journal.since(0, "request")]
        return [
            f"{one['method']} {_without_ids(one['path'])}"
            for one in details
            if product in ("*", one["product"]) and method in ("*", one["method"])
        ]

    def events(self, kind: str) -> list[dict[str, Any]]:
        """The bodies of the webhooks of a kind that Twilio has sent."""
        sent = [entry.detail for entry in self.stack.twilio.journal.since(0, "webhook")]
        bodies = [json.loads(one["body"]) for one in sent if one["url"].find("/webhook") > 0]
        return [body for body in bodies if body["eventType"] == kind]

    async def model_requests(self) -> list[dict[str, Any]]:
        """What the model was given, oldest first."""
        return await model_requests(self.stack)

    async def deliver(self, event: dict[str, Any], *, attempt: int = 1) -> int:
        """POST an event to the agent as Twilio does, each attempt under a token of its own; the
        status of the answer."""
        return await self.deliver_body(json.dumps(event).encode(), attempt=attempt)

    async def deliver_body(self, body: bytes, *, attempt: int = 1) -> int:
        """The same for any body."""
        url = f"{self.stack.agent_url}/webhook?bodySHA256={hashlib.sha256(body).hexdigest()}"
        headers = {
            "Content-Type": "application/json",
            "i-twilio-idempotency-token": f"token-{attempt}",
            **self.stack.twilio.webhooks.sign(url),
        }
        async with httpx.AsyncClient() as client:
            return (await client.post(url, content=body, headers=headers)).status_code


def _without_ids(path: str) -> str:
    return "/".join(part if part.isalpha() or len(part) < 4 else "*" for part in path.split("/"))
