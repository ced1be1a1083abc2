"""SEND_MESSAGE: accepted at once, carried out in the background, in order per conversation.

https://www.twilio.com/docs/api/conversations/v2/Action
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from getting_started.twilio_emulator.errors import TwilioError, bad_request, not_found
from getting_started.twilio_emulator.lanes import Lanes
from getting_started.twilio_emulator.orchestrator.models import (
    Action,
    ActionParty,
    ActionPayload,
    ActionRequest,
    Content,
    Conversation,
    Party,
    Recipient,
)

if TYPE_CHECKING:
    from getting_started.twilio_emulator.twilio import Twilio


class Actions:
    """Sends messages into the channels of a conversation."""

    def __init__(self, twilio: Twilio) -> None:
        self._twilio = twilio
        self._lanes = Lanes(twilio.spawn)

    def create(self, conversation: Conversation, request: ActionRequest) -> Action:
        if not conversation.is_open:
            raise bad_request(f"Conversation {conversation.id} is CLOSED and takes no actions")
        payload = request.payload
        author = _to_party(conversation, payload.from_)
        recipients = [_to_party(conversation, one) for one in payload.to]
        if not payload.content.text:
            raise bad_request("content.text is required", code=20422)
        if payload.from_.channel == "CHAT" and not payload.channel_id:
            raise bad_request("channelSettings.channelId is required for CHAT", code=20422)
        now = self._twilio.clock.timestamp()
        action = Action(
            id=self._twilio.sids.ttid("conv_action"),
            type=request.type,
            conversation_id=conversation.id,
            created_at=now,
            updated_at=now,
        )
        conversation.actions[action.id] = action
        work = partial(self._run, conversation, action, author, recipients, payload)
        self._lanes.run(conversation.id, work)
        return action

    def get_or_raise(self, conversation: Conversation, action_id: str) -> Action:
        if action_id not in conversation.actions:
            raise not_found(f"/Conversations/{conversation.id}/Actions/{action_id}")
        return conversation.actions[action_id]

    async def _run(
        self,
        conversation: Conversation,
        action: Action,
        author: Party,
        recipients: list[Party],
        payload: ActionPayload,
    ) -> None:
        try:
            message_sid = await self._send(conversation, author, recipients, payload)
        except TwilioError as error:
            action.status = "FAILED"
            action.failure_reason = error.message
        else:
            action.status = "COMPLETED"
            action.related = _related(conversation, message_sid)
        action.completed_at = action.updated_at = self._twilio.clock.timestamp()

    async def _send(
        self,
        conversation: Conversation,
        author: Party,
        recipients: list[Party],
        payload: ActionPayload,
    ) -> str:
        """Through the bridged classic conversation where there is one, else as a message."""
        if not conversation.is_open:
            raise bad_request(f"Conversation {conversation.id} is CLOSED")
        text = payload.content.text or ""
        classic_sid = payload.channel_id or _find_classic(conversation, recipients)
        if author.channel == "CHAT" or classic_sid in self._twilio.classic.conversations:
            message = await self._twilio.classic.add_message(
                classic_sid or "", author=author.address, body=text
            )
            return message.sid
        message_sid = ""
        for recipient in recipients:
            message_sid = await self._twilio.messaging.deliver(
                from_=author.address, to=recipient.address, body=text
            )
        await self._twilio.orchestrator.add_communication(
            conversation,
            author=author,
            recipients=[
                Recipient(**one.model_dump(), delivery_status="DELIVERED") for one in recipients
            ],
            content=Content(text=text),
            channel_id=message_sid,
            resource_id=message_sid,
        )
        return message_sid


def _related(conversation: Conversation, message_sid: str) -> dict[str, str]:
    related = {"messageSid": message_sid}
    for communication in conversation.communications.values():
        if communication.resource_id == message_sid:
            related["communicationId"] = communication.id
    return related


def _to_party(conversation: Conversation, party: ActionParty) -> Party:
    """By participant id or, without one, by address."""
    if party.participant_id:
        participant = conversation.participants.get(party.participant_id)
    else:
        participant = conversation.owner_of(party.channel, party.address or "")
    address = participant.address_on(party.channel) if participant else None
    if participant is None or address is None:
        who = party.participant_id or party.address
        raise bad_request(f"{who} is no participant on {party.channel} of {conversation.id}")
    return Party(address=address.address, channel=party.channel, participant_id=participant.id)


def _find_classic(conversation: Conversation, recipients: list[Party]) -> str | None:
    """The classic conversation that the customer's address stands for."""
    for recipient in recipients:
        participant = conversation.participants[recipient.participant_id]
        address = participant.address_on(recipient.channel)
        if address and (address.channel_id or "").startswith("CH"):
            return address.channel_id
    return None
