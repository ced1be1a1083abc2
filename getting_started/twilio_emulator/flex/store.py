"""State and rules of Flex: interactions, and the human agent's way in and out of them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from getting_started.twilio_emulator.classic.models import Conversation
from getting_started.twilio_emulator.errors import TwilioError, bad_request, not_found
from getting_started.twilio_emulator.flex.models import (
    ChannelParticipant,
    Interaction,
    InteractionChannel,
    Invite,
)
from getting_started.twilio_emulator.taskrouter.models import Task, Worker

if TYPE_CHECKING:
    from getting_started.twilio_emulator.twilio import Twilio

MAX_ATTRIBUTES = 1024
CHANNEL_TYPES = {"voice", "sms", "email", "web", "whatsapp", "chat", "messenger", "gbm", "rcs"}


class FlexStore:
    """Interactions by SID, and the service's configuration."""

    def __init__(self, twilio: Twilio) -> None:
        self.twilio = twilio
        self.interactions: dict[str, Interaction] = {}
        self.configuration: dict[str, Any] = {"ui_version": "2.17.1", "ui_attributes": {}}

    async def create_interaction(
        self,
        *,
        channel: dict[str, Any],
        routing: dict[str, Any],
        webhook_ttid: str | None = None,
    ) -> Interaction:
        """Puts an existing conversation before the workflow; the agent joins on accepting."""
        conversation = self._find_conversation(channel)
        own = read_attributes(routing.get("properties", {}).get("attributes"))
        interaction_channel = InteractionChannel(
            sid=self.twilio.sids.sid("UO"),
            type=_read_type(channel),
            conversation_sid=conversation.sid,
        )
        sid, invite_sid = self.twilio.sids.sid("KD"), self.twilio.sids.sid("KG")
        automatic = _to_attributes(sid, invite_sid, channel, interaction_channel, conversation)
        task = await self._route(interaction_channel, routing, {**automatic, **own})
        interaction_channel.invites.append(Invite(sid=invite_sid, task=task))
        interaction = Interaction(
            sid=sid,
            channel=interaction_channel,
            task=task,
            created=self.twilio.clock.now(),
            webhook_ttid=webhook_ttid,
        )
        self.interactions[sid] = interaction
        return interaction

    async def create_invite(self, interaction: Interaction, routing: dict[str, Any]) -> Invite:
        """A further task for the same conversation: one more agent is asked in."""
        own = read_attributes(routing.get("properties", {}).get("attributes"))
        sid = self.twilio.sids.sid("KG")
        attributes = {**interaction.task.attributes, **own, "flexChannelInviteSid": sid}
        invite = Invite(sid=sid, task=await self._route(interaction.channel, routing, attributes))
        interaction.channel.invites.append(invite)
        return invite

    async def set_channel_status(self, channel: InteractionChannel, status: str) -> None:
        """`closed` ends the contact; `inactive` parks it: agents leave, the conversation stays."""
        if status not in {"closed", "inactive"}:
            raise bad_request(f"Invalid channel Status {status}")
        channel.status = "closed" if status == "closed" else "inactive"
        for invite in channel.invites:
            await self._end_task(invite.task)
        if status == "closed":
            self._close_conversation(channel)

    def find_interaction(self, sid: str) -> Interaction:
        if sid not in self.interactions:
            raise not_found(f"/Interactions/{sid}")
        return self.interactions[sid]

    def find_channel_of(self, task: Task) -> InteractionChannel | None:
        """The messaging channel behind a task; None for a call's."""
        for interaction in self.interactions.values():
            if any(invite.task is task for invite in interaction.channel.invites):
                return interaction.channel
        return None

    async def join(self, channel: InteractionChannel, worker: Worker) -> None:
        """The agent who accepted becomes a participant of the conversation."""
        try:
            joined = await self.twilio.classic.add_participant(
                channel.conversation_sid, identity=worker.identity, is_human_agent=True
            )
        except TwilioError as error:
            channel.status, channel.error_code = "failed", 45361
            channel.error_message = error.message
            raise
        participant = ChannelParticipant(
            sid=self.twilio.sids.sid("UT"),
            type="agent",
            worker=worker,
            conversation_participant_sid=joined.sid,
        )
        channel.participants.append(participant)

    async def leave(self, channel: InteractionChannel, worker: Worker | None) -> None:
        """The agent goes; with the last one, unless the channel is parked, the contact is over."""
        for participant in [one for one in channel.participants if one.worker is worker]:
            channel.participants.remove(participant)
            await self._remove(channel, participant)
        if channel.status == "active" and not channel.participants:
            channel.status = "closed"
            self._close_conversation(channel)

    async def _remove(self, channel: InteractionChannel, participant: ChannelParticipant) -> None:
        sid = participant.conversation_participant_sid
        present = self.twilio.classic.participants(channel.conversation_sid)
        if any(one.sid == sid for one in present):
            await self.twilio.classic.remove_participant(channel.conversation_sid, sid)

    async def _route(
        self, channel: InteractionChannel, routing: dict[str, Any], attributes: dict[str, Any]
    ) -> Task:
        properties = routing.get("properties", {})
        if not properties.get("workspace_sid"):
            raise bad_request("Routing.properties.workspace_sid is required")
        name_or_sid = properties.get("task_channel_unique_name") or properties.get(
            "task_channel_sid"
        )
        return await self.twilio.taskrouter.create_task(
            workflow_sid=str(properties.get("workflow_sid", "")),
            task_channel=str(name_or_sid or "default"),
            attributes=attributes,
            priority=int(properties.get("priority") or 0),
            timeout=int(properties.get("timeout") or 86_400),
            listener=AgentInvitation(self, channel),
        )

    async def _end_task(self, task: Task) -> None:
        if task.status in {"pending", "reserved"}:
            await self.twilio.taskrouter.cancel(task.sid, "Interaction channel ended")
        elif task.status in {"assigned", "wrapping"}:
            await self.twilio.taskrouter.complete(task.sid, "Interaction channel ended")

    def _close_conversation(self, channel: InteractionChannel) -> None:
        self.twilio.classic.close_conversation(channel.conversation_sid)

    def _find_conversation(self, channel: dict[str, Any]) -> Conversation:
        sid = str(channel.get("properties", {}).get("media_channel_sid", ""))
        if not sid:
            raise bad_request("Channel.properties.media_channel_sid is required")
        return self.twilio.classic.get_conversation_or_raise(sid)


