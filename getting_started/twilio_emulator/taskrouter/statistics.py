"""How many wait, and who could take them.

https://www.twilio.com/docs/taskrouter/api/taskqueue-statistics
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from fastapi import APIRouter

from getting_started.twilio_emulator.clock import to_timestamp
from getting_started.twilio_emulator.taskrouter.directory import find
from getting_started.twilio_emulator.taskrouter.models import (
    Activity,
    Task,
    TaskQueue,
    TaskStatus,
    Worker,
)
from getting_started.twilio_emulator.twilio import Cloud, Twilio

WAITING = {"pending", "reserved"}
OPEN: tuple[TaskStatus, ...] = ("pending", "reserved", "assigned", "wrapping")

router = APIRouter(prefix="/{workspace_sid}")
Figures = dict[str, Any]


@router.get("/RealTimeStatistics")
async def fetch_workspace_now(twilio: Cloud, workspace_sid: str) -> Figures:
    tasks = _tasks_of(twilio, lambda task: task.workspace_sid == workspace_sid)
    workers = _workers_of(twilio, workspace_sid)
    return {
        **_ids(twilio, workspace_sid),
        **describe_now(tasks, twilio.clock.now()),
        **_activity_figures(twilio, workspace_sid, workers),
        "total_workers": len(workers),
    }


@router.get("/CumulativeStatistics")
async def fetch_workspace_past(twilio: Cloud, workspace_sid: str) -> Figures:
    tasks = _tasks_of(twilio, lambda task: task.workspace_sid == workspace_sid)
    return {**_ids(twilio, workspace_sid), **describe_past(tasks, twilio.clock.now())}


@router.get("/Workers/RealTimeStatistics")
async def fetch_workers_now(twilio: Cloud, workspace_sid: str) -> Figures:
    workers = _workers_of(twilio, workspace_sid)
    figures = _activity_figures(twilio, workspace_sid, workers)
    return {**_ids(twilio, workspace_sid), **figures, "total_workers": len(workers)}


@router.get("/TaskQueues/{queue_sid}/RealTimeStatistics")
async def fetch_queue_now(twilio: Cloud, workspace_sid: str, queue_sid: str) -> Figures:
    queue = find(twilio.taskrouter.queues, queue_sid)
    return {
        **_ids(twilio, workspace_sid),
        "task_queue_sid": queue_sid,
        **_describe_queue(twilio, queue),
    }


@router.get("/TaskQueues/{queue_sid}/CumulativeStatistics")
async def fetch_queue_past(twilio: Cloud, workspace_sid: str, queue_sid: str) -> Figures:
    queue = find(twilio.taskrouter.queues, queue_sid)
    tasks = _tasks_of(twilio, lambda task: task.queue is queue)
    figures = describe_past(tasks, twilio.clock.now())
    return {**_ids(twilio, workspace_sid), "task_queue_sid": queue_sid, **figures}


@router.get("/Workflows/{workflow_sid}/RealTimeStatistics")
async def fetch_workflow_now(twilio: Cloud, workspace_sid: str, workflow_sid: str) -> Figures:
    workflow = find(twilio.taskrouter.workflows, workflow_sid)
    tasks = _tasks_of(twilio, lambda task: task.workflow is workflow)
    figures = describe_now(tasks, twilio.clock.now())
    return {**_ids(twilio, workspace_sid), "workflow_sid": workflow_sid, **figures}


def _describe_queue(twilio: Twilio, queue: TaskQueue) -> Figures:
    workers = twilio.taskrouter.eligible_workers(queue)
    return {
        **describe_now(_tasks_of(twilio, lambda task: task.queue is queue), twilio.clock.now()),
        **_activity_figures(twilio, queue.workspace_sid, workers),
        "total_eligible_workers": len(workers),
        "total_available_workers": sum(worker.available for worker in workers),
    }


def _tasks_of(twilio: Twilio, belongs: Callable[[Task], bool]) -> list[Task]:
    return [task for task in twilio.taskrouter.tasks.values() if belongs(task)]


def _workers_of(twilio: Twilio, workspace_sid: str) -> list[Worker]:
    workers = twilio.taskrouter.workers.values()
    return [worker for worker in workers if worker.workspace_sid == workspace_sid]


def _activity_figures(twilio: Twilio, workspace_sid: str, workers: list[Worker]) -> Figures:
    activities = [
        activity
        for activity in twilio.taskrouter.activities.values()
        if activity.workspace_sid == workspace_sid
    ]
    return {"activity_statistics": describe_activities(workers, activities)}


def _ids(twilio: Twilio, workspace_sid: str) -> Figures:
    find(twilio.taskrouter.workspaces, workspace_sid)
    return {"account_sid": twilio.account.sid, "workspace_sid": workspace_sid}


def describe_now(tasks: list[Task], now: datetime) -> dict[str, Any]:
    """The real-time figures of some tasks."""
    live = [task for task in tasks if task.status in OPEN]
    oldest = min(
        (task for task in live if task.status in WAITING),
        key=lambda task: task.date_created,
        default=None,
    )
    statuses = Counter(task.status for task in live)
    return {
        "total_tasks": len(live),
        "tasks_by_status": {status: statuses[status] for status in OPEN},
        "tasks_by_priority": dict(Counter(str(task.priority) for task in live)),
        "longest_task_waiting_age": oldest.age(now) if oldest else 0,
        "longest_task_waiting_sid": oldest.sid if oldest else None,
    }


def describe_activities(
    workers: Iterable[Worker], activities: Iterable[Activity]
) -> list[dict[str, Any]]:
    counts = Counter(worker.activity.sid for worker in workers)
    return [
        {
            "sid": activity.sid,
            "friendly_name": activity.friendly_name,
            "workers": counts[activity.sid],
        }
        for activity in activities
    ]


def describe_past(tasks: list[Task], now: datetime) -> dict[str, Any]:
    """The cumulative figures of some tasks, from the first one on."""
    reservations = Counter(held.status for task in tasks for held in task.reservations)
    accepted = sum(reservations[status] for status in ("accepted", "wrapping", "completed"))
    start = min((task.date_created for task in tasks), default=now)
    return {
        "start_time": to_timestamp(start),
        "end_time": to_timestamp(now),
        "tasks_created": len(tasks),
        "tasks_entered": len(tasks),
        "tasks_completed": sum(task.status == "completed" for task in tasks),
        "tasks_canceled": sum(task.status == "canceled" for task in tasks),
        "reservations_created": sum(reservations.values()),
        "reservations_accepted": accepted,
        "reservations_rejected": reservations["rejected"],
        "reservations_rescinded": reservations["rescinded"],
    }
