"""TaskRouter: tasks of our own, and those that carry a handoff.

https://www.twilio.com/docs/taskrouter/api/task
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from agent.twilio_api.http import ClientPool, read_sid, send


class TaskRouterClient:
    """One workspace."""

    def __init__(self, pool: ClientPool, base_url: str, workspace_sid: str) -> None:
        self._client = pool.get(base_url)
        self._url = f"{base_url}/v1/Workspaces/{workspace_sid}"

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
