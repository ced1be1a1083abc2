"""TaskRouter: tasks of one workspace, and how busy it is.

https://www.twilio.com/docs/taskrouter/api/task ,
https://www.twilio.com/docs/taskrouter/api/workspace-statistics ,
https://www.twilio.com/docs/taskrouter/api/taskqueue-statistics
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import httpx

from agent.errors import TwilioApiError
from agent.twilio_api.answers import read_sid, reading
from agent.twilio_api.flex import FlexClient, Interaction
from agent.twilio_api.http import ClientPool, send

NOT_FOUND = 404
_CANCELED = "canceled"
_OPEN = {"pending", "reserved", "assigned"}


@dataclass(frozen=True)
class Task:
    """A task (WT...), its assignment status and its attributes."""

    sid: str
    status: str
    attributes: dict[str, Any]

    @property
    def is_open(self) -> bool:
        """Whether it is queued, on offer or with a human."""
        return self.status in _OPEN

    @property
    def interaction(self) -> Interaction | None:
        """That of Flex behind it; a call has none."""
        sid, channel_sid = (
            str(self.attributes.get(f"flexInteraction{name}", "")) for name in ("Sid", "ChannelSid")
        )
        return Interaction(sid, channel_sid, self.sid) if sid else None


@dataclass(frozen=True)
class Load:
    """How many workers are in an activity that takes tasks, and how many tasks nobody has taken: of
    the workspace, or of one queue."""

    available_workers: int
    waiting_tasks: int


class TaskRouterClient:
    """One workspace (WS...), or the one that Flex says is its own.

    Every method raises TwilioApiError when TaskRouter refuses, or does not answer (status None).
    """

    def __init__(self, pool: ClientPool, base_url: str, workspace: str | FlexClient) -> None:
        self._client = pool.get(base_url)
        self._base_url = base_url
        self._workspace = workspace
        self._is_available: dict[str, bool] = {}

    async def create_task(self, workflow_sid: str, attributes: dict[str, Any]) -> str:
        """A task in a workflow: its WT... SID."""
        form = {"WorkflowSid": workflow_sid, "Attributes": json.dumps(attributes)}
        what = f"A task in workflow {workflow_sid}"
        return read_sid(await self._send("POST", "/Tasks", what, data=form), what, "sid")

    async def list_tasks(
        self, attribute: str, value: str, *, with_canceled: bool = False
    ) -> list[Task]:
        """Those with this attribute; a new one shows after a moment."""
        query = {"EvaluateTaskAttributes": f'{attribute} == "{value}"', "PageSize": "50"}
        what = f"Looking for the tasks with {attribute} {value}"
        response = await self._send("GET", "/Tasks", what, params=query)
        with reading(what):
            found = [_read_task(task) for task in response.json()["tasks"]]
        return [task for task in found if with_canceled or task.status != _CANCELED]

    async def fetch_task(self, task_sid: str) -> Task:
        """Its error has status 404 some time after the task's end."""
        what = f"Reading task {task_sid}"
        response = await self._send("GET", f"/Tasks/{task_sid}", what)
        with reading(what):
            return _read_task(response.json())

    async def is_open(self, task_sid: str) -> bool:
        """Whether a task is queued, on offer or with a human; not once it is forgotten."""
        try:
            return (await self.fetch_task(task_sid)).is_open
        except TwilioApiError as error:
            if error.status == NOT_FOUND:
                return False
            raise

    async def cancel_task(self, task_sid: str, reason: str) -> None:
        """TaskRouter refuses once a human has accepted."""
        form = {"AssignmentStatus": _CANCELED, "Reason": reason}
        await self._send("POST", f"/Tasks/{task_sid}", f"Canceling task {task_sid}", data=form)

    async def fetch_load(self, queue_sid: str | None = None) -> Load:
        """That of a queue (WQ...) and the workers eligible for it, else of the whole workspace."""
        queue = f"/TaskQueues/{queue_sid}" if queue_sid else ""
        what = f"Reading the statistics of {queue_sid or 'the workspace'}"
        response = await self._send("GET", f"{queue}/RealTimeStatistics", what)
        with reading(what):
            figures = response.json()
            tasks = figures["tasks_by_status"]
            waiting = sum(int(tasks.get(status, 0)) for status in ("pending", "reserved"))
            available = await self._count_available(figures)
        return Load(available_workers=available, waiting_tasks=waiting)

    async def _count_available(self, figures: dict[str, Any]) -> int:
        """A queue's figures say it; a workspace's only how many workers each activity has."""
        if "task_queue_sid" in figures:
            return int(figures["total_available_workers"])
        counts = {one["sid"]: int(one["workers"]) for one in figures["activity_statistics"]}
        if not counts.keys() <= self._is_available.keys():
            await self._learn_activities()
        return sum(count for sid, count in counts.items() if self._is_available.get(sid))

    async def _learn_activities(self) -> None:
        """Which activities take tasks: the statistics name them only."""
        what, query = "Reading the workspace's activities", {"PageSize": "100"}
        response = await self._send("GET", "/Activities", what, params=query)
        activities = response.json()["activities"]
        self._is_available = {one["sid"]: bool(one["available"]) for one in activities}

    async def _send(self, method: str, path: str, what: str, **content: Any) -> httpx.Response:
        if isinstance(self._workspace, FlexClient):
            self._workspace = await self._workspace.fetch_workspace_sid()
        url = f"{self._base_url}/v1/Workspaces/{self._workspace}{path}"
        return await send(self._client, method, url, what, **content)


def _read_task(task: dict[str, Any]) -> Task:
    return Task(task["sid"], task["assignment_status"], json.loads(task["attributes"]))
