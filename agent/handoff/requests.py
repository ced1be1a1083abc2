"""Handoffs as they are asked for: a human now, or what comes in their place."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from agent.conversation import Conversation
from agent.errors import HandoffError
from agent.handoff.delivery import Handoffs
from agent.handoff.durable_delivery import can_arrange, deliver_untold
from agent.handoff.payload import (
    Escalation,
    HandoffAttributes,
    HandoffPayload,
    build_attributes,
    new_handoff_id,
)
from agent.handoff.reasons import FailureReason
from agent.handoff.record import UNDER_WAY, HandoffRecord, HandoffState
from agent.settings import Settings
from agent.store.handoffs import HandoffStore

logger = logging.getLogger(__name__)

LIMIT_PERIOD = timedelta(days=1)
ARRANGE_SECONDS = 5.0
_NOT_TAKEN = {HandoffState.FAILED, HandoffState.CANCELED}

AddAttributes = Callable[[Conversation], dict[str, Any]]
"""Computes the application's own attributes of a handoff, beside the configured ones; called when
the model asks for a human."""


def _nothing(_conversation: Conversation) -> dict[str, Any]:
    return {}


class HandoffRequests:
    """Makes the record of each handoff, once, and has those delivered that nobody waits for."""

    def __init__(
        self,
        store: HandoffStore,
        handoffs: Handoffs,
        *,
        memory_store_id: str,
        add_attributes: AddAttributes,
        settings: Settings,
    ) -> None:
        self._store = store
        self._handoffs = handoffs
        self._memory_store_id = memory_store_id
        self._add_attributes = add_attributes
        self._static_attributes = settings.handoff_attributes
        self._max_handoffs = settings.max_handoffs

    async def request(self, conversation: Conversation, escalation: Escalation) -> HandoffRecord:
        """The record of this escalation: a new one, or the one already under way.

        Raises HandoffError when the conversation has been handed over too often, or the record
        cannot be kept.
        """
        record = await self._claim(conversation, escalation)
        conversation.handoff = record
        return record

    async def arrange(self, conversation: Conversation, escalation: Escalation) -> HandoffRecord:
        """Have done what the customer chose in place of a human now; the record as it then is.

        It is still under way when that takes too long; then the customer is told in the end. If a
        human was asked for already, that stands. Raises HandoffError as `request` does.
        """
        record = await self._claim(conversation, escalation)
        if record.is_for_now:
            conversation.handoff = record
            return record
        return await self._deliver_soon(record)

    async def go_elsewhere(
        self, call_sid: str, reason: FailureReason, detail: str = ""
    ) -> HandoffRecord | None:
        """Arrange what comes next for a caller whom no human took; the record of that, whose
        `next_step` is empty if there is nothing. None where no handoff was asked for.

        Their handoff has failed for this reason, with its particulars; what comes next is a handoff
        of its own. Asked again, it is the same.
        """
        record = await self._store.latest(call_sid)
        if record is None or record.channel != "VOICE":
            return None
        if not record.is_next_step:
            await self._store.advance(record.id, HandoffState.FAILED, failure=reason, detail=detail)
            record = await self._store.get(record.id) or record
            if record.state not in _NOT_TAKEN or not can_arrange(record):
                return record
            begun = await self._store.get_replay(record.id)
            record = begun or await self._store.claim_again(record)
        if record.state in UNDER_WAY:
            record = await self._deliver_soon(record)
        return record

    async def _deliver_soon(self, record: HandoffRecord) -> HandoffRecord:
        """The record after a few seconds at most: it may be under way still."""
        try:
            async with asyncio.timeout(ARRANGE_SECONDS):
                await deliver_untold(record.id)
        except TimeoutError:
            logger.warning("Handoff %s is still being arranged", record.id)
        return await self._store.get(record.id) or record

    async def _claim(self, conversation: Conversation, escalation: Escalation) -> HandoffRecord:
        payload = HandoffPayload(
            conversation_id=conversation.id,
            memory_store_id=self._memory_store_id,
            profile_id=conversation.profile_id,
            attributes=self._attributes(conversation, escalation),
        )
        try:
            await self._check_limit(conversation.thread)
            return await self._store.claim(
                thread=conversation.thread,
                channel=conversation.channel,
                customer_address=conversation.customer_address,
                agent_address=conversation.agent_address,
                payload=payload,
            )
        except SQLAlchemyError as error:
            raise HandoffError(f"The database did not take it: {error}") from error

    async def _check_limit(self, thread: str) -> None:
        """So that agent and humans do not pass a conversation to each other for ever."""
        made = await self._store.count_since(thread, datetime.now(UTC) - LIMIT_PERIOD)
        if made >= self._max_handoffs and not await self._handoffs.is_with_human(thread):
            raise HandoffError(f"{thread} has been handed over {made} times in a day")

    def _attributes(self, conversation: Conversation, escalation: Escalation) -> HandoffAttributes:
        """With all that is added; rather without what is computed, or with nothing, than not."""
        handoff_id = new_handoff_id()
        spoken = {"language": conversation.language} if conversation.language else {}
        known = spoken | self._static_attributes
        for compute in (self._add_attributes, _nothing):
            try:
                added = known | compute(conversation)
                return build_attributes(escalation, added, handoff_id=handoff_id)
            except Exception:
                logger.exception("The application's handoff attributes were left out")
        return build_attributes(escalation, {}, handoff_id=handoff_id)
