"""The way of a handoff: claimed, delivered, and only then the conversation set INACTIVE.

INACTIVE makes Conversation Intelligence write the summary that Flex shows
(https://www.twilio.com/docs/conversations/solution-blueprints/ai-to-human-handoff).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
from tac.context.conversation import ConversationClient

from agent.conversation import Conversation
from agent.errors import AgentError, HandoffError, TwilioApiError
from agent.handoff.payload import Escalation, HandoffPayload, build_attributes
from agent.handoff.record import HandoffRecord, HandoffState, HandoffStore
from agent.twilio_api.studio import StudioClient

logger = logging.getLogger(__name__)

AddAttributes = Callable[[Conversation], dict[str, Any]]
"""The application's own attributes of a handoff; called when the model asks for a human."""


class Handoffs:
    """Every handoff of this server."""

    def __init__(
        self,
        store: HandoffStore,
        studio: StudioClient,
        orchestrator: ConversationClient,
        *,
        memory_store_id: str,
        add_attributes: AddAttributes,
    ) -> None:
        self._store = store
        self._studio = studio
        self._orchestrator = orchestrator
        self._memory_store_id = memory_store_id
        self._add_attributes = add_attributes
        self._background: set[asyncio.Task[None]] = set()

    async def request(self, conversation: Conversation, escalation: Escalation) -> HandoffRecord:
        """The record of this escalation: a new one, or the one already under way."""
        payload = HandoffPayload(
            conversation_id=conversation.id,
            memory_store_id=self._memory_store_id,
            profile_id=conversation.profile_id,
            attributes=self._attributes(conversation, escalation),
        )
        record = await self._store.claim(conversation.thread, conversation.channel, payload)
        conversation.handoff = record
        return record

    def _attributes(self, conversation: Conversation, escalation: Escalation) -> Any:
        """With what the application adds; without it rather than not at all."""
        try:
            return build_attributes(escalation, self._add_attributes(conversation))
        except Exception:
            logger.exception("The application's handoff attributes were left out")
            return build_attributes(escalation, {})

    async def is_with_human(self, thread: str) -> bool:
        """Whether a handoff of this thread is under way or delivered: then the agent is mute."""
        record = await self._store.latest(thread)
        return record is not None and record.is_open

    async def deliver_to_studio(self, conversation: Conversation) -> bool:
        """Start the flow for a messaging conversation; whether Studio took it.

        On failure the conversation stays as it was and may be handed over again.
        """
        record = await self._move(conversation, HandoffState.DELIVERING)
        try:
            execution_sid = await self._studio.create_execution(
                to=conversation.customer_address,
                from_=conversation.agent_address,
                parameters={"HandoffData": record.payload.to_wire()},
            )
        except TwilioApiError as error:
            await self._fail(conversation, error)
            return False
        await self._move(conversation, HandoffState.DELIVERED, execution_sid=execution_sid)
        await self._set_inactive(conversation.id)
        return True

    async def deliver_on_call(
        self, conversation: Conversation, send_end: Callable[[str], Awaitable[None]]
    ) -> None:
        """End the ConversationRelay session with the payload; the flow takes the call from there.

        `send_end` gets the payload as JSON text and raises AgentError when the caller is gone.
        """
        record = await self._move(conversation, HandoffState.DELIVERING)
        try:
            await send_end(record.payload.to_json())
        except AgentError as error:
            await self._fail(conversation, error)
            return
        await self._move(conversation, HandoffState.DELIVERED)
        self._in_background(self._set_inactive(conversation.id))

    async def _move(
        self, conversation: Conversation, state: HandoffState, **details: str
    ) -> HandoffRecord:
        if conversation.handoff is None:
            raise HandoffError("Nobody asked for a human in this conversation")
        record = conversation.handoff.move(state, **details)
        await self._store.save(record)
        conversation.handoff = record
        return record

    async def _fail(self, conversation: Conversation, error: AgentError) -> None:
        logger.error("Handoff of %s failed: %s", conversation.id, error)
        await self._move(conversation, HandoffState.FAILED, failure=str(error))
        conversation.handoff = None

    async def _set_inactive(self, conversation_id: str) -> None:
        """Without it the human still takes over; only the summary comes later."""
        try:
            await self._orchestrator.update_conversation(conversation_id, "INACTIVE")
        except (httpx.HTTPError, ValueError) as error:
            logger.warning("Conversation %s was not set INACTIVE: %s", conversation_id, error)

    def _in_background(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    async def finish(self) -> None:
        """Wait for what still goes on after calls have ended."""
        await asyncio.gather(*self._background)
