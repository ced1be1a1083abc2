"""HTTP of TaskRouter: https://www.twilio.com/docs/taskrouter/api"""

from __future__ import annotations

from fastapi import APIRouter, Request

from getting_started.twilio_emulator.errors import TwilioError, not_found
from getting_started.twilio_emulator.forms import Fields, to_page
from getting_started.twilio_emulator.taskrouter import routing
from getting_started.twilio_emulator.taskrouter.directory import find
from getting_started.twilio_emulator.taskrouter.statistics import router as statistics
from getting_started.twilio_emulator.taskrouter.task_routes import router as tasks
from getting_started.twilio_emulator.taskrouter.wire import (
    Body,
    read_integer,
    read_object,
    to_body,
    to_list,
)
from getting_started.twilio_emulator.twilio import Cloud

router = APIRouter(prefix="/v1/Workspaces")
router.include_router(statistics)
router.include_router(tasks)


# Workspaces


@router.post("", status_code=201)
async def create_workspace(twilio: Cloud, form: Fields) -> Body:
    workspace = twilio.taskrouter.create_workspace(
        form.get_or_raise("FriendlyName"),
        event_callback_url=form.get("EventCallbackUrl") or "",
        events_filter=form.get("EventsFilter") or "",
    )
    return to_body(twilio, workspace, f"/{workspace.sid}")


@router.get("")
async def list_workspaces(request: Request, twilio: Cloud) -> Body:
    name = request.query_params.get("FriendlyName")
    bodies = [
        to_body(twilio, workspace, f"/{workspace.sid}")
        for workspace in twilio.taskrouter.workspaces.values()
        if name in {None, workspace.friendly_name}
    ]
    return to_page(request, "workspaces", bodies)


@router.get("/{workspace_sid}")
async def fetch_workspace(twilio: Cloud, workspace_sid: str) -> Body:
    return to_body(twilio, find(twilio.taskrouter.workspaces, workspace_sid), f"/{workspace_sid}")


@router.post("/{workspace_sid}")
async def update_workspace(twilio: Cloud, workspace_sid: str, form: Fields) -> Body:
    workspace = find(twilio.taskrouter.workspaces, workspace_sid)
    workspace.friendly_name = form.get("FriendlyName") or workspace.friendly_name
    if (url := form.get("EventCallbackUrl")) is not None:
        workspace.event_callback_url = url
    if (events := form.get("EventsFilter")) is not None:
        workspace.events_filter = events
    return to_body(twilio, workspace, f"/{workspace_sid}")


# Activities and task channels


@router.get("/{workspace_sid}/Activities")
async def list_activities(request: Request, twilio: Cloud, workspace_sid: str) -> Body:
    activities = twilio.taskrouter.activities.values()
    return to_list(request, "activities", "/Activities", activities, workspace_sid)


@router.post("/{workspace_sid}/TaskChannels", status_code=201)
async def create_task_channel(twilio: Cloud, workspace_sid: str, form: Fields) -> Body:
    find(twilio.taskrouter.workspaces, workspace_sid)
    channel = twilio.taskrouter.create_task_channel(
        workspace_sid, form.get_or_raise("FriendlyName"), form.get_or_raise("UniqueName")
    )
    return to_body(twilio, channel, f"/{workspace_sid}/TaskChannels/{channel.sid}")


@router.get("/{workspace_sid}/TaskChannels")
async def list_task_channels(request: Request, twilio: Cloud, workspace_sid: str) -> Body:
    channels = twilio.taskrouter.task_channels.values()
    return to_list(request, "channels", "/TaskChannels", channels, workspace_sid)


@router.get("/{workspace_sid}/TaskChannels/{name_or_sid}")
async def fetch_task_channel(twilio: Cloud, workspace_sid: str, name_or_sid: str) -> Body:
    try:
        channel = twilio.taskrouter.find_task_channel(workspace_sid, name_or_sid)
    except TwilioError:
        raise not_found(name_or_sid) from None
    return to_body(twilio, channel, f"/{workspace_sid}/TaskChannels/{channel.sid}")


# Queues and workflows


@router.post("/{workspace_sid}/TaskQueues", status_code=201)
async def create_queue(twilio: Cloud, workspace_sid: str, form: Fields) -> Body:
    find(twilio.taskrouter.workspaces, workspace_sid)
    queue = twilio.taskrouter.create_queue(
        workspace_sid,
        form.get_or_raise("FriendlyName"),
        target_workers=form.get("TargetWorkers") or "1==1",
    )
    return to_body(twilio, queue, f"/{workspace_sid}/TaskQueues/{queue.sid}")


@router.get("/{workspace_sid}/TaskQueues")
async def list_queues(request: Request, twilio: Cloud, workspace_sid: str) -> Body:
    queues = twilio.taskrouter.queues.values()
    return to_list(request, "task_queues", "/TaskQueues", queues, workspace_sid)


@router.get("/{workspace_sid}/TaskQueues/{queue_sid}")
async def fetch_queue(twilio: Cloud, workspace_sid: str, queue_sid: str) -> Body:
    queue = find(twilio.taskrouter.queues, queue_sid)
    return to_body(twilio, queue, f"/{workspace_sid}/TaskQueues/{queue_sid}")


