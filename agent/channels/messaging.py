"""SMS, WhatsApp, RCS and web chat: Orchestrator's events in order, replies by its Actions API."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict, deque
from collections.abc import AsyncGenerator
from typing import Any, cast

from tac import TAC
from tac.models.session import ConversationSession
from tac.models.tac import TACMemoryResponse

from agent.channels.messaging_channels import SteadyChannel, create_channels
from agent.conversation import Channel, Conversation, Conversations
from agent.errors import TwilioApiError
from agent.handoff.delivery import Handoffs
from agent.handoff.reasons import MEANINGS
from agent.history import History
from agent.instructions import APOLOGY
from agent.settings import Settings
from agent.turns import Turns

logger = logging.getLogger(__name__)

EVENTS_REMEMBERED = 10_000


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
    ) -> None:
        self._settings = settings
        self._conversations = conversations
        self._turns = turns
        self._handoffs = handoffs
        self._channels = create_channels(tac, settings)
        self._seen: OrderedDict[str, None] = OrderedDict()
        self._waiting: dict[str, deque[dict[str, Any]]] = {}
        self._workers: set[asyncio.Task[None]] = set()
        tac.on_message_ready(self._answer)
        tac.on_error(self._apologise_for_dropped)

    def accept(self, event: dict[str, Any]) -> None:
        """Take an authenticated event; returns at once, the work goes on behind."""
        data = event.get("data")
        if not isinstance(data, dict) or self._is_repeated(event.get("eventType"), data):
            return
        key = str(data.get("conversationId") or data.get("id"))
        if key in self._waiting:
            self._waiting[key].append(event)
            return
        self._waiting[key] = deque([event])
        worker = asyncio.create_task(self._work(key))
        self._workers.add(worker)
        worker.add_done_callback(self._workers.discard)

    async def finish(self) -> None:
        """Wait until every event taken is dealt with."""
        while self._workers:
            await asyncio.gather(*self._workers, return_exceptions=True)

    def _is_repeated(self, event_type: object, data: dict[str, Any]) -> bool:
        """A message is answered once, however often and under whatever token it is delivered."""
        if event_type != "COMMUNICATION_CREATED" or not isinstance(data.get("id"), str):
            return False
        if data["id"] in self._seen:
            return True
        self._seen[data["id"]] = None
        if len(self._seen) > EVENTS_REMEMBERED:
            self._seen.popitem(last=False)
        return False

    async def _work(self, key: str) -> None:
        events = self._waiting[key]
        try:
            while events:
                await self._process(events.popleft())
        finally:
            del self._waiting[key]

    async def _process(self, event: dict[str, Any]) -> None:
        match event.get("eventType"):
            case "COMMUNICATION_CREATED":
                await self._process_message(event)
            case "CONVERSATION_UPDATED":
                for channel in self._channels.values():
                    await channel.process_webhook(event)
                if event["data"].get("status") == "CLOSED":
                    self._conversations.close_all(str(event["data"].get("id")))

    async def _process_message(self, event: dict[str, Any]) -> None:
        data = event["data"]
        author = data.get("author")
        name = author.get("channel") if isinstance(author, dict) else None
        channel = self._channels.get(str(name))
        if channel is None or await self._handoffs.is_with_human(_thread_of(data)):
            return
        try:
            await channel.process_webhook(event)
        except Exception:
            logger.exception("A message on %s could not be answered", data.get("conversationId"))
            await self._apologise(channel, data)

    async def _answer(
        self, text: str, session: ConversationSession, _memory: TACMemoryResponse | None
    ) -> None:
        conversation = self._conversation_of(session)
        words = await _join(self._turns.reply(conversation, text))
        if conversation.handoff is None:
            await self._send(session, words)
            return
        goodbye = await _join(self._turns.goodbye(conversation))
        await self._send(session, f"{words.strip()}\n{goodbye}".strip())
        failure = await self._handoffs.deliver_to_studio(conversation)
        if failure is not None:
            truth = MEANINGS[failure].customer_hears
            conversation.history.add_agent(truth)
            await self._send(session, truth)

    def _conversation_of(self, session: ConversationSession) -> Conversation:
        thread = _thread_name(session.metadata.get("channel_id"), session.conversation_id)

        def make() -> Conversation:
            return Conversation(
                id=session.conversation_id,
                channel=cast(Channel, session.channel),
                thread=thread,
                customer_address=session.author_info.address if session.author_info else "",
                agent_address=session.ai_agent_info.address if session.ai_agent_info else "",
                history=History(turns=self._settings.history_turns),
                profile_id=session.profile_id or "",
            )

        return self._conversations.get_or_open(thread, make)

    async def _send(self, session: ConversationSession, text: str) -> None:
        """Send, or leave a trace of the words that were lost: the turn goes on either way."""
        channel = self._channels[session.channel]
        try:
            await channel.send_response(session.conversation_id, text)
        except TwilioApiError as error:
            logger.error("%s", error)

    async def _apologise_for_dropped(self, _error: Exception, context: dict[str, Any]) -> None:
        """TAC gives up on a message whose participants it cannot settle; say so to the customer."""
        channel = self._channels.get(str(context.get("channel")))
        session = channel and channel._conversations.get(str(context.get("conversation_id")))
        if channel and session and context.get("dropped_inbound"):
            await self._send_apology(channel, session)

    async def _apologise(self, channel: SteadyChannel, data: dict[str, Any]) -> None:
        session = channel._conversations.get(str(data.get("conversationId")))
        if session is None or session.author_info is None:
            author = data["author"]
            session = ConversationSession(
                conversation_id=str(data.get("conversationId")),
                channel=channel.get_channel_name(),
                metadata={"channel_id": data.get("channelId")},
                author_info={"address": author.get("address"), "participant_id": None},
            )
        await self._send_apology(channel, session)

    async def _send_apology(self, channel: SteadyChannel, session: ConversationSession) -> None:
        try:
            await channel.send_by_address(session, APOLOGY)
        except Exception:
            logger.exception("Not even an apology reached %s", session.conversation_id)


def _thread_of(data: dict[str, Any]) -> str:
    return _thread_name(data.get("channelId"), str(data.get("conversationId")))


def _thread_name(channel_id: object, conversation_id: str) -> str:
    """What a human takes over: the classic conversation (CH...) where there is one."""
    if isinstance(channel_id, str) and channel_id.startswith("CH"):
        return channel_id
    return conversation_id


async def _join(words: AsyncGenerator[str, None]) -> str:
    return "".join([word async for word in words])
