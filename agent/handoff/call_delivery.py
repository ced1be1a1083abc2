"""How a call is handed over: with the end of its session, or when that has broken off."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from sqlalchemy.exc import SQLAlchemyError

from agent.background import Background
from agent.conversation import Conversation
from agent.errors import AgentError, HandoffError
from agent.handoff.delivery import note_state, record_of
from agent.handoff.delivery_steps import set_status
from agent.handoff.payload import HandoffPayload
from agent.handoff.reasons import FailureReason
from agent.handoff.record import UNDER_WAY, HandoffRecord, HandoffState
from agent.store.handoffs import HandoffStore
from agent.twilio_api.orchestrator import OrchestratorClient

logger = logging.getLogger(__name__)

NOTING_SECONDS = 1.0


class CallDelivery:
    """Gives callers to the flow, each once."""

    def __init__(self, store: HandoffStore, orchestrator: OrchestratorClient) -> None:
        self._store = store
        self._orchestrator = orchestrator
        self._background = Background()

    async def deliver(
        self, conversation: Conversation, send_end: Callable[[str], Awaitable[None]]
    ) -> None:
        """End the ConversationRelay session with the payload; the flow takes the call from there.

        `send_end` gets the payload as JSON text and raises AgentError when the caller is gone. A
        slow database does not keep the caller waiting.
        """
        record = record_of(conversation)
        noting = self._background.run(note_state(self._store, record, HandoffState.DELIVERING))
        await asyncio.wait({noting}, timeout=NOTING_SECONDS)
        try:
            await send_end(record.payload.to_json())
        except AgentError as error:
            logger.info("The caller of %s left: handoff %s", conversation.id, record.id)
            conversation.handoff = None
            await asyncio.wait({noting})
            await self._note_caller_left(record, str(error))
            return
        self._have_summarized(conversation.id, conversation.thread)
        await asyncio.wait({noting})
        for state in (HandoffState.DELIVERING, HandoffState.DELIVERED):
            await note_state(self._store, record, state)

    async def _note_caller_left(self, record: HandoffRecord, detail: str) -> None:
        """Unless only the socket broke, and the handoff was asked for meanwhile."""
        try:
            found = await self._store.get(record.id)
            if found and found.state in UNDER_WAY:
                reason = FailureReason.CALLER_LEFT
                await self._store.move(found, HandoffState.FAILED, failure=reason, detail=detail)
        except HandoffError as error:
            logger.info("The caller is still there: %s", error)
        except SQLAlchemyError:
            logger.exception("Handoff %s is not recorded as failed", record.id)

    async def take_pending(self, call_sid: str) -> HandoffPayload | None:
        """What was to be handed over when the session of this call ended without saying so; once.

        The caller is still there, so a transfer that failed for want of one is made up for.
        """
        record = await self._store.latest(call_sid)
        if record is None or record.channel != "VOICE" or not record.is_for_now:
            return None
        try:
            if record.failure == FailureReason.CALLER_LEFT:
                record = await self._store.claim_again(record)
        except HandoffError as error:
            logger.info("Somebody else was first: %s", error)
            return None
        await self._store.advance(record.id, HandoffState.DELIVERING)
        if not await self._store.advance(record.id, HandoffState.DELIVERED, detail="asked for"):
            found = await self._store.get(record.id)
            has_just_failed = found and found.failure == FailureReason.CALLER_LEFT
            return await self.take_pending(call_sid) if has_just_failed else None
        self._have_summarized(record.conversation_id, record.thread)
        return record.payload

    def _have_summarized(self, conversation_id: str, call_sid: str) -> None:
        """Unless Orchestrator does not know the call."""
        if conversation_id != call_sid:
            self._background.run(set_status(self._orchestrator, conversation_id, "INACTIVE"))

    async def finish(self) -> None:
        """Wait for what still goes on after calls have ended."""
        await self._background.finish()
