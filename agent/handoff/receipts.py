"""Receipts: what TaskRouter tells of a handoff's task moves its record.

https://www.twilio.com/docs/taskrouter/api/event/reference . Events may come late, twice or out of
order; those of other tasks come too.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from typing import Any

from agent.errors import TwilioApiError
from agent.handoff.call_off import CALLED_OFF, CallOff
from agent.handoff.delivery_steps import Tell
from agent.handoff.durable_delivery import start_later
from agent.handoff.payload import TASK_HANDOFF_ID
from agent.handoff.presence import Presence
from agent.handoff.reasons import FailureReason
from agent.handoff.record import REOPENED, HandoffRecord, HandoffState
from agent.handoff.ways import is_callback
from agent.store.handoffs import HandoffStore
from agent.twilio_api.taskrouter import TaskRouterClient

logger = logging.getLogger(__name__)

RECEIPTS = {
    "task.created": HandoffState.QUEUED,
    "reservation.accepted": HandoffState.ACCEPTED,
    "task.wrapup": HandoffState.ENDED,
    "task.completed": HandoffState.ENDED,
    "task.canceled": HandoffState.CANCELED,
    "task.deleted": HandoffState.CANCELED,
}
ASSIGNED = "assigned"
LONGEST_TEXT = 2000
HANG_UP = "hangup"
"""Why TaskRouter cancels the task of a caller who left the queue."""


class Receipts:
    """Takes the events of the workspace's EventCallbackUrl."""

    def __init__(
        self,
        store: HandoffStore,
        call_off: CallOff,
        taskrouter: TaskRouterClient,
        presence: Presence,
        tell: Tell,
    ) -> None:
        self._store = store
        self._call_off = call_off
        self._taskrouter = taskrouter
        self._presence = presence
        self._tell = tell

    async def take(self, event: Mapping[str, str]) -> None:
        """Move the record that the event's task belongs to; every other event is left alone."""
        state = RECEIPTS.get(event.get("EventType", ""))
        attributes = _read_object(event.get("TaskAttributes", ""))
        if state is None or is_callback(attributes):
            return  # whoever takes a callback does not take the conversation
        record = await self._find(attributes)
        if record is None or not _is_of_concern(record, event, state):
            return
        reason = event.get("TaskCanceledReason") or event.get("TaskCompletedReason") or ""
        if state is HandoffState.CANCELED:
            is_hang_up = record.channel == "VOICE" and reason == HANG_UP
            state = HandoffState.ABANDONED if is_hang_up else CALLED_OFF.get(reason, state)
            if record.is_waiting and not is_hang_up and reason not in CALLED_OFF:
                await self._lose_task(record, event, reason)
                return
        known = _tell_of_human(state, event, attributes)
        if state is HandoffState.ACCEPTED:
            known["task_sid"] = event.get("TaskSid", "")
        is_late = state is HandoffState.ACCEPTED and _has_ended(record, event)
        if not is_late and await self._move(record, state, reason, event, known):
            if state is HandoffState.ENDED:
                await self._leave_to_colleague(record, event)
            return
        if known:
            await self._store.note(record.id, **known)
        elif state is HandoffState.QUEUED and record.state is CALLED_OFF.get(record.detail):
            await self._call_off.drop_late_task(record)

    async def _leave_to_colleague(self, record: HandoffRecord, event: Mapping[str, str]) -> None:
        """Looked at afterwards: mostly there is none, and the customer may write at once."""
        if await self._has_colleague(record, event):
            await self._store.advance(
                record.id, HandoffState.ACCEPTED, detail="a colleague is there", is_new_human=True
            )

    async def _lose_task(
        self, record: HandoffRecord, event: Mapping[str, str], reason: str
    ) -> None:
        """TaskRouter gave up, or somebody in its console: the customer is told, and other ways are
        gone; a call goes them by itself."""
        detail = f"task {event.get('TaskSid')}: {reason or event.get('EventType')}"
        if record.channel == "VOICE":
            failure = FailureReason.TASK_CANCELED.value
            await self._store.advance(
                record.id, HandoffState.FAILED, failure=failure, detail=detail
            )
        else:
            await start_later(record.id, detail)

    async def _move(
        self,
        record: HandoffRecord,
        state: HandoffState,
        reason: str,
        event: Mapping[str, str],
        known: dict[str, str],
    ) -> bool:
        """Whether it may."""
        columns = {"task_sid": event.get("TaskSid", ""), **known}
        is_new = state is HandoffState.ACCEPTED and record.state in REOPENED
        moved = await self._store.advance(
            record.id, state, detail=reason, is_new_human=is_new, **columns
        )
        if moved:
            logger.info("Handoff %s is %s: %s", record.id, state, columns["task_sid"])
            await self._tell_if_after_all(record, moved)
        return moved is not None

    async def _has_colleague(self, record: HandoffRecord, event: Mapping[str, str]) -> bool:
        """Whether another human has the conversation, after a transfer or because they were asked
        in: TaskRouter knows their task, or Orchestrator sees them. Where the event names nobody,
        it cannot be told whom Orchestrator sees."""
        try:
            tasks = await self._taskrouter.list_tasks(TASK_HANDOFF_ID, record.id)
        except TwilioApiError as error:
            logger.warning("Who else has handoff %s is not known: %s", record.id, error)
            tasks = []
        for task in tasks:
            if task.status == ASSIGNED and task.sid != event.get("TaskSid"):
                await self._store.note(record.id, task_sid=task.sid)
                return True
        left = _identity_in(event)
        if record.channel == "VOICE" or not left:  # on a call nobody tells when they leave
            return False
        return bool(await self._presence.has_somebody(record, but=left))

    async def _tell_if_after_all(self, before: HandoffRecord, moved: HandoffRecord) -> None:
        """A human who has come already speaks for themselves."""
        if before.may_have_arrived and moved.is_waiting and moved.channel != "VOICE":
            await self._tell(moved, lambda phrases: phrases.after_all)

    async def _find(self, attributes: dict[str, Any]) -> HandoffRecord | None:
        """By the call where the flow, without an answer of ours, has brought the caller to a
        person."""
        if handoff_id := _text_of(attributes.get(TASK_HANDOFF_ID)):
            return await self._find_by_id(handoff_id)
        call_sid = _text_of(attributes.get("call_sid"))
        return await self._store.latest(call_sid) if call_sid else None

    async def _find_by_id(self, handoff_id: str) -> HandoffRecord | None:
        """Of one that has arrived after all, the replay that found it there, or still looks."""
        record = await self._store.get(handoff_id)
        if record is None or record.failure != FailureReason.OUTCOME_UNKNOWN:
            return record
        latest = await self._store.latest(record.thread) or record
        if latest.state is HandoffState.FAILED and not latest.may_have_arrived:
            return record
        known = [one.id for one in await self._store.lineage(latest)]
        return latest if handoff_id in known else record


