"""Flex: putting a conversation before a workflow, without Studio.

https://www.twilio.com/docs/flex/developer/conversations/interactions-api
"""

from __future__ import annotations

import json
from typing import Any

from agent.twilio_api.desk import WaitingTask
from agent.twilio_api.http import ClientPool, read_sid, send


class FlexClient:
    """Interactions that one workflow of one workspace routes."""

    def __init__(
        self, pool: ClientPool, base_url: str, *, workspace_sid: str, workflow_sid: str
    ) -> None:
        self._pool = pool
        self._base_url = base_url
        self.route = {"workflow_sid": workflow_sid, "workspace_sid": workspace_sid}

    async def create_interaction(
        self, *, channel_type: str, conversation_sid: str, attributes: dict[str, Any]
    ) -> WaitingTask:
        """Ask a human into a Conversations (Classic) conversation (CH...); the task that waits.

        Flex has then only accepted it: see `fetch_channel_status`. Raises TwilioApiError when Flex
        refuses, or does not answer (status None).
        """
        channel = {
            "type": channel_type,
            "initiated_by": "customer",
            "properties": {"media_channel_sid": conversation_sid},
        }
        properties = {**self.route, "task_channel_unique_name": "chat", "attributes": attributes}
        form = {
            "Channel": json.dumps(channel),
            "Routing": json.dumps({"properties": properties}, ensure_ascii=False),
        }
        url = f"{self._base_url}/v1/Interactions"
        what = f"An interaction for {conversation_sid}"
        response = await send(self._pool.get(self._base_url), "POST", url, what, data=form)
        return WaitingTask(
            sid=read_sid(response, what, "routing", "properties", "sid"),
            status="pending",
            interaction_sid=read_sid(response, what, "sid"),
            channel_sid=read_sid(response, what, "channel", "sid"),
        )

    async def fetch_channel_status(self, task: WaitingTask) -> str:
        """`setup`, then `active` or `failed`, of the channel behind the task.

        Raises TwilioApiError when Flex does not tell.
        """
        url = f"{self._base_url}/v1/Interactions/{task.interaction_sid}/Channels/{task.channel_sid}"
        what = f"Reading the channel of interaction {task.interaction_sid}"
        response = await send(self._pool.get(self._base_url), "GET", url, what)
        return str(response.json()["status"])