@dataclass
class AgentInvitation:
    """Follows the task of an invite: accepting means joining, completing means leaving."""

    flex: FlexStore
    channel: InteractionChannel

    async def accepted(self, task: Task, worker: Worker) -> None:
        del task
        await self.flex.join(self.channel, worker)

    async def completed(self, task: Task) -> None:
        await self.flex.leave(self.channel, task.worker)

    async def canceled(self, task: Task, reason: str) -> None:
        """A conversation that nobody took stays as it is: whoever created it decides."""


def read_attributes(value: object) -> dict[str, Any]:
    """Routing attributes, given as object or as JSON text of at most 1,024 characters."""
    is_text = isinstance(value, str)
    text = value if isinstance(value, str) else json.dumps(value or {}, ensure_ascii=False)
    if len(text if is_text else _to_compact(value)) > MAX_ATTRIBUTES:
        raise bad_request(f"Task attributes exceed {MAX_ATTRIBUTES} characters")
    try:
        attributes = json.loads(text)
    except ValueError:
        raise bad_request("Task attributes are not valid JSON") from None
    if not isinstance(attributes, dict):
        raise bad_request("Task attributes must be a JSON object")
    return attributes


def _to_compact(value: object) -> str:
    return json.dumps(value or {}, ensure_ascii=False, separators=(",", ":"))


def _read_type(channel: dict[str, Any]) -> str:
    kind = str(channel.get("type", ""))
    if kind not in CHANNEL_TYPES:
        raise bad_request(f"Invalid Channel.type {kind!r}")
    return kind


def _to_attributes(
    sid: str,
    invite_sid: str,
    channel: dict[str, Any],
    interaction_channel: InteractionChannel,
    conversation: Conversation,
) -> dict[str, Any]:
    """What Flex adds to a task by itself."""
    customer = conversation.customer()
    address = customer.author if customer else ""
    initiated_by = str(channel.get("initiated_by", "customer"))
    media = {"type": "ChatTranscript", "sid": conversation.sid}
    return {
        "conversationSid": conversation.sid,
        "channelType": interaction_channel.type,
        "from": address,
        "name": address,
        "customerName": address,
        "customerAddress": address,
        "customers": {"phone": address, "name": address},
        "conversations": {
            "initiated_by": initiated_by,
            "conversation_id": sid,
            "media": [media],
        },
        "flexInteractionSid": sid,
        "flexInteractionChannelSid": interaction_channel.sid,
        "flexChannelInviteSid": invite_sid,
        "initiatedBy": initiated_by,
        "direction": "inbound",
    }
