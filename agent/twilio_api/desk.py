"""The tasks of handoffs that wait for a human, and the interactions behind them.

https://www.twilio.com/docs/taskrouter/api/task ,
https://www.twilio.com/docs/flex/developer/conversations/interactions-api
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from agent.twilio_api.http import ClientPool, send


@dataclass(frozen=True)
class WaitingTask:
    """A task (WT...), its assignment status, and its interaction (KD...) with the channel (UO...):
    both empty for a call's."""

    sid: str
    status: str
    interaction_sid: str
    channel_sid: str


class DeskClient:
    """Tasks in the workspace that Flex works in."""

    def __init__(self, pool: ClientPool, *, taskrouter_url: str, flex_url: str) -> None:
        self._pool = pool
        self._taskrouter_url = taskrouter_url
        self._flex_url = flex_url
        self._workspace_sid = ""

    async def list_tasks(self, handoff_id: str) -> list[WaitingTask]:
        """The tasks that carry this handoff, but for those canceled.

        Raises TwilioApiError when TaskRouter does not tell.
        """
        query = {"EvaluateTaskAttributes": f'handoffId == "{handoff_id}"', "PageSize": "50"}
        body = await self._ask_taskrouter("GET", "", params=query)
        found = [_read_task(task) for task in body["tasks"]]
        return [task for task in found if task.status != "canceled"]

    async def fetch_task(self, task_sid: str) -> WaitingTask:
        """Raises TwilioApiError when TaskRouter does not tell."""
        return _read_task(await self._ask_taskrouter("GET", f"/{task_sid}"))

    async def cancel_task(self, task: WaitingTask, reason: str) -> None:
        """Raises TwilioApiError when TaskRouter refuses, as it does once a human has accepted."""
        form = {"AssignmentStatus": "canceled", "Reason": reason}
        await self._ask_taskrouter("POST", f"/{task.sid}", data=form)

    async def park(self, task: WaitingTask) -> None:
        """Leave the conversation open for others, with nobody invited; not needed for calls.

        Raises TwilioApiError when Flex refuses.
        """
        if not task.interaction_sid:
            return
        path = f"/v1/Interactions/{task.interaction_sid}/Channels/{task.channel_sid}"
        form = {"Status": "inactive", "Routing": json.dumps({"status": "closed"})}
        what = f"Parking interaction {task.interaction_sid}"
        await send(self._flex, "POST", f"{self._flex_url}{path}", what, data=form)

    async def _ask_taskrouter(self, method: str, path: str, **content: Any) -> dict[str, Any]:
        url = f"{self._taskrouter_url}/v1/Workspaces/{await self._find_workspace()}/Tasks{path}"
        client = self._pool.get(self._taskrouter_url)
        response = await send(client, method, url, f"{method} of the handoff's task", **content)
        body: dict[str, Any] = response.json()
        return body

    async def _find_workspace(self) -> str:
        """Flex says which one is its own."""
        if not self._workspace_sid:
            url = f"{self._flex_url}/v1/Configuration"
            response = await send(self._flex, "GET", url, "Reading the configuration of Flex")
            self._workspace_sid = str(response.json()["taskrouter_workspace_sid"])
        return self._workspace_sid

    @property
    def _flex(self) -> Any:
        return self._pool.get(self._flex_url)


def _read_task(task: dict[str, Any]) -> WaitingTask:
    attributes = json.loads(task["attributes"])
    return WaitingTask(
        sid=task["sid"],
        status=task["assignment_status"],
        interaction_sid=str(attributes.get("flexInteractionSid", "")),
        channel_sid=str(attributes.get("flexInteractionChannelSid", "")),
    )
