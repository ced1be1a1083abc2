"""Many customers who write, and Orchestrator's events about it.

https://www.twilio.com/docs/conversations/orchestrator/webhooks
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any
from uuid import uuid4

import httpx

from benchmarks.customers.signing import post_event
from benchmarks.stand_ins.twilio import AGENT, CUSTOMER, STAMP, TwilioStandIn, participants_of

REPLY_SECONDS = 30.0


@dataclass(frozen=True)
class WritingLoad:
    """`conversations` at once, each of `messages` after the first, `pause` seconds apart."""

    conversations: int
    messages: int
    pause: float = 0.2


@dataclass
class Answers:
    """Seconds from a message to its reply, and how many messages got none."""

    seconds: list[float] = field(default_factory=list)
    lost: int = 0


class Writers:
    """The customers of one load. They write the first message of each conversation, then more."""

    def __init__(self, url: str, load: WritingLoad, twilio: TwilioStandIn) -> None:
        self._webhook = f"{url}/webhook"
        self._load = load
        self._names = [uuid4().hex for _ in range(load.conversations)]
        self._waiting: dict[str, asyncio.Future[float]] = {}
        self._client = httpx.AsyncClient(trust_env=False, timeout=REPLY_SECONDS)
        self._echoes: set[asyncio.Task[None]] = set()
        twilio.on_message = self._on_message

    async def begin(self) -> Answers:
        await asyncio.gather(*(self._enter(name) for name in self._names))
        return await self._write(1)

    async def go_on(self) -> Answers:
        return await self._write(self._load.messages)

    async def close(self) -> None:
        await asyncio.gather(*self._echoes, return_exceptions=True)
        await self._client.aclose()

    async def _write(self, messages: int) -> Answers:
        answers = Answers()
        apart = self._load.pause / max(len(self._names), 1)
        await asyncio.gather(
            *(
                self._converse(name, messages, answers, number * apart)
                for number, name in enumerate(self._names)
            )
        )
        return answers

    async def _converse(self, name: str, messages: int, answers: Answers, start: float) -> None:
        clock = asyncio.get_running_loop()
        await asyncio.sleep(start)
        for number in range(messages):
            reply = self._waiting[f"conv_conversation_{name}"] = clock.create_future()
            begun = perf_counter()
            text = f"And how is it with order {number}, when will that arrive at my place?"
            try:
                async with asyncio.timeout(REPLY_SECONDS):
                    await post_event(self._client, self._webhook, _event(name, text))
                    answers.seconds.append(await reply - begun)
            except (httpx.HTTPError, TimeoutError):
                answers.lost += 1
            await asyncio.sleep(self._load.pause)

    async def _enter(self, name: str) -> None:
        """What Orchestrator tells when a conversation begins, before its first message."""
        for participant in participants_of(f"conv_conversation_{name}"):
            event = {"eventType": "PARTICIPANT_ADDED", "timestamp": STAMP, "data": participant}
            await post_event(self._client, self._webhook, event)

    def _on_message(self, conversation_id: str) -> None:
        """The reply is taken; Orchestrator tells of it as of any other communication."""
        waiting = self._waiting.get(conversation_id)
        if waiting and not waiting.done():
            waiting.set_result(perf_counter())
        echo = _event(conversation_id.removeprefix("conv_conversation_"), "A reply.", is_ours=True)
        task = asyncio.create_task(post_event(self._client, self._webhook, echo))
        self._echoes.add(task)
        task.add_done_callback(self._echoes.discard)


def _event(name: str, text: str, *, is_ours: bool = False) -> dict[str, Any]:
    customer = {"address": CUSTOMER, "channel": "SMS", "participantId": "conv_participant_CUSTOMER"}
    agent = {"address": AGENT, "channel": "SMS", "participantId": "conv_participant_AI_AGENT"}
    author, recipient = (agent, customer) if is_ours else (customer, agent)
    data = {
        "id": f"conv_communication_{uuid4().hex}",
        "conversationId": f"conv_conversation_{name}",
        "accountId": "AC" + "0" * 31 + "1",
        "author": author,
        "content": {"type": "TEXT", "text": text},
        "channelId": None,
        "recipients": [{**recipient, "deliveryStatus": "DELIVERED"}],
        "createdAt": STAMP,
        "updatedAt": STAMP,
    }
    return {"eventType": "COMMUNICATION_CREATED", "timestamp": STAMP, "data": data}
