"""Delivery as a durable workflow: a crash at any line is taken up where it was.

DBOS (https://docs.dbos.dev) keeps each finished step in the same database as the records, and
runs the rest again in this process or, once this one is dead, in another.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, TypeVar

from dbos import DBOS, SetWorkflowID, WorkflowHandleAsync
from sqlalchemy.exc import InterfaceError, OperationalError

from agent.errors import HandoffError
from agent.handoff.attempts import Tried
from agent.handoff.delivery_steps import DeliverySteps
from agent.handoff.reasons import ARRIVALS, MEANINGS, FailureReason, Way
from agent.handoff.record import HandoffRecord

logger = logging.getLogger(__name__)

DATABASE_DELAY_SECONDS = 0.2
Result = TypeVar("Result")

_current: DeliverySteps | None = None


def set_up(steps: DeliverySteps) -> None:
    """Have this process deliver by these steps."""
    global _current
    _current = steps


@DBOS.workflow()
async def deliver(handoff_id: str, is_left_behind: bool = False) -> str:
    """Deliver one handoff; gives the `FailureReason`, or nothing when a human comes.

    For one that its process left behind, the goodbye comes first: it may not have been sent.
    """
    ways = await _step(_delivery().begin, handoff_id)
    if ways is None:
        return FailureReason.INTERNAL.value
    if is_left_behind:
        await _step(_delivery().say_goodbye, handoff_id)
    return await _go(handoff_id, ways)


@DBOS.workflow()
async def deliver_elsewhere(handoff_id: str, detail: str) -> str:
    """Deliver one handoff by the ways after Studio, whose flow has failed as `detail` says; gives
    the same as `deliver`."""
    ways = await _step(_delivery().ways_after_studio, handoff_id)
    return await _go(handoff_id, ways, FailureReason.FLOW_FAILED, f"{Way.STUDIO}: {detail}")


@DBOS.workflow()
async def deliver_later(handoff_id: str, detail: str) -> str:
    """Arrange what comes in place of a human for one handoff, whose task was canceled as `detail`
    says; gives the same as `deliver`."""
    ways = await _step(_delivery().ways_to_later, handoff_id)
    return await _go(handoff_id, ways, FailureReason.TASK_CANCELED, detail)


@DBOS.workflow()
async def tell_called_off(handoff_id: str) -> None:
    """Tell a customer that their handoff was called off by somebody else."""
    await _step(_delivery().tell_called_off, handoff_id)


async def _go(handoff_id: str, ways: Sequence[str], failure: str = "", before: str = "") -> str:
    """One way after the other, as long as the one before has surely brought nobody; `failure` and
    `before` tell of those gone earlier."""
    delivery = _delivery()
    has_lost_task = failure == FailureReason.TASK_CANCELED
    details = [before] if before else []
    for way in ways:
        worked, made, refusal, detail = await _go_way(handoff_id, way, has_lost_task)
        if worked:
            return await _arrive(handoff_id, worked, made, failure, "; ".join(details))
        if not refusal:
            continue
        failure = failure or refusal
        details.append(f"{way}: {detail}")
        if not MEANINGS[FailureReason(refusal)].may_go_elsewhere:
            failure = refusal
            break
    failure = failure or FailureReason.NO_WAY.value
    if await _step(delivery.fail, handoff_id, failure, "; ".join(details), has_lost_task):
        words = MEANINGS[FailureReason(failure)].customer_hears
        await _step(delivery.give_back, handoff_id, words)
        return failure
    await _step(delivery.set_inactive, handoff_id)
    return ""


async def _go_way(handoff_id: str, way: str, has_lost_task: bool) -> list[str]:
    """The texts of an `Outcome`, after as many attempts as may help: a step each, and waits that a
    crash does not begin anew."""
    tried = Tried()
    while True:
        *texts, wait, was_lost, seconds = await _step(
            _delivery().go, handoff_id, way, tried, has_lost_task, name=f"go_{way}"
        )
        if not wait:
            return texts
        await DBOS.sleep_async(wait)
        tried = Tried(tried.attempts + 1, tried.seconds + seconds + wait, was_lost)


async def _arrive(handoff_id: str, way: str, made: str, failure: str, detail: str) -> str:
    """A way has worked: a human comes into the conversation, or it is the agent's again."""
    delivery = _delivery()
    if ARRIVALS[Way(way)].next_step is None:
        await _step(delivery.confirm, handoff_id, way, made, detail)
        await _step(delivery.tell_after_all, handoff_id, failure)
        await _step(delivery.set_inactive, handoff_id)
        return ""
    failure = failure or FailureReason.NOBODY_THERE.value
    if await _step(delivery.note_next_step, handoff_id, way, made, failure, detail):
        await _step(delivery.give_back, handoff_id, ARRIVALS[Way(way)].customer_hears)
        return failure
    return ""


