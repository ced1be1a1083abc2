"""TaskRouter: tasks of our own, those that carry a handoff, and how busy the desk is.

https://www.twilio.com/docs/taskrouter/api/task ,
https://www.twilio.com/docs/taskrouter/api/workspace-statistics
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from agent.errors import TwilioApiError
from agent.twilio_api.http import ClientPool, read_sid, send

NOT_FOUND = 404
_OPEN = {"pending", "reserved", "assigned"}


@dataclass(frozen=True)
class Load:
    """How many workers are in an activity that takes tasks, and how many tasks nobody has taken."""

    available_workers: int
    waiting_tasks: int


class TaskRouterClient:
    """One workspace."""

    def __init__(self, pool: ClientPool, base_url: str, workspace_sid: str) -> None:
        self._client = pool.get(base_url)
        self._url = f"{base_url}/v1/Workspaces/{workspace_sid}"
        self._is_available: dict[str, bool] = {}

    async def create_task(self, workflow_sid: str, attributes: dict[str, Any]) -> str:
        """A task in a workflow: its WT... SID.

        Raises TwilioApiError when TaskRouter refuses, or does not answer (status None).
        """
        form = {"WorkflowSid": workflow_sid, "Attributes": json.dumps(attributes)}
        url, what = f"{self._url}/Tasks", f"A task in workflow {workflow_sid}"
        response = await send(self._client, "POST", url, what, data=form)
        return read_sid(response, what, "sid")

    async def find_task(
        self, handoff_id: str, is_meant: Callable[[dict[str, Any]], bool]
    ) -> str | None:
        """The task (WT...) that carries this handoff and was not canceled, if there is one whose
        attributes are those that `is_meant`. Raises TwilioApiError when TaskRouter does not tell.
        """
        query = {"EvaluateTaskAttributes": f'handoffId == "{handoff_id}"', "PageSize": "50"}
        url, what = f"{self._url}/Tasks", f"Looking for the task of handoff {handoff_id}"
        response = await send(self._client, "GET", url, what, params=query)
        for task in response.json()["tasks"]:
            if task["assignment_status"] != "canceled" and is_meant(json.loads(task["attributes"])):
                return str(task["sid"])
        return None

    async def is_waiting_or_served(self, task_sid: str) -> bool:
        """Whether a task is queued, on offer or with a human. Raises TwilioApiError."""
        what = f"Reading task {task_sid}"
        try:
            response = await send(self._client, "GET", f"{self._url}/Tasks/{task_sid}", what)
        except TwilioApiError as error:
            if error.status == NOT_FOUND:  # tasks are forgotten some time after their end
                return False
            raise
        return response.json()["assignment_status"] in _OPEN

    async def has_task_of(self, conversation_sid: str) -> bool:
        """Whether a task of a Conversations (Classic) conversation (CH...) is queued, on offer or
        with a human; a new one shows after a moment. Raises TwilioApiError.
        """
        query = {
            "EvaluateTaskAttributes": f'conversationSid == "{conversation_sid}"',
            "PageSize": "50",
        }
        url, what = f"{self._url}/Tasks", f"Looking for the task of {conversation_sid}"
        response = await send(self._client, "GET", url, what, params=query)
        return any(task["assignment_status"] in _OPEN for task in response.json()["tasks"])

    async def fetch_load(self) -> Load:
        """Raises TwilioApiError when TaskRouter does not tell."""
        what = "Reading the workspace's statistics"
        response = await send(self._client, "GET", f"{self._url}/RealTimeStatistics", what)
        try:
            figures = response.json()
            counts = {one["sid"]: int(one["workers"]) for one in figures["activity_statistics"]}
            tasks = figures["tasks_by_status"]
            waiting = sum(int(tasks.get(status, 0)) for status in ("pending", "reserved"))
            if not counts.keys() <= self._is_available.keys():
                await self._learn_activities()
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise TwilioApiError(f"{what}: they cannot be read: {error!r}") from None
        available = sum(count for sid, count in counts.items() if self._is_available.get(sid))
        return Load(available_workers=available, waiting_tasks=waiting)

    async def _learn_activities(self) -> None:
        """Which activities take tasks: the statistics name them only."""
        what = "Reading the workspace's activities"
        query = {"PageSize": "100"}
        response = await send(self._client, "GET", f"{self._url}/Activities", what, params=query)
        activities = response.json()["activities"]
        self._is_available = {one["sid"]: bool(one["available"]) for one in activities}
