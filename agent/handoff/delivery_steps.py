"""The steps of a delivery: each is done once, or again until it is known to be done."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from agent.errors import HandoffError, TwilioApiError
from agent.handoff.attempts import Outcome, Tried, look, take
from agent.handoff.reasons import ARRIVALS, FailureReason, Way
from agent.handoff.record import HandoffRecord, HandoffState
from agent.handoff.ways import WayTaken, ways_for
from agent.phrases import Words
from agent.store.handoffs import HandoffStore
from agent.twilio_api.orchestrator import ConversationStatus, OrchestratorClient

logger = logging.getLogger(__name__)

LOOK = "look"
"""In place of the first way: what earlier handoffs have brought about is looked for."""
_WITHOUT_TASK = {HandoffState.DELIVERING, HandoffState.DELIVERED}
Tell = Callable[[HandoffRecord, Words], Awaitable[None]]
"""Says something to the customer of a handoff, on their channel and in their language."""


class DeliverySteps:
    """The steps that bring a handoff to a human, or arrange what comes next."""

    def __init__(
        self,
        store: HandoffStore,
        ways: Sequence[WayTaken],
        orchestrator: OrchestratorClient,
        tell: Tell,
        *,
        retry_seconds: float,
    ) -> None:
        self.loop = asyncio.get_running_loop()
        self._store = store
        self._ways = {way.way: way for way in ways}
        self._orchestrator = orchestrator
        self._tell = tell
        self._retry_seconds = retry_seconds
        self._begun_here: set[str] = set()
        self.told_elsewhere: set[str] = set()

    async def begin(self, handoff_id: str) -> list[str] | None:
        """The ways to go, in their order, of a replay of one that may have arrived with a look
        before them; None when the handoff was canceled meanwhile."""
        self._begun_here.add(handoff_id)
        record = await self._get(handoff_id)
        if record.state is HandoffState.REQUESTED:
            record = await self._store.move(record, HandoffState.DELIVERING)
        if record.state is not HandoffState.DELIVERING:
            return None
        first = [LOOK] if await self._earlier(record) else []
        return [*first, *(way.value for way in self.ways_for(record))]

    async def _earlier(self, record: HandoffRecord) -> list[HandoffRecord]:
        """Those that it replays and that may have arrived after all."""
        return (await self._store.lineage(record))[1:]

    async def ways_after_studio(self, handoff_id: str) -> list[str]:
        """Those before it had refused already."""
        self._begun_here.add(handoff_id)
        ways = [way.value for way in self.ways_for(await self._get(handoff_id))]
        return ways[ways.index(Way.STUDIO) + 1 :] if Way.STUDIO in ways else ways

    async def ways_to_later(self, handoff_id: str) -> list[str]:
        """Those that lead to a human later: who waited in vain is not queued again."""
        self._begun_here.add(handoff_id)
        ways = self.ways_for(await self._get(handoff_id))
        return [way.value for way in ways if ARRIVALS[way].next_step]

    def ways_for(self, record: HandoffRecord) -> list[Way]:
        return ways_for(record, [*self._ways.values()])

    async def say_goodbye(self, handoff_id: str) -> None:
        """A replay has words of its own, for when it has arrived."""
        record = await self._get(handoff_id)
        if not record.replay_of:
            await self._tell(record, lambda phrases: phrases.connecting_chat)

    async def go(
        self, handoff_id: str, way: str, tried: Tried, has_lost_task: bool = False
    ) -> tuple[Any, ...]:
        """An `Outcome`, and the seconds it took. At most one thing is ever made, and none where a
        receipt tells meanwhile that a human has the conversation. `has_lost_task`: it was queued,
        and its task canceled."""
        begun = self.loop.time()
        record = await self._get(handoff_id)
        may_send = _is_without_task(record, has_lost_task)
        try:
            outcome = await self._try(record, way, tried, may_send=may_send)
        except SQLAlchemyError:
            raise
        except Exception as error:  # else the record would be held for ever
            logger.exception("Handoff %s, way %s", handoff_id, way)
            unknown = FailureReason.OUTCOME_UNKNOWN.value
            outcome = Outcome(failure=unknown, detail=repr(error))
        return (*outcome, self.loop.time() - begun)

    async def _try(
        self, record: HandoffRecord, way: str, tried: Tried, *, may_send: bool
    ) -> Outcome:
        """A human who came of an earlier attempt is found even if nothing more may be sent."""
        if not may_send and not tried.attempts:
            detail = f"the handoff is {record.state}"
            return Outcome(failure=FailureReason.INTERNAL.value, detail=detail)
        if way == LOOK:
            return await look([*self._ways.values()], await self._earlier(record))
        has_flow_asked = record.was_delivered and way == Way.FLEX
        return await take(
            self._ways[Way(way)],
            record,
            tried,
            may_have_begun=has_flow_asked or record.id not in self._begun_here,
            may_send=may_send,
            retry_seconds=self._retry_seconds,
        )

    async def confirm(self, handoff_id: str, way: str, made: str, detail: str) -> None:
        """A receipt from the human's side may have been faster: the state stays, then."""
        known = {ARRIVALS[Way(way)].kept_as: made, **({"detail": detail} if detail else {})}
        await self._store.note(handoff_id, **known)
        await self._store.advance(handoff_id, HandoffState.DELIVERED)
        self._begun_here.discard(handoff_id)

    async def note_next_step(
        self, handoff_id: str, way: str, made: str, failure: str, detail: str
    ) -> bool:
        """Whether the conversation is the agent's again, as in `fail`."""
        arrival = ARRIVALS[Way(way)]
        kept = {arrival.kept_as: made} if arrival.kept_as else {}
        logger.info("Handoff %s goes on as a %s: %s", handoff_id, arrival.next_step, made)
        next_step = str(arrival.next_step)
        has_lost_task = failure == FailureReason.TASK_CANCELED
        return await self._close(
            handoff_id, has_lost_task, failure=failure, detail=detail, next_step=next_step, **kept
        )

    async def fail(
        self, handoff_id: str, failure: str, detail: str, has_lost_task: bool = False
    ) -> bool:
        """Whether it did: a receipt may tell meanwhile that Studio has taken it after all."""
        has_failed = await self._close(handoff_id, has_lost_task, failure=failure, detail=detail)
        if has_failed:
            logger.error("Handoff %s failed (%s): %s", handoff_id, failure, detail)
        return has_failed

    async def _close(self, handoff_id: str, has_lost_task: bool, **details: Any) -> bool:
        record = await self._get(handoff_id)
        try:
            if _is_without_task(record, has_lost_task):
                record = await self._store.move(record, HandoffState.FAILED, **details)
        except HandoffError as error:
            logger.info("It has not failed: %s", error)
        self._begun_here.discard(handoff_id)
        return record.state is HandoffState.FAILED

    async def give_back(self, handoff_id: str, words: Words) -> None:
        """The conversation is the agent's again, and the customer is told; unless somebody else
        tells: the call's route, or the model. Nothing of that where a human comes after all."""
        record = await self._get(handoff_id)
        if record.holds_conversation:
            return
        if record.was_delivered:
            await set_status(self._orchestrator, record.conversation_id, "ACTIVE")
        if record.channel != "VOICE" and handoff_id not in self.told_elsewhere:
            await self._tell(record, words)

    async def tell_called_off(self, handoff_id: str) -> None:
        """Unless they have asked for a human again."""
        record = await self._get(handoff_id)
        latest = await self._store.latest(record.thread)
        if latest and latest.id == handoff_id and not latest.holds_conversation:
            await self._tell(record, lambda phrases: phrases.here_again)

    async def tell_after_all(self, handoff_id: str, failure: str) -> None:
        """Who was told that nobody comes: by a failed flow, or before a replay. Unless the human is
        there already. Before INACTIVE: words make a conversation ACTIVE."""
        record = await self._get(handoff_id)
        was_told = record.replay_of or failure == FailureReason.FLOW_FAILED
        if was_told and record.is_waiting and handoff_id not in self.told_elsewhere:
            await self._tell(record, lambda phrases: phrases.after_all)

    async def set_inactive(self, handoff_id: str) -> None:
        """Unless a quick human is done already: then it may be closed, or the agent's again."""
        record = await self._get(handoff_id)
        if record.holds_conversation:
            await set_status(self._orchestrator, record.conversation_id, "INACTIVE")

    async def _get(self, handoff_id: str) -> HandoffRecord:
        record = await self._store.get(handoff_id)
        if record is None:
            raise HandoffError(f"There is no handoff {handoff_id}")
        return record


def _is_without_task(record: HandoffRecord, has_lost_task: bool) -> bool:
    is_in_vain = has_lost_task and record.is_waiting
    return is_in_vain or record.state in _WITHOUT_TASK


async def set_status(
    orchestrator: OrchestratorClient, conversation_id: str, status: ConversationStatus
) -> None:
    """INACTIVE makes Conversation Intelligence write the summary that Flex shows.

    https://www.twilio.com/docs/conversations/solution-blueprints/ai-to-human-handoff . Without it
    the human still takes over; only the summary comes later.
    """
    try:
        await orchestrator.set_status(conversation_id, status)
    except TwilioApiError as error:
        logger.warning("%s", error)
