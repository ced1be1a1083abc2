"""Answers to messages: one to a burst, put right while the customer goes on writing."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Mapping
from typing import cast

from tac.models.session import ConversationSession
from tac.models.tac import TACMemoryResponse

from agent.channels.inbox import Author, Inbox, thread_name
from agent.channels.outbox import Outbox
from agent.channels.past import Past
from agent.channels.roster import Roster
from agent.conversation import Channel, Conversation, Conversations
from agent.handoff.delivery import Handoffs
from agent.handoff.record import HandoffRecord
from agent.history import History
from agent.instructions import NOT_TEXT
from agent.phrases import Words, phrases_for
from agent.settings import Settings
from agent.turns import Turns

logger = logging.getLogger(__name__)

REWRITES = 2
"""So often a reply is given up because the customer goes on writing."""


class Replies:
    """Answers the messages that wait in `inboxes`, by conversation; `roster` tells who is there."""

    def __init__(
        self,
        settings: Settings,
        *,
        conversations: Conversations,
        turns: Turns,
        handoffs: Handoffs,
        outbox: Outbox,
        past: Past,
        roster: Roster,
        inboxes: Mapping[str, Inbox],
    ) -> None:
        self._settings = settings
        self._phrases = phrases_for(settings.usual_language)
        self._conversations = conversations
        self._turns = turns
        self._handoffs = handoffs
        self._outbox = outbox
        self._past = past
        self._roster = roster
        self._inboxes = inboxes

    async def answer(
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


def _author_of(session: ConversationSession) -> Author:
    address = session.author_info.address if session.author_info else ""
    thread = thread_name(session.metadata.get("channel_id"), session.conversation_id)
    return Author(session.channel, address, thread)


async def _join(words: AsyncGenerator[str, None]) -> str:
    return "".join([word async for word in words])
