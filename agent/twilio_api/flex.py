"""Flex: interactions, which put a conversation before a workflow without Studio.

https://www.twilio.com/docs/flex/developer/conversations/interactions-api
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from agent.twilio_api.answers import read_sid
from agent.twilio_api.http import ClientPool, send


@dataclass(frozen=True)
class Route:
    """A workflow (WW...) of a workspace (WS...)."""

    workspace_sid: str
    workflow_sid: str


@dataclass(frozen=True)
class Interaction:
    """An interaction (KD...), its channel (UO...) and its task (WT...)."""

    sid: str
    channel_sid: str
    task_sid: str


class FlexClient:
    """Flex of one account."""

    def __init__(self, pool: ClientPool, base_url: str) -> None:
        self._client = pool.get(base_url)
        self._url = f"{base_url}/v1"

    async def fetch_workspace_sid(self) -> str:
        """The workspace (WS...) that Flex works in. Raises TwilioApiError when it does not tell."""
        what = "Reading the configuration of Flex"
        response = await send(self._client, "GET", f"{self._url}/Configuration", what)
        return read_sid(response, what, "taskrouter_workspace_sid")

    async def create_interaction(
        self, route: Route, *, channel_type: str, conversation_sid: str, attributes: dict[str, Any]
    ) -> Interaction:
        """Ask a human into a Conversations (Classic) conversation (CH...).

        Flex has then only accepted it: see `fetch_channel_status`. Raises TwilioApiError when Flex
        refuses, or does not answer (status None).
        """
        channel = {
            "type": channel_type,
            "initiated_by": "customer",
            "properties": {"media_channel_sid": conversation_sid},
        }
        properties = {
            "workspace_sid": route.workspace_sid,
            "workflow_sid": route.workflow_sid,
            "task_channel_unique_name": "chat",
            "attributes": attributes,
        }
        form = {
            "Channel": json.dumps(channel),
            "Routing": json.dumps({"properties": properties}, ensure_ascii=False),
        }
        what = f"An interaction for {conversation_sid}"
        response = await send(self._client, "POST", f"{self._url}/Interactions", what, data=form)
        return Interaction(
            sid=read_sid(response, what, "sid"),
            channel_sid=read_sid(response, what, "channel", "sid"),
            task_sid=read_sid(response, what, "routing", "properties", "sid"),
        )

    async def fetch_channel_status(self, interaction: Interaction) -> str:
        """`setup`, then `active` or `failed`. Raises TwilioApiError when Flex does not tell."""
        what = f"Reading the channel of interaction {interaction.sid}"
        response = await send(self._client, "GET", self._channel_url(interaction), what)
        return read_sid(response, what, "status")

    async def park(self, interaction: Interaction) -> None:
        """Leave the conversation open for others, with nobody invited.

        Raises TwilioApiError when Flex refuses.
        """
        form = {"Status": "inactive", "Routing": json.dumps({"status": "closed"})}
        what = f"Parking interaction {interaction.sid}"
        await send(self._client, "POST", self._channel_url(interaction), what, data=form)

    def _channel_url(self, interaction: Interaction) -> str:
        return f"{self._url}/Interactions/{interaction.sid}/Channels/{interaction.channel_sid}"
