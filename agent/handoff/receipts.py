"""Receipts: what TaskRouter tells of a handoff's task moves its record.

https://www.twilio.com/docs/taskrouter/api/event/reference . Events may come late, twice or out of
order; those of other tasks come too.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping

from agent.handoff.call_off import CallOff
from agent.handoff.reasons import FailureReason
from agent.handoff.record import HandoffRecord, HandoffState
from agent.handoff.ways import is_callback
from agent.store.handoffs import HandoffStore

logger = logging.getLogger(__name__)

RECEIPTS = {
    "task.created": HandoffState.QUEUED,
    "reservation.accepted": HandoffState.ACCEPTED,
    "task.wrapup": HandoffState.ENDED,
    "task.completed": HandoffState.ENDED,
    "task.canceled": HandoffState.CANCELED,
    "task.deleted": HandoffState.CANCELED,
}
HANG_UP = "hangup"
"""Why TaskRouter cancels the task of a caller who left the queue."""


class Receipts:
    """Takes the events of the workspace's EventCallbackUrl."""

    def __init__(self, store: HandoffStore, call_off: CallOff) -> None:
        self._store = store
        self._call_off = call_off

    async def take(self, event: Mapping[str, str]) -> None:
        """Move the record that the event's task belongs to; every other event is left alone."""
        state = RECEIPTS.get(event.get("EventType", ""))
        handoff_id = _handoff_id_of(event)
        if state is None or not handoff_id:
            return
        record = await self._find(handoff_id)
        if record is None or _is_of_another_task(record, event):
            return
        reason = event.get("TaskCanceledReason") or event.get("TaskCompletedReason") or ""
        if state is HandoffState.CANCELED and record.channel == "VOICE" and reason == HANG_UP:
            state = HandoffState.ABANDONED
        task_sid = event.get("TaskSid", "")
        if await self._store.advance(record.id, state, detail=reason, task_sid=task_sid):
            logger.info("Handoff %s is %s: %s", record.id, state, task_sid)
        elif state is HandoffState.QUEUED and record.state is HandoffState.CANCELED:
            await self._call_off.drop_late_task(record)

    async def _find(self, handoff_id: str) -> HandoffRecord | None:
        """Of one that has arrived after all, the replay that found it there."""
        record = await self._store.get(handoff_id)
        if record is None or record.failure != FailureReason.OUTCOME_UNKNOWN:
            return record
        latest = await self._store.latest(record.thread) or record
        known = [one.id for one in await self._store.lineage(latest)]
        return latest if handoff_id in known else record


def _handoff_id_of(event: Mapping[str, str]) -> str:
    """Empty for the task of a callback too: whoever takes it does not take the conversation."""
    try:
        attributes = json.loads(event.get("TaskAttributes", ""))
    except (ValueError, RecursionError):
        return ""
    if not isinstance(attributes, dict) or is_callback(attributes):
        return ""
    handoff_id = attributes.get("handoffId")
    return handoff_id if isinstance(handoff_id, str) else ""


def _is_of_another_task(record: HandoffRecord, event: Mapping[str, str]) -> bool:
    """A colleague whom the human invites gets a task with the same attributes."""
    return bool(record.task_sid) and record.task_sid != event.get("TaskSid")
