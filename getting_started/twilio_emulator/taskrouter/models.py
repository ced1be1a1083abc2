"""TaskRouter's resources, and how they look on the wire.

https://www.twilio.com/docs/taskrouter/api
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

from getting_started.twilio_emulator.clock import to_timestamp

TaskStatus = Literal["pending", "reserved", "assigned", "wrapping", "completed", "canceled"]
ReservationStatus = Literal[
    "pending", "accepted", "rejected", "canceled", "rescinded", "wrapping", "completed"
]


@dataclass(kw_only=True)
class Resource:
    """What every resource has."""

    sid: str
    workspace_sid: str
    friendly_name: str = ""
    date_created: datetime
    date_updated: datetime

    def to_json(self) -> dict[str, Any]:
        return {
            "sid": self.sid,
            "workspace_sid": self.workspace_sid,
            "friendly_name": self.friendly_name,
            "date_created": to_timestamp(self.date_created),
            "date_updated": to_timestamp(self.date_updated),
        }


@dataclass(kw_only=True)
class Workspace(Resource):
    event_callback_url: str = ""
    events_filter: str = ""
    multi_task_enabled: bool = True

    def to_json(self) -> dict[str, Any]:
        body = super().to_json()
        del body["workspace_sid"]
        return body | {
            "event_callback_url": self.event_callback_url,
            "events_filter": self.events_filter,
            "multi_task_enabled": self.multi_task_enabled,
        }


@dataclass(kw_only=True)
class Activity(Resource):
    available: bool

    def to_json(self) -> dict[str, Any]:
        return super().to_json() | {"available": self.available}


@dataclass(kw_only=True)
class TaskQueue(Resource):
    target_workers: str = "1==1"
    task_order: str = "FIFO"

    def to_json(self) -> dict[str, Any]:
        return super().to_json() | {
            "target_workers": self.target_workers,
            "task_order": self.task_order,
            "max_reserved_workers": 1,
        }


@dataclass(kw_only=True)
class Workflow(Resource):
    configuration: dict[str, Any]
    assignment_callback_url: str = ""
    task_reservation_timeout: int = 120

    def to_json(self) -> dict[str, Any]:
        return super().to_json() | {
            "configuration": json.dumps(self.configuration),
            "assignment_callback_url": self.assignment_callback_url,
            "task_reservation_timeout": self.task_reservation_timeout,
            "document_content_type": "application/json",
        }


@dataclass(kw_only=True)
class TaskChannel(Resource):
    unique_name: str

    def to_json(self) -> dict[str, Any]:
        return super().to_json() | {
            "unique_name": self.unique_name,
            "channel_optimized_routing": False,
        }


@dataclass(kw_only=True)
class Worker(Resource):
    activity: Activity
    attributes: dict[str, Any] = field(default_factory=dict)
    capacities: dict[str, int] = field(default_factory=dict)
    """Tasks at once by the unique name of a task channel, where it is not the default."""

    @property
    def available(self) -> bool:
        return self.activity.available

    @property
    def identity(self) -> str:
        """Under which the worker joins a conversation."""
        return str(self.attributes.get("contact_uri", self.friendly_name)).removeprefix("client:")

    def to_json(self) -> dict[str, Any]:
        return super().to_json() | {
            "attributes": json.dumps(self.attributes),
            "available": self.available,
            "activity_sid": self.activity.sid,
            "activity_name": self.activity.friendly_name,
            "date_status_changed": to_timestamp(self.date_updated),
        }


@dataclass(kw_only=True)
class Reservation(Resource):
    task_sid: str
    worker: Worker
    status: ReservationStatus = "pending"

    def to_json(self) -> dict[str, Any]:
        body = super().to_json()
        del body["friendly_name"]
        return body | {
            "task_sid": self.task_sid,
            "worker_sid": self.worker.sid,
            "worker_name": self.worker.friendly_name,
            "reservation_status": self.status,
        }


class TaskListener(Protocol):
    """Who put a task into TaskRouter and follows what becomes of it."""

    async def accepted(self, task: Task, worker: Worker) -> None: ...

    async def completed(self, task: Task) -> None: ...

    async def canceled(self, task: Task, reason: str) -> None: ...


@dataclass(kw_only=True)
class Task(Resource):
    workflow: Workflow
    queue: TaskQueue
    channel: TaskChannel
    attributes: dict[str, Any]
    priority: int = 0
    timeout: int = 86_400
    status: TaskStatus = "pending"
    reason: str = ""
    reservations: list[Reservation] = field(default_factory=list)
    listener: TaskListener | None = None

    @property
    def reservation(self) -> Reservation | None:
        """The one in force: offered or accepted."""
        live = {"pending", "accepted", "wrapping"}
        return next((held for held in self.reservations if held.status in live), None)

    @property
    def worker(self) -> Worker | None:
        """Who has accepted the task."""
        served = {"accepted", "wrapping", "completed"}
        return next((held.worker for held in self.reservations if held.status in served), None)

    def age(self, now: datetime) -> int:
        return int((now - self.date_created).total_seconds())

    def to_json(self) -> dict[str, Any]:
        body = super().to_json()
        del body["friendly_name"]
        return body | {
            "workflow_sid": self.workflow.sid,
            "workflow_friendly_name": self.workflow.friendly_name,
            "task_queue_sid": self.queue.sid,
            "task_queue_friendly_name": self.queue.friendly_name,
            "task_channel_sid": self.channel.sid,
            "task_channel_unique_name": self.channel.unique_name,
            "attributes": json.dumps(self.attributes, ensure_ascii=False),
            "priority": self.priority,
            "timeout": self.timeout,
            "assignment_status": self.status,
            "reason": self.reason,
            "addons": "{}",
        }
