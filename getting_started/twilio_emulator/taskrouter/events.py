"""What TaskRouter tells of a task: the journal, and the workspace's event callback.

https://www.twilio.com/docs/taskrouter/api/event/reference
"""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING

from getting_started.twilio_emulator.lanes import Lanes
from getting_started.twilio_emulator.taskrouter.models import Reservation, Task, Workspace

if TYPE_CHECKING:
    from getting_started.twilio_emulator.twilio import Twilio


class Events:
    """Reports events; those of one task leave in the order in which they happened."""

    def __init__(self, twilio: Twilio) -> None:
        self._twilio = twilio
        self._lanes = Lanes(twilio.spawn)

    async def report(
        self, event: str, workspace: Workspace, task: Task, reservation: Reservation | None = None
    ) -> None:
        """`event` such as `task.created` or `reservation.accepted`."""
        worker = reservation.worker if reservation else task.worker
        await self._twilio.journal.record(
            "task",
            event=event,
            task_sid=task.sid,
            status=task.status,
            channel=task.channel.unique_name,
            queue=task.queue.friendly_name,
            worker=worker.friendly_name if worker else None,
            reason=task.reason,
            attributes=dict(task.attributes),
        )
        if workspace.event_callback_url and _is_wanted(event, workspace.events_filter):
            form = self._to_form(event, task, reservation)
            url = workspace.event_callback_url
            self._lanes.run(task.sid, partial(self._call_back, url, form))

    async def _call_back(self, url: str, form: dict[str, str]) -> None:
        await self._twilio.webhooks.request_form(url, form)

    def _to_form(self, event: str, task: Task, reservation: Reservation | None) -> dict[str, str]:
        now = self._twilio.clock.now()
        form = {
            "Sid": self._twilio.sids.sid("EV"),
            "EventType": event,
            "EventDescription": event.replace(".", " ").capitalize(),
            "AccountSid": self._twilio.account.sid,
            "WorkspaceSid": task.workspace_sid,
            "Timestamp": str(int(now.timestamp())),
            "TimestampMs": str(int(now.timestamp() * 1000)),
            "ResourceType": "reservation" if reservation else "task",
            "ResourceSid": reservation.sid if reservation else task.sid,
            "TaskSid": task.sid,
            "TaskAttributes": json.dumps(task.attributes, ensure_ascii=False),
            "TaskPriority": str(task.priority),
            "TaskAge": str(task.age(now)),
            "TaskAssignmentStatus": task.status,
            "TaskChannelSid": task.channel.sid,
            "TaskChannelUniqueName": task.channel.unique_name,
            "TaskQueueSid": task.queue.sid,
            "TaskQueueName": task.queue.friendly_name,
            "WorkflowSid": task.workflow.sid,
            "WorkflowName": task.workflow.friendly_name,
        }
        if task.status in {"completed", "canceled"}:
            key = "TaskCompletedReason" if task.status == "completed" else "TaskCanceledReason"
            form[key] = task.reason
        return form | (_to_reservation_fields(reservation) if reservation else {})


def _to_reservation_fields(reservation: Reservation) -> dict[str, str]:
    return {
        "ReservationSid": reservation.sid,
        "WorkerSid": reservation.worker.sid,
        "WorkerName": reservation.worker.friendly_name,
        "WorkerAttributes": json.dumps(reservation.worker.attributes),
    }


def _is_wanted(event: str, events_filter: str) -> bool:
    return not events_filter or event in {name.strip() for name in events_filter.split(",")}
