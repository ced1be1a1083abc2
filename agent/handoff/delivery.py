"""Handoffs as messages meet them: whose turn it is to speak, and how Studio gets to know."""

from __future__ import annotations

import logging
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from agent.conversation import Conversation
from agent.errors import HandoffError, TwilioApiError
from agent.handoff.call_off import BY_CUSTOMER, CallOff
from agent.handoff.delivery_steps import Tell
from agent.handoff.durable_delivery import once_stored, start_delivery
from agent.handoff.never_mind import language_of_never_mind
from agent.handoff.presence import last_words
from agent.handoff.reasons import MEANINGS, FailureReason
from agent.handoff.record import HandoffRecord, HandoffState
from agent.instructions import note_after
from agent.phrases import phrases_for
from agent.settings import Settings
from agent.store.handoffs import HandoffStore
from agent.twilio_api.orchestrator import OrchestratorClient

logger = logging.getLogger(__name__)

_CAME_BACK = {HandoffState.RETURNED, HandoffState.CANCELED, HandoffState.ABANDONED}


class Handoffs:
    """Tells from the record of a thread's handoff whose it is; has those of messages delivered."""

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
        record = record_of(conversation)
        try:
            handle = await once_stored(start_delivery, record.id)
            if not await handle.get_result():
                return True
        except Exception:
            logger.exception("What became of handoff %s is not known", record.id)
            unknown = FailureReason.OUTCOME_UNKNOWN
            await note_state(self._store, record, HandoffState.FAILED, failure=unknown.value)
            await tell(record, MEANINGS[unknown].customer_hears)
        conversation.handoff = None
        return False


def record_of(conversation: Conversation) -> HandoffRecord:
    """Raises HandoffError where nobody asked for a human."""
    if conversation.handoff is None:
        raise HandoffError("Nobody asked for a human in this conversation")
    return conversation.handoff


async def note_state(
    store: HandoffStore, record: HandoffRecord, state: HandoffState, **details: Any
) -> None:
    """What has happened has happened: where it cannot be noted, it is logged."""
    try:
        await store.advance(record.id, state, **details)
    except SQLAlchemyError:
        logger.exception("Handoff %s is not recorded as %s", record.id, state)
