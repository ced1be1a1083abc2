"""Delivery to Studio as a durable workflow: a crash at any line is taken up where it was.

DBOS (https://docs.dbos.dev) keeps each finished step in the same database as the records, and
runs the rest again in this process or, once this one is dead, in another.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from datetime import timedelta
from typing import Any, TypeVar

import httpx
from dbos import DBOS, SetWorkflowID, WorkflowHandleAsync
from tac.context.conversation import ConversationClient

from agent.errors import HandoffError, TwilioApiError
from agent.handoff.reasons import MEANINGS, FailureReason, reason_of_status
from agent.handoff.record import HandoffRecord, HandoffState
from agent.store.handoffs import HandoffStore
from agent.twilio_api.studio import StudioClient

logger = logging.getLogger(__name__)

ATTEMPTS = 4
FIRST_DELAY_SECONDS = 0.2
CLOCK_TOLERANCE = timedelta(seconds=60)
Result = TypeVar("Result")
Tell = Callable[[HandoffRecord, str], Awaitable[None]]
"""Says something to the customer of a handoff, on their channel."""

_running: StudioDelivery | None = None


@DBOS.workflow()
async def deliver(handoff_id: str) -> str:
    """Deliver one handoff; gives the `FailureReason`, or nothing when Studio took it."""
    if _running is None:
        raise HandoffError("No delivery is set up in this process")
    delivery = _running
    if not await _step(delivery.begin, handoff_id):
        return FailureReason.INTERNAL.value
    execution_sid, failure, detail = await _step(delivery.start_flow, handoff_id)
    if not failure:
        await _step(delivery.confirm, handoff_id, execution_sid)
    elif await _step(delivery.fail, handoff_id, failure, detail):
        await _step(delivery.tell_customer, handoff_id, failure)
        return str(failure)
    await _step(delivery.set_inactive, handoff_id)
    return ""


async def start_delivery(handoff_id: str) -> WorkflowHandleAsync[str]:
    """Begin to deliver a handoff; one that was begun before is found and not begun again."""
    with SetWorkflowID(handoff_id):
        return await DBOS.start_workflow_async(deliver, handoff_id)


async def _step(work: Callable[..., Coroutine[Any, Any, Result]], *arguments: str) -> Result:
    """One step, kept once done. Its work is done on the loop of the clients: DBOS recovers a
    workflow on a loop of its own."""
    if _running is None:
        raise HandoffError("No delivery is set up in this process")
    loop = _running.loop

    async def on_its_loop() -> Result:
        if asyncio.get_running_loop() is loop:
            return await work(*arguments)
        future = asyncio.run_coroutine_threadsafe(work(*arguments), loop)
        return await asyncio.wrap_future(future)

    return await DBOS.run_step_async({"name": work.__name__}, on_its_loop)


class StudioDelivery:
    """The steps that bring a messaging handoff to the flow."""

    def __init__(
        self,
        store: HandoffStore,
        studio: StudioClient,
        orchestrator: ConversationClient,
        tell: Tell,
    ) -> None:
        self.loop = asyncio.get_running_loop()
        self._store = store
        self._studio = studio
        self._orchestrator = orchestrator
        self._tell = tell
        self._begun_here: set[str] = set()

    def set_up(self) -> None:
        """Make this the delivery of the process."""
        global _running
        _running = self

    async def begin(self, handoff_id: str) -> bool:
        """Whether the handoff may be delivered: it was asked for and not canceled meanwhile."""
        self._begun_here.add(handoff_id)
        record = await self._get(handoff_id)
        if record.state is HandoffState.REQUESTED:
            await self._store.move(record, HandoffState.DELIVERING)
            return True
        return record.state is HandoffState.DELIVERING

    async def start_flow(self, handoff_id: str) -> tuple[str, str, str]:
        """Execution SID, failure and its particulars. At most one execution is ever started."""
        return await self._try_to_start(await self._get(handoff_id))

    async def confirm(self, handoff_id: str, execution_sid: str) -> None:
        """A receipt from the human's side may have been faster: the state stays, then."""
        await self._store.note(handoff_id, execution_sid=execution_sid)
        await self._finish(handoff_id, HandoffState.DELIVERED)

    async def fail(self, handoff_id: str, failure: str, detail: str) -> bool:
        """Whether it did: a receipt may tell meanwhile that Studio has taken it after all."""
        record = await self._get(handoff_id)
        try:
            if record.state is HandoffState.DELIVERING:
                record = await self._store.move(
                    record, HandoffState.FAILED, failure=failure, detail=detail
                )
                logger.error("Handoff %s failed (%s): %s", handoff_id, failure, detail)
        except HandoffError as error:
            logger.info("It has not failed: %s", error)
        self._begun_here.discard(handoff_id)
        return record.state is HandoffState.FAILED

    async def tell_customer(self, handoff_id: str, failure: str) -> None:
        await self._tell(
            await self._get(handoff_id), MEANINGS[FailureReason(failure)].customer_hears
        )

    async def set_inactive(self, handoff_id: str) -> None:
        """Unless a quick human is done already: then it may be closed, or the agent's again."""
        record = await self._get(handoff_id)
        if record.holds_conversation:
            await set_inactive(self._orchestrator, record.conversation_id)

    async def _finish(self, handoff_id: str, state: HandoffState, **details: str) -> None:
        await self._store.advance(handoff_id, state, **details)
        self._begun_here.discard(handoff_id)

    async def _try_to_start(self, record: HandoffRecord) -> tuple[str, str, str]:
        """Before any attempt that could be the second one, Studio is asked for the first."""
        error = TwilioApiError("Studio was not asked")
        may_have_started = record.id not in self._begun_here or bool(record.replay_of)
        for attempt in range(ATTEMPTS):
            if attempt:
                await asyncio.sleep(FIRST_DELAY_SECONDS * 2 ** (attempt - 1))
            try:
                if may_have_started and (execution_sid := await self._find(record)):
                    return execution_sid, "", ""
                return await self._post(record), "", ""
            except TwilioApiError as failed:
                error = failed
                may_have_started = True
                if not _may_pass(failed):
                    break
        try:
            if execution_sid := await self._find(record):
                return execution_sid, "", ""
        except TwilioApiError as failed:
            if _may_pass(error):
                return "", FailureReason.OUTCOME_UNKNOWN.value, f"{error}; {failed}"
        return "", reason_of_status(error.status).value, str(error)

    async def _post(self, record: HandoffRecord) -> str:
        return await self._studio.create_execution(
            to=record.customer_address,
            from_=record.agent_address,
            parameters={"HandoffData": record.payload.to_wire()},
        )

    async def _find(self, record: HandoffRecord) -> str | None:
        for one in await self._store.lineage(record):
            since = one.requested_at - CLOCK_TOLERANCE
            found = await self._studio.find_execution(one.id, to=one.customer_address, since=since)
            if found:
                return found
        return None

    async def _get(self, handoff_id: str) -> HandoffRecord:
        record = await self._store.get(handoff_id)
        if record is None:
            raise HandoffError(f"There is no handoff {handoff_id}")
        return record


def _may_pass(error: TwilioApiError) -> bool:
    """Whether trying again can help; after a lost answer it is done with a look first."""
    return error.status is None or error.status == 429 or error.status >= 500


async def set_inactive(orchestrator: ConversationClient, conversation_id: str) -> None:
    """Make Conversation Intelligence write the summary that Flex shows.

    https://www.twilio.com/docs/conversations/solution-blueprints/ai-to-human-handoff . Without it
    the human still takes over; only the summary comes later.
    """
    try:
        await orchestrator.update_conversation(conversation_id, "INACTIVE")
    except (httpx.HTTPError, ValueError) as error:
        logger.warning("Conversation %s was not set INACTIVE: %s", conversation_id, error)
