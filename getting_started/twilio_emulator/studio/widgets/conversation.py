"""Start Conversation and Resume Conversation: they give the execution a conversation.

https://www.twilio.com/docs/studio/widget-library/start-conversation
https://www.twilio.com/docs/studio/widget-library/resume-conversation
"""

from __future__ import annotations

from typing import Any

from getting_started.twilio_emulator.classic.models import Conversation
from getting_started.twilio_emulator.errors import TwilioError, bad_request
from getting_started.twilio_emulator.studio.widgets.base import Outcome, Runner, Visit


class StartConversation(Runner):
    """Creates a conversation with its participants."""

    async def enter(self, visit: Visit) -> Outcome:
        try:
            _refuse_second_channel(visit)
            conversation = visit.twilio.classic.create_conversation(
                visit.text("conversation_service_sid"),
                friendly_name=visit.text("friendly_name") or None,
                attributes=visit.text("attributes", default="{}"),
                messaging_service_sid=visit.text("messaging_service_sid") or None,
            )
            for participant in visit.widget.properties["participants"]:
                await _add_participant(visit, conversation, participant)
            _attach(visit, conversation)
        except TwilioError as error:
            await visit.alert(f"{error.status} {error.code}: {error.message}")
            return "failed"
        return "created"


class ResumeConversation(Runner):
    """Takes up an existing conversation."""

    async def enter(self, visit: Visit) -> Outcome:
        try:
            _refuse_second_channel(visit)
            conversation = visit.twilio.classic.find_in_service_or_raise(
                visit.text("conversation_service_sid"), visit.text("conversation_sid")
            )
            _attach(visit, conversation)
        except TwilioError as error:
            await visit.alert(f"{error.status} {error.code}: {error.message}")
            return "failed"
        return "resumed"


def _refuse_second_channel(visit: Visit) -> None:
    if visit.execution.channel.get("sid"):
        raise bad_request("The execution has a channel already")


def _attach(visit: Visit, conversation: Conversation) -> None:
    """Listen to the conversation, and fill `flow.channel`."""
    classic = visit.twilio.classic
    webhook = classic.add_webhook(
        conversation.sid,
        target="studio",
        configuration={"flow_sid": visit.execution.flow_sid, "filters": ["onMessageAdded"]},
    )
    root = visit.twilio.url("conversations", "/v1")
    participants = [one.to_json(root) for one in classic.participants(conversation.sid)]
    visit.execution.channel.update(
        sid=conversation.sid,
        type="conversation",
        status="active",
        details={
            "chat_service_sid": conversation.service_sid,
            "friendly_name": conversation.friendly_name,
            "participants": participants,
            "webhook_sid": webhook.sid,
        },
    )
    described: dict[str, Any] = {**conversation.to_json(root), "participants": participants}
    visit.put({"conversation": described, "webhook_sid": webhook.sid})


async def _add_participant(
    visit: Visit, conversation: Conversation, participant: dict[str, str]
) -> None:
    def text(name: str) -> str | None:
        return visit.render(participant.get(name, "")) or None

    await visit.twilio.classic.add_participant(
        conversation.sid,
        identity=text("identity"),
        address=text("messaging_binding_address"),
        proxy_address=text("messaging_binding_proxy_address"),
    )
