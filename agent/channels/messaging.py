"""SMS, WhatsApp, RCS and web chat: Orchestrator's events in order, replies by its Actions API."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Coroutine
from typing import Any, cast

import httpx
from tac import TAC
from tac.models.session import ConversationSession
from tac.models.tac import TACMemoryResponse

from agent.channels.answered import Answered
from agent.channels.arrivals import Arrivals
from agent.channels.inbox import Author, Event, Inbox, name_of, text_of, thread_name, thread_of
from agent.channels.left_behind import LeftBehind
from agent.channels.messaging_channels import create_channels, is_ours
from agent.channels.outbox import Outbox, is_undelivered
from agent.channels.past import Past
from agent.channels.roster import Roster
from agent.conversation import Channel, Conversation, Conversations
from agent.errors import AgentError
from agent.handoff.delivery import Handoffs
from agent.handoff.presence import MOVES_OF_EVENTS, Presence
from agent.handoff.record import HandoffRecord
from agent.history import History
from agent.instructions import NOT_TEXT
from agent.metrics import Metrics
from agent.phrases import Words, phrases_for
from agent.settings import Settings
from agent.store.lost_messages import LostMessages
from agent.store.message_claims import MessageClaims
from agent.turns import Turns
from agent.twilio_api.classic import ClassicClient

logger = logging.getLogger(__name__)

REWRITES = 2
"""So often a reply is given up because the customer goes on writing."""


class Messaging:
    """Takes events, each once and those of one conversation in order, and answers messages."""

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
        self._turns = turns
        self._handoffs = handoffs
        self._presence = presence
        self._roster = Roster()
        self._channels = create_channels(tac, settings, classic, self._roster)
        self._outbox = Outbox(self._channels, lost_messages, metrics)
        self._arrivals = Arrivals(claims, admit=self._admit, run=self._in_background)
        self._answered = Answered(claims, run=self._in_background)
        self._left_behind = LeftBehind(
            claims,
            self._answered,
            self._channels,
            self._outbox,
            handoffs,
            settings,
            admit=self._admit,
            run=self._in_background,
        )
        self._past = Past(self._channels, seconds=settings.memory_seconds)
        self._inboxes: dict[str, Inbox] = {}
        self._workers: set[asyncio.Task[None]] = set()
        self._has_stopped = False
        tac.on_message_ready(self._answer)

    async def accept(self, event: Event) -> None:
        """Take an authenticated event. Returns as soon as it cannot get lost; the work goes on
        behind."""
        kind, data = event.get("eventType"), event.get("data")
        if not isinstance(kind, str) or not isinstance(data, dict):
            return
        if kind in MOVES_OF_EVENTS:
            self._roster.take(kind, data)
            self._in_background(self._follow_human(kind, data))
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
            self._in_background(self._outbox.note_undelivered(data))
            return
        key = data["id"] if _is_end(event) else data["conversationId"]
        if key not in self._inboxes:
            self._inboxes[key] = Inbox(self._settings.burst_seconds)
            self._in_background(self._work(key))
        if not self._inboxes[key].put(event):
            logger.error("An event of %s was left out: too many are waiting", key)
            self._answered.add([name_of(event)])

    def _in_background(self, work: Coroutine[Any, Any, None]) -> None:
        worker = asyncio.create_task(work)
        self._workers.add(worker)
        worker.add_done_callback(self._workers.discard)

    async def _follow_human(self, kind: str, participant: dict[str, Any]) -> None:
        """Beside the inbox: it is no part of what the customer writes."""
        try:
            await self._presence.take(kind, participant)
        except Exception:
            logger.exception("A participant of %s was missed", participant.get("conversationId"))

    async def take_over(self) -> None:
        """Have answered what processes that are gone have not."""
        if not self._has_stopped:
            await self._left_behind.take_over()

    async def finish(self) -> None:
        """Wait until every event taken is dealt with."""
        while self._workers:
            await asyncio.gather(*self._workers, return_exceptions=True)

    async def stop(self) -> None:
        """Leave to other processes what is not finished. They look from now on."""
        self._has_stopped = True
        for worker in self._workers:
            worker.cancel()
        await asyncio.gather(*self._workers, return_exceptions=True)
        await self._answered.note()

    def _is_to_be_answered(self, data: dict[str, Any]) -> bool:
        """Whether somebody else wrote this on a channel of ours."""
        author = data.get("author")
        if not isinstance(author, dict) or not isinstance(author.get("address"), str):
            return False
        channel = self._channels.get(str(author.get("channel")))
        is_ours = channel is None or channel.is_default_agent_address(author["address"])
        return not is_ours and isinstance(data.get("conversationId"), str)

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

    async def _answer(
        self, text: str, session: ConversationSession, _memory: TACMemoryResponse | None
    ) -> None:
        """TAC only logs what is raised here, so that nothing is."""
        try:
            await self._reply(text, session)
        except Exception:
            logger.exception("The turn of %s failed", session.conversation_id)
            await self._outbox.send(session, self._phrases.apology)

    async def _reply(self, text: str, session: ConversationSession) -> None:
        is_new_here = self._is_new_here(session)
        conversation = self._conversation_of(session)
        if is_new_here:
            await self._past.recall(conversation)
        if not await self._handoffs.take_back(conversation):
            await self._stop_waiting(conversation, text, session)
            return
        words = await self._write(conversation, session)
        if conversation.handoff is None:
            await self._outbox.send(session, words)
            return
        goodbye = await _join(self._turns.goodbye(conversation))
        await self._outbox.send(session, f"{words.strip()}\n{goodbye}".strip())
        await self._handoffs.deliver_to_studio(conversation, self.tell)

    async def _write(self, conversation: Conversation, session: ConversationSession) -> str:
        """One reply to all that the customer writes until it is there; after a few times what
        they go on writing is for the next one. Messages without words are no matter for the model
        unless there are others."""
        inbox, author = self._inboxes[session.conversation_id], _author_of(session)
        self._turns.prepare(conversation)
        texts = await inbox.take_burst(author)
        if set(texts) == {NOT_TEXT}:
            conversation.history.add_customer(NOT_TEXT)
            conversation.history.add_agent(self._phrases.only_text)
            return self._phrases.only_text
        for _rewrite in range(REWRITES):
            reply = asyncio.create_task(self._answer_to(conversation, texts))
            more = asyncio.create_task(inbox.wait_for_more(author))
            await asyncio.wait({reply, more}, return_when=asyncio.FIRST_COMPLETED)
            if more.cancel():
                return await reply
            reply.cancel()
            await asyncio.wait({reply})
            conversation.history.take_back_words()
            texts = await inbox.take_burst(author)
        return await self._answer_to(conversation, texts)

    async def _answer_to(self, conversation: Conversation, texts: list[str]) -> str:
        return await _join(self._turns.reply(conversation, "\n".join(texts)))

    async def _stop_waiting(
        self, conversation: Conversation, text: str, session: ConversationSession
    ) -> None:
        words = await self._handoffs.stop_waiting(conversation, text)
        if words:
            conversation.history.add_customer(text)
            conversation.history.add_agent(words)
            await self._outbox.send(session, words)

    def _is_new_here(self, session: ConversationSession) -> bool:
        """Whether it has begun where this process did not hear of it."""
        author, conversation_id = session.author_info, session.conversation_id
        if author and self._roster.has_met(conversation_id, author.participant_id):
            return False
        thread = thread_name(session.metadata.get("channel_id"), conversation_id)
        return self._conversations.find(thread) is None

    def _conversation_of(self, session: ConversationSession) -> Conversation:
        thread = thread_name(session.metadata.get("channel_id"), session.conversation_id)

        def make() -> Conversation:
            return Conversation(
                id=session.conversation_id,
                channel=cast(Channel, session.channel),
                thread=thread,
                customer_address=session.author_info.address if session.author_info else "",
                agent_address=session.ai_agent_info.address if session.ai_agent_info else "",
                history=History(turns=self._settings.history_turns),
                profile_id=session.profile_id or "",
                phrases=self._phrases,
            )

        conversation = self._conversations.get_or_open(thread, make)
        conversation.id = session.conversation_id  # a thread outlives a conversation that closes
        return conversation

    async def tell(self, record: HandoffRecord, words: Words) -> None:
        """Words to the customer of a handoff, even if another process has talked with them."""
        text = words(self._phrases)
        conversation = self._conversations.find(record.thread)
        if conversation is not None:
            conversation.history.add_agent(text)
        session = ConversationSession(
            conversation_id=record.conversation_id,
            channel=record.channel,
            metadata={"channel_id": record.thread},
            author_info={"address": record.customer_address},
        )
        await self._outbox.send(session, text)


def _is_end(event: Event) -> bool:
    is_update = event.get("eventType") == "CONVERSATION_UPDATED"
    data = event["data"]
    return is_update and data.get("status") == "CLOSED" and isinstance(data.get("id"), str)


def _author_of(session: ConversationSession) -> Author:
    address = session.author_info.address if session.author_info else ""
    thread = thread_name(session.metadata.get("channel_id"), session.conversation_id)
    return Author(session.channel, address, thread)


async def _join(words: AsyncGenerator[str, None]) -> str:
    return "".join([word async for word in words])