async def start_delivery(
    handoff_id: str, *, is_left_behind: bool = False
) -> WorkflowHandleAsync[str]:
    """Begin to deliver a handoff; one that was begun before is found and not begun again."""
    with SetWorkflowID(handoff_id):
        return await DBOS.start_workflow_async(deliver, handoff_id, is_left_behind)


async def start_elsewhere(handoff_id: str, detail: str) -> None:
    """Begin to go the ways after Studio, as `start_delivery` begins."""
    with SetWorkflowID(f"{handoff_id}_elsewhere"):
        await DBOS.start_workflow_async(deliver_elsewhere, handoff_id, detail)


async def start_later(handoff_id: str, detail: str) -> None:
    """Begin to arrange what comes in place of a human, as `start_delivery` begins."""
    with SetWorkflowID(f"{handoff_id}_later"):
        await DBOS.start_workflow_async(deliver_later, handoff_id, detail)


async def start_telling(handoff_id: str) -> None:
    """Begin to tell that a handoff was called off, as `start_delivery` begins."""
    with SetWorkflowID(f"{handoff_id}_called_off"):
        await DBOS.start_workflow_async(tell_called_off, handoff_id)


def can_arrange(record: HandoffRecord) -> bool:
    """Whether any way that is set up leads from this handoff's channel to a human."""
    return bool(_delivery().ways_for(record))


async def deliver_untold(handoff_id: str) -> None:
    """Deliver, and leave it to the caller to tell the customer what became of it; when the caller
    goes (is canceled), the delivery goes on and tells."""
    told_elsewhere = _delivery().told_elsewhere
    told_elsewhere.add(handoff_id)
    try:
        handle = await start_delivery(handoff_id)
        await asyncio.shield(asyncio.ensure_future(handle.get_result()))
    finally:
        told_elsewhere.discard(handoff_id)


def _delivery() -> DeliverySteps:
    if _current is None:
        raise HandoffError("No delivery is set up in this process")
    return _current


async def _step(
    work: Callable[..., Coroutine[Any, Any, Result]], *arguments: Any, name: str = ""
) -> Result:
    """One step, kept once done. Its work is done on the loop of the clients: DBOS recovers a
    workflow on a loop of its own."""
    loop = _delivery().loop

    async def on_its_loop() -> Result:
        if asyncio.get_running_loop() is loop:
            return await once_stored(work, *arguments)
        future = asyncio.run_coroutine_threadsafe(once_stored(work, *arguments), loop)
        return await asyncio.wrap_future(future)

    return await DBOS.run_step_async({"name": name or work.__name__}, on_its_loop)


async def once_stored(work: Callable[..., Coroutine[Any, Any, Result]], *arguments: Any) -> Result:
    """Do `work` again until the database takes part, as DBOS does with its own.

    A step reads its record before it has any effect outside, and its changes may be repeated.
    """
    while True:
        try:
            return await work(*arguments)
        except (OperationalError, InterfaceError) as error:
            logger.warning("%s waits for the database: %s", work.__name__, error)
            await asyncio.sleep(DATABASE_DELAY_SECONDS)