@router.post("/{workspace_sid}/TaskQueues/{queue_sid}")
async def update_queue(twilio: Cloud, workspace_sid: str, queue_sid: str, form: Fields) -> Body:
    queue = find(twilio.taskrouter.queues, queue_sid)
    queue.friendly_name = form.get("FriendlyName") or queue.friendly_name
    if expression := form.get("TargetWorkers"):
        routing.check_expression(expression)
        queue.target_workers = expression
    return to_body(twilio, queue, f"/{workspace_sid}/TaskQueues/{queue_sid}")


@router.post("/{workspace_sid}/Workflows", status_code=201)
async def create_workflow(twilio: Cloud, workspace_sid: str, form: Fields) -> Body:
    find(twilio.taskrouter.workspaces, workspace_sid)
    workflow = twilio.taskrouter.create_workflow(
        workspace_sid,
        form.get_or_raise("FriendlyName"),
        read_object(form.get_or_raise("Configuration"), "Configuration"),
        assignment_callback_url=form.get("AssignmentCallbackUrl") or "",
        task_reservation_timeout=read_integer(form, "TaskReservationTimeout", 120),
    )
    return to_body(twilio, workflow, f"/{workspace_sid}/Workflows/{workflow.sid}")


@router.get("/{workspace_sid}/Workflows")
async def list_workflows(request: Request, twilio: Cloud, workspace_sid: str) -> Body:
    workflows = twilio.taskrouter.workflows.values()
    return to_list(request, "workflows", "/Workflows", workflows, workspace_sid)


@router.get("/{workspace_sid}/Workflows/{workflow_sid}")
async def fetch_workflow(twilio: Cloud, workspace_sid: str, workflow_sid: str) -> Body:
    workflow = find(twilio.taskrouter.workflows, workflow_sid)
    return to_body(twilio, workflow, f"/{workspace_sid}/Workflows/{workflow_sid}")


@router.post("/{workspace_sid}/Workflows/{workflow_sid}")
async def update_workflow(
    twilio: Cloud, workspace_sid: str, workflow_sid: str, form: Fields
) -> Body:
    workflow = find(twilio.taskrouter.workflows, workflow_sid)
    workflow.friendly_name = form.get("FriendlyName") or workflow.friendly_name
    if text := form.get("Configuration"):
        configuration = read_object(text, "Configuration")
        routing.check_configuration(configuration, twilio.taskrouter.queues)
        workflow.configuration = configuration
    return to_body(twilio, workflow, f"/{workspace_sid}/Workflows/{workflow_sid}")


# Workers


@router.post("/{workspace_sid}/Workers", status_code=201)
async def create_worker(twilio: Cloud, workspace_sid: str, form: Fields) -> Body:
    find(twilio.taskrouter.workspaces, workspace_sid)
    worker = twilio.taskrouter.create_worker(
        workspace_sid,
        form.get_or_raise("FriendlyName"),
        attributes=read_object(form.get("Attributes"), "Attributes"),
    )
    if activity_sid := form.get("ActivitySid"):
        activity = find(twilio.taskrouter.activities, activity_sid)
        twilio.taskrouter.set_activity(worker, activity)
    return to_body(twilio, worker, f"/{workspace_sid}/Workers/{worker.sid}")


@router.get("/{workspace_sid}/Workers")
async def list_workers(request: Request, twilio: Cloud, workspace_sid: str) -> Body:
    available = request.query_params.get("Available")
    workers = [
        worker
        for worker in twilio.taskrouter.workers.values()
        if available is None or worker.available == (available in {"1", "true"})
    ]
    return to_list(request, "workers", "/Workers", workers, workspace_sid)


@router.get("/{workspace_sid}/Workers/{worker_sid}")
async def fetch_worker(twilio: Cloud, workspace_sid: str, worker_sid: str) -> Body:
    worker = find(twilio.taskrouter.workers, worker_sid)
    return to_body(twilio, worker, f"/{workspace_sid}/Workers/{worker_sid}")


@router.post("/{workspace_sid}/Workers/{worker_sid}")
async def update_worker(twilio: Cloud, workspace_sid: str, worker_sid: str, form: Fields) -> Body:
    worker = find(twilio.taskrouter.workers, worker_sid)
    worker.friendly_name = form.get("FriendlyName") or worker.friendly_name
    if text := form.get("Attributes"):
        worker.attributes = read_object(text, "Attributes")
    if activity_sid := form.get("ActivitySid"):
        activity = find(twilio.taskrouter.activities, activity_sid)
        twilio.taskrouter.set_activity(worker, activity)
    return to_body(twilio, worker, f"/{workspace_sid}/Workers/{worker_sid}")


@router.post("/{workspace_sid}/Workers/{worker_sid}/Channels/{channel}")
async def update_worker_channel(
    twilio: Cloud, workspace_sid: str, worker_sid: str, channel: str, form: Fields
) -> Body:
    worker = find(twilio.taskrouter.workers, worker_sid)
    task_channel = twilio.taskrouter.find_task_channel(workspace_sid, channel)
    name = task_channel.unique_name
    worker.capacities[name] = read_integer(
        form, "Capacity", routing.capacity_of(worker, task_channel.unique_name)
    )
    twilio.taskrouter.offer_waiting()
    return {
        "sid": task_channel.sid,
        "worker_sid": worker_sid,
        "workspace_sid": workspace_sid,
        "task_channel_sid": task_channel.sid,
        "task_channel_unique_name": name,
        "configured_capacity": worker.capacities[name],
        "available": worker.available,
    }
