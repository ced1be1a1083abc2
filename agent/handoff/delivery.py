"""Handoffs as the channels see them: delivered, and whose turn it is to speak."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from agent.conversation import Conversation
from agent.errors import AgentError, HandoffError, TwilioApiError
from agent.handoff.call_off import BY_CUSTOMER, CallOff
from agent.handoff.delivery_steps import Tell, set_status
from agent.handoff.durable_delivery import once_stored, start_delivery
from agent.handoff.never_mind import language_of_never_mind
from agent.handoff.payload import HandoffPayload
from agent.handoff.presence import last_words
from agent.handoff.reasons import MEANINGS, FailureReason
from agent.handoff.record import UNDER_WAY, HandoffRecord, HandoffState
from agent.instructions import note_after
from agent.phrases import phrases_for
from agent.settings import Settings
from agent.store.handoffs import HandoffStore
from agent.twilio_api.orchestrator import OrchestratorClient

logger = logging.getLogger(__name__)

NOTING_SECONDS = 1.0
_CAME_BACK = {HandoffState.RETURNED, HandoffState.CANCELED, HandoffState.ABANDONED}


class Handoffs:
    """Every handoff of this server."""

    def __init__(
        self,
        store: HandoffStore,
        orchestrator: OrchestratorClient,
        *,
        call_off: CallOff,
        settings: Settings,
    ) -> None:
        self._store = store
        self._orchestrator = orchestrator
        self._call_off = call_off
        self._is_silent_after = settings.after_human == "silent"
        self._background: set[asyncio.Task[None]] = set()

    async def is_with_human(self, thread: str) -> bool:
        """Whether a handoff has the thread, or after one nobody may: then the agent is mute."""
        return self._is_humans(await self._store.latest(thread))

    async def _latest(self, thread: str, known: Conversation | None) -> HandoffRecord | None:
        try:
            return await self._store.latest(thread)
        except SQLAlchemyError as error:
            if known is None:
                raise
            logger.error("Who has %s is taken from memory: %s", thread, error)
            return known.handoff

    def _is_humans(self, record: HandoffRecord | None) -> bool:
        return record is not None and (
            record.holds_conversation
            or (self._is_silent_after and record.state is HandoffState.ENDED)
        )

    async def is_for_agent(self, thread: str, text: str, known: Conversation | None = None) -> bool:
        """Whether the agent may answer a message: it has the thread, or a customer who waits for
        a human writes that they no longer want one. Without the database it is as this process
        has it in `known`."""
        record = await self._latest(thread, known)
        if record is not None and record.is_waiting:
            return language_of_never_mind(text) is not None
        return not self._is_humans(record)

    async def stop_waiting(self, conversation: Conversation, text: str) -> str:
        """What a customer is told who waits and writes `text`: that the handoff is called off, or
        that this failed. Empty when they wait on, or a human was faster."""
        language = language_of_never_mind(text)
        if language is None:
            return ""
        record = await self._store.latest(conversation.thread)
        if record is None:
            return ""
        try:
            await self._call_off.call_off(record, BY_CUSTOMER)
        except HandoffError as error:
            logger.info("The human keeps the conversation: %s", error)
            return ""
        except TwilioApiError as error:
            logger.warning("Handoff %s is not called off: %s", record.id, error)
            return phrases_for(language).still_waiting
        conversation.handoff = None
        return phrases_for(language).called_off

    async def take_back(self, conversation: Conversation) -> bool:
        """Before a turn: whether the conversation is the agent's. If it comes back from a handoff,
        the model is told."""
        record = await self._latest(conversation.thread, conversation)
        if self._is_humans(record):
            return False
        try:
            await self._note_return(conversation, record)
        except SQLAlchemyError as error:
            logger.error("Whether %s comes back is not known: %s", conversation.thread, error)
        return True

    async def _note_return(self, conversation: Conversation, record: HandoffRecord | None) -> None:
        known, conversation.handoff = conversation.handoff, None
        if record is None:
            return
        if record.state is HandoffState.ENDED:
            record = await self._store.advance(record.id, HandoffState.RETURNED) or record
            known = record
        if known and record.state in _CAME_BACK:
            had_human = record.was_with_human
            words = await last_words(self._orchestrator, record) if had_human else ""
            conversation.history.add_note(*note_after(record, words))

    async def deliver_to_studio(self, conversation: Conversation, tell: Tell) -> bool:
        """Start the flow for a messaging conversation; whether Studio took it. Never raises.

        If not, the customer has been told, the conversation stays as it was and may be handed
        over again.
        """
        record = self._record_of(conversation)
        try:
            handle = await once_stored(start_delivery, record.id)
            if not await handle.get_result():
                return True
        except Exception:
            logger.exception("What became of handoff %s is not known", record.id)
            await self._note(
                record, HandoffState.FAILED, failure=FailureReason.OUTCOME_UNKNOWN.value
            )
            await tell(record, MEANINGS[FailureReason.OUTCOME_UNKNOWN].customer_hears)
        conversation.handoff = None
        return False

    async def deliver_on_call(
        self, conversation: Conversation, send_end: Callable[[str], Awaitable[None]]
    ) -> None:
        """End the ConversationRelay session with the payload; the flow takes the call from there.

        `send_end` gets the payload as JSON text and raises AgentError when the caller is gone. A
        slow database does not keep the caller waiting.
        """
        record = self._record_of(conversation)
        noting = self._in_background(self._note(record, HandoffState.DELIVERING))
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
            await self._note(record, state)

    async def _note(self, record: HandoffRecord, state: HandoffState, **details: Any) -> None:
        """What has happened has happened: where it cannot be noted, it is logged."""
        try:
            await self._store.advance(record.id, state, **details)
        except SQLAlchemyError:
            logger.exception("Handoff %s is not recorded as %s", record.id, state)

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
            self._in_background(set_status(self._orchestrator, conversation_id, "INACTIVE"))

    def _record_of(self, conversation: Conversation) -> HandoffRecord:
        if conversation.handoff is None:
            raise HandoffError("Nobody asked for a human in this conversation")
        return conversation.handoff

    def _in_background(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)
        return task

    async def finish(self) -> None:
        """Wait for what still goes on after calls have ended."""
        await asyncio.gather(*self._background)
