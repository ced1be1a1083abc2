"""A contact centre for the agent handoff flow: Flex, a bridged chat, and the flow itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from getting_started.twilio_emulator.classic.models import Conversation as Chat
from getting_started.twilio_emulator.orchestrator.models import Conversation, ParticipantRequest
from getting_started.twilio_emulator.studio.execution import Execution
from getting_started.twilio_emulator.taskrouter.models import Task
from getting_started.twilio_emulator.twilio import Twilio
from studio_templates.render import EXAMPLE, Parameters, render

AGENT = "ai-assistant"


@dataclass
class Center:
    twilio: Twilio
    flow_sid: str
    service_sid: str
    chat: Chat
    conversation: Conversation

    @property
    def tasks(self) -> list[Task]:
        return list(self.twilio.taskrouter.tasks.values())

    @property
    def said(self) -> list[str]:
        """What the customer was told in the chat, without their own words."""
        return [message.body for message in self.chat.messages if message.author != "ana"]

    def payload(self, **attributes: Any) -> dict[str, Any]:
        """A handoff payload as the virtual agent writes it."""
        return {
            "conversationId": self.conversation.id,
            "storeId": "mem_store_1",
            "profileId": "mem_profile_1",
            "attributes": {"reason": "refund", **attributes},
        }

    async def hand_over(self, **attributes: Any) -> Execution:
        """The messaging handoff, as the virtual agent requests it, run to its end."""
        execution = self.twilio.studio.request_execution(
            self.flow_sid,
            to="ana",
            from_=AGENT,
            parameters={"HandoffData": self.payload(**attributes)},
        )
        await self.twilio.settle()
        return execution


async def open_center(twilio: Twilio, app_url: str = "") -> Center:
    service_sid = twilio.classic.create_service("chat").sid
    configuration = twilio.orchestrator.create_configuration(
        {
            "displayName": "acme",
            "description": "Acme",
            "conversationGroupingType": "GROUP_BY_PARTICIPANT_ADDRESSES_AND_CHANNEL_TYPE",
            "memoryStoreId": twilio.memory.create_store("acme").id,
            "conversationsV1Bridge": {"serviceId": service_sid},
        }
    )
    chat = twilio.classic.create_conversation(service_sid)
    await twilio.classic.add_participant(chat.sid, identity="ana")
    await twilio.classic.add_message(chat.sid, author="ana", body="A person, please", source="SDK")
    await twilio.settle()
    conversation = twilio.orchestrator.find_by_channel_id(chat.sid)
    assert conversation is not None
    assert conversation.configuration_id == configuration.id
    _add_agent(twilio, conversation, chat)
    flow = render(_parameters(twilio, service_sid, app_url))
    flow_sid = twilio.studio.create_flow("agent_handoff", flow.to_dict()).sid
    return Center(twilio, flow_sid, service_sid, chat, conversation)


def _add_agent(twilio: Twilio, conversation: Conversation, chat: Chat) -> None:
    """The virtual agent makes itself known on its first message."""
    address = {"channel": "CHAT", "address": AGENT, "channelId": chat.sid}
    request = {"name": AGENT, "type": "AI_AGENT", "addresses": [address]}
    twilio.orchestrator.add_participant(conversation, ParticipantRequest.model_validate(request))


def _parameters(twilio: Twilio, service_sid: str, app_url: str) -> Parameters:
    workspace = twilio.taskrouter.create_workspace("Flex")
    queue = twilio.taskrouter.create_queue(workspace.sid, "everyone")
    routing = {"task_routing": {"filters": [], "default_filter": {"queue": queue.sid}}}
    workflow = twilio.taskrouter.create_workflow(workspace.sid, "handoff", routing)
    channels = {one.unique_name: one.sid for one in twilio.taskrouter.task_channels.values()}
    return Parameters(
        workspace_sid=workspace.sid,
        workflow_sid=workflow.sid,
        voice_task_channel_sid=channels["voice"],
        chat_task_channel_sid=channels["chat"],
        conversation_service_sid=service_sid,
        conversations_url=twilio.url("conversations"),
        app_url=app_url,
        flow_secret=EXAMPLE.flow_secret,
        flex_url=twilio.url("flex-api"),
    )