def _read_object(text: str) -> dict[str, Any]:
    try:
        read = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return read if isinstance(read, dict) else {}


def _tell_of_human(
    state: HandoffState, event: Mapping[str, str], attributes: dict[str, Any]
) -> dict[str, str]:
    """The record's columns that the event fills: who has accepted, or what they noted at the end.

    Flex names its workers in `full_name`. The outcome and the note that a human chooses and writes
    are where Flex Insights reads them:
    https://www.twilio.com/docs/flex/developer/insights/enhance-integration
    """
    if state is HandoffState.ACCEPTED:
        worker = _read_object(event.get("WorkerAttributes", ""))
        told = {"worker_name": _text_of(worker.get("full_name"))}
    elif state is HandoffState.ENDED:
        told = {"wrap_up_note": _note_in(attributes.get("conversations"))}
    else:
        told = {}
    return {column: text for column, text in told.items() if text}


def _note_in(conversations: object) -> str:
    if not isinstance(conversations, dict):
        return ""
    parts = (_text_of(conversations.get(key)) for key in ("outcome", "content"))
    return ": ".join(part for part in parts if part)


def _text_of(value: object) -> str:
    return value.strip()[:LONGEST_TEXT] if isinstance(value, str) else ""


def _identity_in(event: Mapping[str, str]) -> str:
    """Under which the worker of a reservation's event is in the conversation.

    https://www.twilio.com/docs/flex/developer/conversations/interactions-api
    """
    uri = _text_of(_read_object(event.get("WorkerAttributes", "")).get("contact_uri"))
    return uri.removeprefix("client:") or event.get("WorkerName", "")


def _is_of_concern(record: HandoffRecord, event: Mapping[str, str], state: HandoffState) -> bool:
    """A colleague whom the human asks in, or transfers to, gets a task with the same attributes;
    of it only their coming counts, which makes it the record's task."""
    is_its_own = record.task_sid in ("", event.get("TaskSid"))
    return is_its_own or state is HandoffState.ACCEPTED


def _has_ended(record: HandoffRecord, event: Mapping[str, str]) -> bool:
    """Whether it is known of this task that its human came and left."""
    return record.was_with_human and record.task_sid in ("", event.get("TaskSid"))
