"""What a workspace consists of besides tasks: queues, workflows, workers and so on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from getting_started.twilio_emulator.errors import bad_request, not_found
from getting_started.twilio_emulator.taskrouter import routing
from getting_started.twilio_emulator.taskrouter.expressions import evaluate
from getting_started.twilio_emulator.taskrouter.models import (
    Activity,
    Resource,
    TaskChannel,
    TaskQueue,
    Worker,
    Workflow,
    Workspace,
)

if TYPE_CHECKING:
    from getting_started.twilio_emulator.twilio import Twilio

AnyResource = TypeVar("AnyResource", bound=Resource)
ACTIVITIES = {"Offline": False, "Available": True, "Unavailable": False}
TASK_CHANNELS = ("default", "voice", "chat", "sms", "video", "email")


class Directory:
    """Resources by SID."""

    def __init__(self, twilio: Twilio) -> None:
        self.twilio = twilio
        self.workspaces: dict[str, Workspace] = {}
        self.activities: dict[str, Activity] = {}
        self.task_channels: dict[str, TaskChannel] = {}
        self.queues: dict[str, TaskQueue] = {}
        self.workflows: dict[str, Workflow] = {}
        self.workers: dict[str, Worker] = {}

    def create_workspace(
        self, friendly_name: str, *, event_callback_url: str = "", events_filter: str = ""
    ) -> Workspace:
        """A workspace with the activities and task channels that Twilio puts into a new one."""
        sid = self.twilio.sids.sid("WS")
        workspace = Workspace(
            **self.new("WS", sid, friendly_name) | {"sid": sid},
            event_callback_url=event_callback_url,
            events_filter=events_filter,
        )
        self.workspaces[sid] = workspace
        for name, available in ACTIVITIES.items():
            activity = Activity(**self.new("WA", sid, name), available=available)
            self.activities[activity.sid] = activity
        for name in TASK_CHANNELS:
            self.create_task_channel(sid, name.capitalize(), name)
        return workspace

    def create_task_channel(
        self, workspace_sid: str, friendly_name: str, unique_name: str
    ) -> TaskChannel:
        channel = TaskChannel(
            **self.new("TC", workspace_sid, friendly_name), unique_name=unique_name
        )
        self.task_channels[channel.sid] = channel
        return channel

    def create_queue(
        self, workspace_sid: str, friendly_name: str, *, target_workers: str = "1==1"
    ) -> TaskQueue:
        routing.check_expression(target_workers)
        queue = TaskQueue(
            **self.new("WQ", workspace_sid, friendly_name), target_workers=target_workers
        )
        self.queues[queue.sid] = queue
        return queue

    def create_workflow(
        self,
        workspace_sid: str,
        friendly_name: str,
        configuration: dict[str, Any],
        *,
        assignment_callback_url: str = "",
        task_reservation_timeout: int = 120,
    ) -> Workflow:
        routing.check_configuration(configuration, self.queues)
        workflow = Workflow(
            **self.new("WW", workspace_sid, friendly_name),
            configuration=configuration,
            assignment_callback_url=assignment_callback_url,
            task_reservation_timeout=task_reservation_timeout,
        )
        self.workflows[workflow.sid] = workflow
        return workflow

    def eligible_workers(self, queue: TaskQueue) -> list[Worker]:
        return [
            worker
            for worker in self.workers.values()
            if worker.workspace_sid == queue.workspace_sid
            and evaluate(queue.target_workers, worker.attributes)
        ]

    def find_task_channel(self, workspace_sid: str, name_or_sid: str) -> TaskChannel:
        """By SID or unique name; `default` when empty. Raises TwilioError when there is none."""
        for channel in self.task_channels.values():
            if channel.workspace_sid == workspace_sid and (name_or_sid or "default") in {
                channel.sid,
                channel.unique_name,
            }:
                return channel
        raise bad_request(f"TaskChannel {name_or_sid} not found")

    def find_workflow(self, sid: str) -> Workflow:
        """Raises TwilioError 400 when there is none, as creating a task does."""
        if sid not in self.workflows:
            raise bad_request(f"Workflow {sid or '(none)'} not found")
        return self.workflows[sid]

    def find_activity(
        self, workspace_sid: str, *, name: str | None = None, available: bool = False
    ) -> Activity:
        wanted = name or ("Available" if available else "Offline")
        return next(
            activity
            for activity in self.activities.values()
            if activity.workspace_sid == workspace_sid and activity.friendly_name == wanted
        )

    def new(self, prefix: str, workspace_sid: str, friendly_name: str) -> dict[str, Any]:
        """The fields that every new resource starts with."""
        now = self.twilio.clock.now()
        return {
            "sid": self.twilio.sids.sid(prefix),
            "workspace_sid": workspace_sid,
            "friendly_name": friendly_name,
            "date_created": now,
            "date_updated": now,
        }


def find(resources: Mapping[str, AnyResource], sid: str) -> AnyResource:
    """The resource with this SID, or TwilioError 404."""
    if sid not in resources:
        raise not_found(sid)
    return resources[sid]
