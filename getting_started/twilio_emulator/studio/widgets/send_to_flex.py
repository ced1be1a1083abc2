"""https://www.twilio.com/docs/studio/widget-library/send-flex"""

from __future__ import annotations

from typing import Any

from getting_started.twilio_emulator.errors import TwilioError
from getting_started.twilio_emulator.studio.execution import Signal
from getting_started.twilio_emulator.studio.widgets.base import Outcome, Runner, Visit
from getting_started.twilio_emulator.studio.widgets.enqueue_call import enqueue, leave_queue

CHANNEL_TYPES = {"CHAT": "chat", "SMS": "sms", "WHATSAPP": "whatsapp", "RCS": "rcs"}


class SendToFlex(Runner):
    """A call goes into the queue of a workflow; a conversation becomes an interaction."""

    async def enter(self, visit: Visit) -> Outcome:
        attributes = await visit.task_attributes("attributes")
        if attributes is None:
            return "failedToEnqueue"
        if visit.execution.call_sid:
            return enqueue(visit, workflow_sid=visit.text("workflow"), attributes=attributes)
        return await _open_interaction(visit, attributes)

    async def resume(self, visit: Visit, signal: Signal) -> Outcome:
        return leave_queue(visit, signal)


async def _open_interaction(visit: Visit, attributes: dict[str, Any]) -> str:
    conversation_sid = visit.execution.conversation_sid
    if conversation_sid is None:
        await visit.alert("the execution has neither a call nor a conversation")
        return "failedToEnqueue"
    conversation = visit.twilio.classic.get_conversation_or_raise(conversation_sid)
    try:
        interaction = await visit.twilio.flex.create_interaction(
            channel={
                "type": CHANNEL_TYPES[conversation.channel],
                "initiated_by": "customer",
                "properties": {"media_channel_sid": conversation_sid},
            },
            routing={"properties": _routing(visit, attributes)},
        )
    except TwilioError as error:
        await visit.alert(f"{error.status} {error.code}: {error.message}")
        return "failedToEnqueue"
    visit.put(interaction.to_json(visit.twilio.url("flex-api", "/v1")))
    _hand_off(visit)
    return "callComplete"


def _routing(visit: Visit, attributes: dict[str, Any]) -> dict[str, Any]:
    """Flex itself adds the customer's name and address to the task."""
    workflow_sid = visit.text("workflow")
    workflow = visit.twilio.taskrouter.workflows.get(workflow_sid)
    return {
        "workspace_sid": workflow.workspace_sid if workflow else "",
        "workflow_sid": workflow_sid,
        "task_channel_sid": visit.text("channel"),
        "priority": int(visit.number("priority", default=0)),
        "timeout": int(visit.number("timeout", default=86_400)),
        "attributes": attributes,
    }


def _hand_off(visit: Visit) -> None:
    """From here the flow neither hears nor says anything in the conversation."""
    channel, flow_sid = visit.execution.channel, visit.execution.flow_sid
    channel["status"] = "handed off"
    resumed_with = channel.get("details", {}).pop("webhook_sid", None)
    conversation = visit.twilio.classic.get_conversation_or_raise(channel["sid"])
    for sid, webhook in tuple(conversation.webhooks.items()):
        if sid == resumed_with or webhook.configuration.get("flow_sid") == flow_sid:
            visit.twilio.classic.remove_webhook(conversation.sid, sid)
