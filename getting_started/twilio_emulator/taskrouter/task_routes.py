"""HTTP of tasks and their reservations: https://www.twilio.com/docs/taskrouter/api/task"""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from getting_started.twilio_emulator.errors import bad_request
from getting_started.twilio_emulator.forms import Fields, to_page
from getting_started.twilio_emulator.taskrouter.directory import find
from getting_started.twilio_emulator.taskrouter.expressions import evaluate
from getting_started.twilio_emulator.taskrouter.models import Task
from getting_started.twilio_emulator.taskrouter.store import find_reservation
from getting_started.twilio_emulator.taskrouter.wire import (
    Body,
    read_integer,
    read_object,
    to_body,
    to_list,
)
from getting_started.twilio_emulator.twilio import Cloud, Twilio

router = APIRouter()


def to_task_body(twilio: Twilio, task: Task) -> Body:
    body = to_body(twilio, task, f"/{task.workspace_sid}/Tasks/{task.sid}")
    return body | {"age": task.age(twilio.clock.now())}


@router.post("/{workspace_sid}/Tasks", status_code=201)
async def create_task(twilio: Cloud, workspace_sid: str, form: Fields) -> Body:
    find(twilio.taskrouter.workspaces, workspace_sid)
    task = await twilio.taskrouter.create_task(
        workflow_sid=form.get_or_raise("WorkflowSid"),
        task_channel=form.get("TaskChannel") or "default",
        attributes=read_object(form.get("Attributes"), "Attributes"),
        priority=read_integer(form, "Priority", 0),
        timeout=read_integer(form, "Timeout", 86_400),
    )
    return to_task_body(twilio, task)


@router.get("/{workspace_sid}/Tasks")
async def list_tasks(request: Request, twilio: Cloud, workspace_sid: str) -> Body:
    statuses = set(request.query_params.getlist("AssignmentStatus"))
    expression = request.query_params.get("EvaluateTaskAttributes")
    find(twilio.taskrouter.workspaces, workspace_sid)
    tasks = [
        task
        for task in twilio.taskrouter.tasks.values()
        if task.workspace_sid == workspace_sid
        and (not statuses or task.status in statuses)
        and (not expression or evaluate(expression, task.attributes))
    ]
    return to_page(request, "tasks", [to_task_body(twilio, task) for task in tasks])


@router.get("/{workspace_sid}/Tasks/{task_sid}")
async def fetch_task(twilio: Cloud, workspace_sid: str, task_sid: str) -> Body:
    del workspace_sid
    return to_task_body(twilio, find(twilio.taskrouter.tasks, task_sid))


@router.post("/{workspace_sid}/Tasks/{task_sid}")
async def update_task(twilio: Cloud, workspace_sid: str, task_sid: str, form: Fields) -> Body:
    del workspace_sid
    task = find(twilio.taskrouter.tasks, task_sid)
    if (text := form.get("Attributes")) is not None:
        task.attributes = read_object(text, "Attributes")
    task.priority = read_integer(form, "Priority", task.priority)
    if status := form.get("AssignmentStatus"):
        await _move(twilio, task, status, form.get("Reason") or "")
    return to_task_body(twilio, task)


async def _move(twilio: Twilio, task: Task, status: str, reason: str) -> None:
    moves = {
        "wrapping": twilio.taskrouter.wrap_up,
        "completed": twilio.taskrouter.complete,
        "canceled": twilio.taskrouter.cancel,
    }
    if status not in moves:
        raise bad_request(f"Invalid AssignmentStatus {status}")
    await moves[status](task.sid, reason)


@router.delete("/{workspace_sid}/Tasks/{task_sid}", status_code=204)
async def delete_task(twilio: Cloud, workspace_sid: str, task_sid: str) -> Response:
    del workspace_sid
    task = find(twilio.taskrouter.tasks, task_sid)
    if task.status in {"pending", "reserved"}:
        await twilio.taskrouter.cancel(task_sid, "deleted")
    del twilio.taskrouter.tasks[task_sid]
    return Response(status_code=204)


@router.get("/{workspace_sid}/Tasks/{task_sid}/Reservations")
async def list_reservations(
    request: Request, twilio: Cloud, workspace_sid: str, task_sid: str
) -> Body:
    held = find(twilio.taskrouter.tasks, task_sid).reservations
    path = f"/Tasks/{task_sid}/Reservations"
    return to_list(request, "reservations", path, held, workspace_sid)


@router.post("/{workspace_sid}/Tasks/{task_sid}/Reservations/{reservation_sid}")
async def update_reservation(
    twilio: Cloud, workspace_sid: str, task_sid: str, reservation_sid: str, form: Fields
) -> Body:
    reservation = find_reservation(find(twilio.taskrouter.tasks, task_sid), reservation_sid)
    match form.get("ReservationStatus"):
        case "accepted":
            await twilio.taskrouter.accept(task_sid, reservation.worker.sid)
        case "rejected":
            await twilio.taskrouter.reject(task_sid, reservation_sid)
        case "completed":
            await twilio.taskrouter.complete(task_sid)
        case status:
            raise bad_request(f"Invalid ReservationStatus {status}")
    path = f"/{workspace_sid}/Tasks/{task_sid}/Reservations/{reservation_sid}"
    return to_body(twilio, reservation, path)
