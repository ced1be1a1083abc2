"""One run of a flow: where it stands, what it knows, and what it waits for.

https://www.twilio.com/docs/studio/rest-api/v2/execution
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

from getting_started.twilio_emulator.studio.models import ExecutionStatus, Step
from studio_templates.definition import FlowDefinition, Widget

#: Where each trigger event puts what started the execution.
TRIGGERS = {
    "incomingCall": "call",
    "incomingMessage": "message",
    "incomingConversationMessage": "conversation",
    "incomingRequest": "request",
    "incomingParent": "parent",
}
CALL_IS_OVER = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})


class ExecutionError(Exception):
    """The flow cannot go on: the execution ends, and the journal says why."""


@dataclass(frozen=True)
class CallReturned:
    """Voice came back to the hook, with the event in its address and the call's form."""

    event: str
    form: dict[str, str]


@dataclass(frozen=True)
class MessageArrived:
    """The customer wrote."""

    form: dict[str, str]


@dataclass(frozen=True)
class SubflowEnded:
    """The execution that this one started is over."""

    variables: dict[str, Any]
    failed: bool = False


@dataclass(frozen=True)
class TimedOut:
    """The wait is over by the clock."""


Signal = CallReturned | MessageArrived | SubflowEnded | TimedOut


@dataclass(frozen=True)
class Pause:
    """A widget waits for a signal; on a call it answers `twiml` meanwhile."""

    expects: type[CallReturned] | type[MessageArrived] | type[SubflowEnded]
    twiml: str | None = None
    seconds: float | None = None


@dataclass(kw_only=True)
class Execution:
    """`context` is what Liquid sees; `widget` is where the execution stands."""

    sid: str
    account_sid: str
    flow_sid: str
    revision: int
    definition: FlowDefinition
    event: str
    context: dict[str, Any]
    contact_sid: str
    date_created: str
    date_updated: str
    call_sid: str | None = None
    call_status: str = "in-progress"
    parent: Execution | None = None
    status: ExecutionStatus = "active"
    failed: bool = False
    widget: Widget | None = None
    pause: Pause | None = None
    steps: list[Step] = field(default_factory=list)
    repeats: int = 0
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def is_active(self) -> bool:
        return self.status == "active"

    @property
    def contact(self) -> str:
        """The customer's address."""
        return str(self.context["contact"]["channel"]["address"])

    @property
    def channel(self) -> dict[str, Any]:
        """`flow.channel`: our address, and the conversation once one is attached."""
        channel: dict[str, Any] = self.context["flow"]["channel"]
        return channel

    @property
    def conversation_sid(self) -> str | None:
        """The conversation attached and not handed off."""
        if self.channel.get("status") == "handed off":
            return None
        return self.channel.get("sid")

    @property
    def call_is_over(self) -> bool:
        return self.call_status in CALL_IS_OVER

    def waits_for(self, kind: type) -> bool:
        return self.is_active and self.pause is not None and self.pause.expects is kind


def make_context(
    *,
    execution_sid: str,
    flow_sid: str,
    event: str,
    trigger: dict[str, Any],
    contact: str,
    channel: dict[str, Any],
    data: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """What Liquid sees at the start of an execution."""
    return {
        "trigger": {TRIGGERS[event]: trigger},
        "flow": {
            "sid": execution_sid,
            "flow_sid": flow_sid,
            "channel": channel,
            "data": data or {},
            "variables": {},
        },
        "contact": {"channel": {"address": contact}},
        "widgets": {},
    }
