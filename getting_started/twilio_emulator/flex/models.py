"""Interactions: what Flex knows of one contact, and how it looks on the wire.

https://www.twilio.com/docs/flex/developer/conversations/interactions-api
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from getting_started.twilio_emulator.taskrouter.models import Task, Worker

ChannelStatus = Literal["setup", "active", "failed", "closed", "inactive"]


@dataclass(kw_only=True)
class Invite:
    """A task that asks an agent into the channel (KG...)."""

    sid: str
    task: Task

    def to_json(self, url: str) -> dict[str, Any]:
        return {"sid": self.sid, "routing": to_routing(self.task), "url": f"{url}/{self.sid}"}


@dataclass(kw_only=True)
class ChannelParticipant:
    """Somebody in the channel (UT...); an agent has a participant in the conversation too."""

    sid: str
    type: str
    worker: Worker
    conversation_participant_sid: str

    def to_json(self, url: str) -> dict[str, Any]:
        return {
            "sid": self.sid,
            "type": self.type,
            "routing_properties": None,
            "url": f"{url}/{self.sid}",
        }


@dataclass(kw_only=True)
class InteractionChannel:
    """The medium of an interaction (UO...): for messaging a Classic conversation (CH...)."""

    sid: str
    type: str
    conversation_sid: str
    status: ChannelStatus = "active"
    error_code: int | None = None
    error_message: str | None = None
    invites: list[Invite] = field(default_factory=list)
    participants: list[ChannelParticipant] = field(default_factory=list)

    def to_json(self, interaction_url: str) -> dict[str, Any]:
        url = f"{interaction_url}/Channels/{self.sid}"
        return {
            "sid": self.sid,
            "type": self.type,
            "status": self.status,
            "error_code": self.error_code,
            "error_message": self.error_message,
            "url": url,
            "links": {
                "invites": f"{url}/Invites",
                "participants": f"{url}/Participants",
                "transfers": f"{url}/Transfers",
            },
        }


@dataclass(kw_only=True)
class Interaction:
    """One contact (KD...): its channel and the first task made for it."""

    sid: str
    channel: InteractionChannel
    task: Task
    created: datetime
    webhook_ttid: str | None = None

    def to_json(self, root: str) -> dict[str, Any]:
        url = f"{root}/Interactions/{self.sid}"
        return {
            "sid": self.sid,
            "channel": {"type": self.channel.type, "sid": self.channel.sid},
            "routing": to_routing(self.task),
            "interaction_context_sid": None,
            "webhook_ttid": self.webhook_ttid,
            "url": url,
            "links": {"channels": f"{url}/Channels"},
        }


def to_routing(task: Task) -> dict[str, Any]:
    """The `routing` of an interaction or an invite: the task it led to."""
    return {
        "reservation": None,
        "properties": {
            "sid": task.sid,
            "assignment_status": task.status,
            "workspace_sid": task.workspace_sid,
            "workflow_sid": task.workflow.sid,
            "workflow_name": task.workflow.friendly_name,
            "queue_sid": task.queue.sid,
            "queue_name": task.queue.friendly_name,
            "task_channel_unique_name": task.channel.unique_name,
            "task_channel_sid": task.channel.sid,
            "priority": task.priority,
            "timeout": task.timeout,
            "age": 0,
            "reason": task.reason,
            "date_created": int(task.date_created.timestamp()),
            "attributes": json.dumps(task.attributes, ensure_ascii=False),
        },
    }
