"""What Studio knows of each widget type: its required properties and its events.

https://www.twilio.com/docs/studio/widget-library
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

TRIGGER_EVENTS = (
    "incomingCall",
    "incomingMessage",
    "incomingConversationMessage",
    "incomingRequest",
    "incomingParent",
)

CONDITION_TYPES = (
    "equal_to",
    "not_equal_to",
    "matches_any_of",
    "does_not_match_any_of",
    "contains",
    "does_not_contain",
    "starts_with",
    "does_not_start_with",
    "is_blank",
    "is_not_blank",
    "regex",
    "less_than",
    "greater_than",
    "is_before_date",
    "is_after_date",
    "is_before_time",
    "is_after_time",
)


@dataclass(frozen=True)
class WidgetType:
    """One kind of widget."""

    events: tuple[str, ...]
    required: tuple[str, ...] = ()
    one_of: tuple[str, ...] = ()
    """At least one of these properties."""
    strings: tuple[str, ...] = ()
    """Numbers and switches that Studio wants written as strings."""
    defaults: Mapping[str, Any] = field(default_factory=dict)
    """What Studio's editor writes by itself, and a widget does as well without it."""


FLAG_DEFAULTS = {"allow_concurrent_calls": True}
VARIABLE_DEFAULTS = {"type": "string"}
MESSAGE_DEFAULTS = {
    "from": "{{flow.channel.address}}",
    "to": "{{contact.channel.address}}",
    "service": "{{trigger.message.InstanceSid}}",
    "channel": "{{trigger.message.ChannelSid}}",
    "message_type": "custom",
}

WIDGET_TYPES = {
    "trigger": WidgetType(TRIGGER_EVENTS),
    "set-variables": WidgetType(("next",), required=("variables",)),
    "make-http-request": WidgetType(
        ("success", "failed"),
        required=("method", "url", "content_type"),
        defaults={"add_twilio_auth": False},
    ),
    "split-based-on": WidgetType(("match", "noMatch"), required=("input",)),
    "send-to-flex": WidgetType(
        ("callComplete", "failedToEnqueue", "callFailure", "composerStarted"),
        required=("workflow", "channel"),
        strings=("priority", "timeout"),
        defaults={"priority": "0", "timeout": "3600", "waitUrlMethod": "POST"},
    ),
    "start-conversation": WidgetType(
        ("created", "failed"), required=("conversation_service_sid", "participants")
    ),
    "resume-conversation": WidgetType(
        ("resumed", "failed"), required=("conversation_service_sid", "conversation_sid")
    ),
    "send-message": WidgetType(
        ("sent", "failed"), one_of=("body", "content_sid"), defaults=MESSAGE_DEFAULTS
    ),
    "send-and-wait-for-reply": WidgetType(
        ("incomingMessage", "timeout", "deliveryFailure"),
        one_of=("body", "content_sid"),
        strings=("timeout",),
        defaults={**MESSAGE_DEFAULTS, "timeout": "3600"},
    ),
    "say-play": WidgetType(
        ("audioComplete",),
        one_of=("say", "play", "digits"),
        defaults={"loop": 1, "voice": "default", "language": "en"},
    ),
    "gather-input-on-call": WidgetType(
        ("keypress", "speech", "timeout"), strings=("profanity_filter",)
    ),
    "enqueue-call": WidgetType(
        ("callComplete", "failedToEnqueue", "callFailure"), one_of=("queue_name", "workflow_sid")
    ),
    "connect-call-to": WidgetType(
        ("callCompleted", "hangup"), required=("noun",), strings=("time_limit",)
    ),
    "run-function": WidgetType(("success", "fail"), required=("url",)),
    "run-subflow": WidgetType(("completed", "failed"), required=("flow_sid", "flow_revision")),
    "add-twiml-redirect": WidgetType(
        ("return", "timeout", "fail"), required=("url",), strings=("timeout",)
    ),
    "connect-virtual-agent": WidgetType(("return", "hangup"), required=("connector",)),
    "connect-virtual-agent-v2": WidgetType(
        ("completed", "live-agent-handoff", "hangup", "failed", "paused", "timeout"),
        required=("connector_name",),
    ),
    "run-conversation-relay": WidgetType(
        ("success", "failed"), required=("url",), strings=("interruptible",)
    ),
}
