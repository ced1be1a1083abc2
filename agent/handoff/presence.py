"""Presence: what Orchestrator tells of people in a conversation moves the record of its handoff.

https://www.twilio.com/docs/conversations/orchestrator/webhooks . TaskRouter's receipts tell the
same, earlier or later; events may come twice, late, out of order, and of earlier handoffs.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import httpx
from tac.context.conversation import ConversationClient

from agent.errors import TwilioApiError
from agent.handoff.record import HandoffRecord, HandoffState
from agent.store.handoffs import HandoffStore
from agent.twilio_api.orchestrator import OrchestratorClient

logger = logging.getLogger(__name__)

MOVES_OF_EVENTS = {
    "PARTICIPANT_ADDED": HandoffState.ACCEPTED,
    "PARTICIPANT_UPDATED": HandoffState.ACCEPTED,
    "PARTICIPANT_REMOVED": HandoffState.ENDED,
}
HUMAN = "HUMAN_AGENT"
LAST_WORDS_SECONDS = 2.0
"""The customer waits for them."""


class Presence:
    """Takes Orchestrator's participant events. `own_addresses` are the agent's: captured traffic
    takes them for a human's."""

    def __init__(
        self,
        store: HandoffStore,
        orchestrator: ConversationClient,
        own_addresses: Collection[str | None],
    ) -> None:
        self._store = store
        self._orchestrator = orchestrator
        self._own_addresses = own_addresses

    async def take(self, kind: str, participant: Mapping[str, Any]) -> None:
        """Move the record whose human has come or gone; every other event is left alone."""
        state = MOVES_OF_EVENTS[kind]
        if participant.get("type") != HUMAN or self._is_ours(participant):
            return
        record = await self._find(participant)
        if record is None or not _has_come_for(record, participant):
            return
        if state is HandoffState.ENDED and await self.has_somebody(record) is not False:
            return
        if await self._store.advance(record.id, state):
            logger.info("Handoff %s is %s: seen in the conversation", record.id, state)

    def _is_ours(self, participant: Mapping[str, Any]) -> bool:
        return any(one.get("address") in self._own_addresses for one in _addresses(participant))

    async def _find(self, participant: Mapping[str, Any]) -> HandoffRecord | None:
        threads = [one.get("channelId") for one in _addresses(participant)]
        for thread in (*threads, participant.get("conversationId")):
            if isinstance(thread, str) and (record := await self._store.latest(thread)):
                return record
        return None

    async def has_somebody(self, record: HandoffRecord, but: str = "") -> bool | None:
        """Whether a human, other than `but` (an identity), is in the conversation, such as a
        colleague who has taken over; None where that is not known."""
        try:
            left = await self._orchestrator.list_participants(record.conversation_id)
        except (httpx.HTTPError, ValueError) as error:
            logger.warning("Who is in %s is not known: %s", record.conversation_id, error)
            return None
        humans = [one.model_dump() for one in left if one.type == HUMAN]
        return any(not self._is_ours(one) and not _is(one, but) for one in humans)


async def last_words(orchestrator: OrchestratorClient, record: HandoffRecord) -> str:
    """What the human wrote last; empty where that is not known."""
    ours = {record.customer_address, record.agent_address}
    try:
        async with asyncio.timeout(LAST_WORDS_SECONDS):
            said = await orchestrator.read_communications(record.conversation_id)
    except (TwilioApiError, TimeoutError) as error:
        logger.warning("The words of %s are not known: %s", record.conversation_id, error)
        return ""
    of_humans = [
        (one.get("content") or {}).get("text") or ""
        for one in said
        if (one.get("author") or {}).get("address") not in ours
        and _is_since(record, one.get("createdAt"))
    ]
    return of_humans[-1] if of_humans else ""


def _has_come_for(record: HandoffRecord, participant: Mapping[str, Any]) -> bool:
    """The human of an earlier handoff came before this one was asked for."""
    return _is_since(record, participant.get("createdAt"))


def _is_since(record: HandoffRecord, moment: object) -> bool:
    try:
        at = datetime.fromisoformat(str(moment))
    except ValueError:
        return False
    return (at if at.tzinfo else at.replace(tzinfo=UTC)) >= record.requested_at.replace(
        microsecond=0
    )


def _is(participant: Mapping[str, Any], identity: str) -> bool:
    return any(one.get("address") == identity for one in _addresses(participant))


def _addresses(participant: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    addresses = participant.get("addresses")
    for one in addresses if isinstance(addresses, list) else []:
        if isinstance(one, dict):
            yield one
