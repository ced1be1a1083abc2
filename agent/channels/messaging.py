"""SMS, WhatsApp, RCS and web chat: Orchestrator's events in order, replies by its Actions API."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection
from typing import Any

import httpx
from tac import TAC

from agent.background import Background
from agent.channels.answered import Answered
from agent.channels.arrivals import Arrivals
from agent.channels.inbox import Event, Inbox, name_of, text_of, thread_of
from agent.channels.left_behind import LeftBehind
from agent.channels.messaging_channels import create_channels, is_ours
from agent.channels.outbox import Outbox, is_undelivered
from agent.channels.past import Past
from agent.channels.replies import Replies
from agent.channels.roster import Roster
from agent.conversation import Conversations
from agent.errors import AgentError
from agent.handoff.delivery import Handoffs
from agent.handoff.presence import MOVES_OF_EVENTS, Presence
from agent.metrics import Metrics
from agent.phrases import phrases_for
from agent.settings import Settings
from agent.store.lost_messages import LostMessages
from agent.store.message_claims import MessageClaims
from agent.turns import Turns
from agent.twilio_api.classic import ClassicClient

logger = logging.getLogger(__name__)

MOVE_SECONDS = 2.0
"""So long a message waits until it is known that a human came or went before it."""


class Messaging:
    """Takes events, each once and those of one conversation in order, and has messages answered."""

    def __init__(
        self,
        tac: TAC,
        settings: Settings,
        *,
        conversations: Conversations,
        turns: Turns,
        handoffs: Handoffs,
        presence: Presence,
        classic: ClassicClient | None,
        lost_messages: LostMessages,
        claims: MessageClaims,
        metrics: Metrics,
    ) -> None:
        self._settings = settings
        self._phrases = phrases_for(settings.usual_language)
        self._conversations = conversations
        self._handoffs = handoffs
        self._presence = presence
        self._roster = Roster()
        self._channels = create_channels(tac, settings, classic, self._roster)
        self._outbox = Outbox(self._channels, lost_messages, metrics)
        self._claims = claims
        self._background = Background()
        self._arrivals = Arrivals(
            claims, admit=self._admit, forget=self._forget_memories, run=self._background.run
        )
        self._answered = Answered(claims, run=self._background.run)
        self._left_behind = LeftBehind(
            claims,
            self._answered,
            self._channels,
            self._outbox,
            handoffs,
            settings,
            admit=self._admit,
            forget=self._forget_memories,
            run=self._background.run,
        )
        self._inboxes: dict[str, Inbox] = {}
        self._moving: dict[str, set[asyncio.Task[None]]] = {}
        self._has_stopped = False
        replies = Replies(
            settings,
            conversations=conversations,
            turns=turns,
            handoffs=handoffs,
            outbox=self._outbox,
            past=Past(self._channels, seconds=settings.memory_seconds),
            roster=self._roster,
            inboxes=self._inboxes,
        )
        self.tell = replies.tell
        tac.on_message_ready(replies.answer)

    async def accept(self, event: Event) -> None:
        """Take an authenticated event. Returns as soon as it cannot get lost; the work goes on
        behind."""
        kind, data = event.get("eventType"), event.get("data")
        if not isinstance(kind, str) or not isinstance(data, dict):
            return
        if kind in MOVES_OF_EVENTS:
            self._roster.take(kind, data)
            self._follow(kind, data)
            return
        if kind == "COMMUNICATION_UPDATED":
            if is_ours(data, self._channels) and is_undelivered(data):
                await self._arrivals.put(event, f"{data.get('id')} lost")
        elif kind == "COMMUNICATION_CREATED":
            if self._is_to_be_answered(data):
                await self._arrivals.put(event, name_of(event))
        elif _is_end(event):
            await self._arrivals.put(event)

    def _admit(self, event: Event) -> None:
        data = event["data"]
        if event["eventType"] == "COMMUNICATION_UPDATED":
            self._background.run(self._outbox.note_undelivered(data))
            return
        key = data["id"] if _is_end(event) else data["conversationId"]
        if key not in self._inboxes:
            self._inboxes[key] = Inbox(self._settings.burst_seconds)
            self._background.run(self._work(key))
        if not self._inboxes[key].put(event):
            logger.error("An event of %s was left out: too many are waiting", key)
            self._answered.add([name_of(event)])

    def _follow(self, kind: str, participant: dict[str, Any]) -> None:
        """Beside the inbox: it is no part of what the customer writes, who waits for it."""
        conversation_id = str(participant.get("conversationId"))
        moving = self._background.run(self._follow_human(kind, participant))
        self._moving.setdefault(conversation_id, set()).add(moving)
        moving.add_done_callback(lambda done: self._end_move(conversation_id, done))

    def _end_move(self, conversation_id: str, moving: asyncio.Task[None]) -> None:
        self._moving[conversation_id].discard(moving)
        if not self._moving[conversation_id]:
            del self._moving[conversation_id]

    async def _follow_human(self, kind: str, participant: dict[str, Any]) -> None:
        try:
            await self._presence.take(kind, participant)
        except Exception:
            logger.exception("A participant of %s was missed", participant.get("conversationId"))

    async def take_over(self) -> None:
        """Have answered what processes that are gone have not."""
        if not self._has_stopped:
            await self._left_behind.take_over()

    async def take_passed(self) -> None:
        """Have answered what reached another process."""
        if not self._has_stopped:
            for event in await self._claims.passed_here():
                self._admit(event)

    def _forget_memories(self, conversation_ids: Collection[str]) -> None:
        """Another process has talked there since: what was said is read back."""
        for conversation_id in conversation_ids:
            self._roster.forget(conversation_id)
            self._conversations.close_all(conversation_id, except_calls=True)

    async def finish(self) -> None:
        """Wait until every event taken is dealt with."""
        await self._background.finish()

    async def stop(self) -> None:
        """Leave to other processes what is not finished. They look from now on."""
        self._has_stopped = True
        await self._background.cancel()
        await self._answered.note()

    def _is_to_be_answered(self, data: dict[str, Any]) -> bool:
        """Whether somebody else wrote this on a channel of ours."""
        author = data.get("author")
        if not isinstance(author, dict) or not isinstance(author.get("address"), str):
            return False
        channel = self._channels.get(str(author.get("channel")))
        is_not_theirs = channel is None or channel.is_default_agent_address(author["address"])
        return not is_not_theirs and isinstance(data.get("conversationId"), str)

    async def _work(self, key: str) -> None:
        inbox = self._inboxes[key]
        try:
            while event := inbox.pop():
                await self._process(event)
                self._answered.add(inbox.take_names())
        finally:
            del self._inboxes[key]
        await self._end_idle()

    async def _process(self, event: Event) -> None:
        """Never fails: the events behind it are still to be dealt with."""
        data = event["data"]
        try:
            if _is_end(event):
                await self._end(data["id"])
            else:
                await self._process_message(event)
        except Exception:
            logger.exception("An event of %s failed", data.get("conversationId") or data["id"])

    async def _end(self, conversation_id: str) -> None:
        self._conversations.close_all(conversation_id)
        await self._forget(conversation_id)

    async def _end_idle(self) -> None:
        """Orchestrator may never say that they are over."""
        for idle in self._conversations.idle():
            if idle.id not in self._inboxes:
                self._conversations.close(idle.thread)
                await self._forget(idle.id)

    async def _forget(self, conversation_id: str) -> None:
        for channel in self._channels.values():
            await channel._end_conversation(conversation_id)
        self._roster.forget(conversation_id)

    async def _process_message(self, event: Event) -> None:
        data = event["data"]
        channel = self._channels[data["author"]["channel"]]
        if moving := self._moving.get(data["conversationId"]):  # the human may have left just now
            await asyncio.wait(moving, timeout=MOVE_SECONDS)
        try:
            if await self._may_be_for_agent(data):
                await channel.process_webhook(event)
        except Exception as error:
            is_expected = isinstance(error, AgentError | httpx.HTTPError)
            logger.error(
                "A message on %s could not be answered: %s",
                data["conversationId"],
                error,
                exc_info=not is_expected,
            )
            await self._outbox.answer(data, self._phrases.apology)

    async def _may_be_for_agent(self, data: dict[str, Any]) -> bool:
        """Asked again before the reply, so that a customer known here need not wait for it now."""
        thread = thread_of(data)
        known = self._conversations.find(thread)
        if known and known.customer_address == data["author"]["address"]:
            return True
        return await self._handoffs.is_for_agent(thread, text_of(data), known)


def _is_end(event: Event) -> bool:
    is_update = event.get("eventType") == "CONVERSATION_UPDATED"
    data = event["data"]
    return is_update and data.get("status") == "CLOSED" and isinstance(data.get("id"), str)
