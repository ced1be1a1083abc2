"""The way from a classic conversation to Conversation Orchestrator.

https://www.twilio.com/docs/conversations/orchestrator/guides/classic-bridge
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from getting_started.twilio_emulator.classic.models import Conversation, Message, Participant
from getting_started.twilio_emulator.orchestrator.traffic import Author

if TYPE_CHECKING:
    from getting_started.twilio_emulator.twilio import Twilio


class Bridge:
    """Mirrors what happens in conversations of a bridged service."""

    def __init__(self, twilio: Twilio) -> None:
        self._twilio = twilio

    async def mirror_message(self, conversation: Conversation, message: Message) -> None:
        """A conversation without a customer in it is nobody's exchange yet and stays here."""
        orchestrator = self._twilio.orchestrator
        configuration = orchestrator.find_bridge(conversation.service_sid)
        customer = conversation.customer()
        if configuration is None or customer is None:
            return
        writer = conversation.participant_writing_as(message.author)
        if writer and not writer.is_human_agent:
            customer = writer
        await orchestrator.traffic.capture_message(
            configuration_id=configuration.id,
            channel=conversation.channel,
            channel_id=conversation.sid,
            resource_id=message.sid,
            customer_address=customer.author,
            agent_address=customer.proxy_address,
            author=_kind_of(writer),
            author_address=message.author,
            text=message.body,
        )

    async def close(self, conversation: Conversation) -> None:
        """Else the customer's next message would find an exchange that nobody listens to."""
        await self._twilio.orchestrator.end_thread(conversation.sid)

    async def add_human_agent(self, conversation: Conversation, participant: Participant) -> None:
        await self._twilio.orchestrator.traffic.add_human_agent(
            channel_id=conversation.sid, channel=conversation.channel, address=participant.author
        )

    async def remove_human_agent(
        self, conversation: Conversation, participant: Participant
    ) -> None:
        await self._twilio.orchestrator.traffic.remove_human_agent(
            channel_id=conversation.sid, address=participant.author
        )


def _kind_of(writer: Participant | None) -> Author:
    if writer is None:
        return "AGENT"
    return "HUMAN_AGENT" if writer.is_human_agent else "CUSTOMER"
