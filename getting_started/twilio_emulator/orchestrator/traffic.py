"""Traffic into conversations: calls, bridged messages, captured messages, humans who join.

https://www.twilio.com/docs/conversations/orchestrator/concepts/ingestion
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, cast

from getting_started.twilio_emulator.orchestrator.models import (
    Address,
    CaptureRule,
    Channel,
    Communication,
    Configuration,
    Content,
    Conversation,
    Participant,
    ParticipantRequest,
    ParticipantType,
    Party,
    Recipient,
)

if TYPE_CHECKING:
    from getting_started.twilio_emulator.twilio import Twilio

Author = Literal["CUSTOMER", "AGENT", "HUMAN_AGENT"]
OUR_SIDE: tuple[ParticipantType, ...] = ("AI_AGENT", "AGENT", "UNKNOWN", "HUMAN_AGENT")


class Traffic:
    """Finds or opens the conversation that traffic belongs to, and writes it down there."""

    def __init__(self, twilio: Twilio) -> None:
        self._twilio = twilio

    # Calls

    async def open_call(
        self, configuration_id: str, call_sid: str, customer: str, agent: str
    ) -> Conversation:
        configuration = self._twilio.orchestrator.control_plane.get_or_raise(configuration_id)
        conversation = await self._find_or_open(
            configuration,
            Address(channel="VOICE", address=customer, channel_id=call_sid),
            Address(channel="VOICE", address=agent, channel_id=call_sid),
            agent_type="AI_AGENT",
        )
        conversation.calls[call_sid] = False
        await self._twilio.orchestrator.lifecycle.note_traffic(conversation, "VOICE")
        return conversation

    async def record_speech(
        self, call_sid: str, speaker: Literal["CUSTOMER", "AI_AGENT", "HUMAN_AGENT"], text: str
    ) -> None:
        conversation = self._twilio.orchestrator.find_by_channel_id(call_sid)
        if conversation is None:
            return
        author = self._speaker(conversation, call_sid, speaker)
        audio = {"channel": 0 if speaker == "CUSTOMER" else 1, "confidence": 1.0}
        await self._write(
            conversation,
            author,
            channel="VOICE",
            channel_id=call_sid,
            content=Content(
                type="TRANSCRIPTION", text=text, transcription={**audio, "engine": "emulator"}
            ),
        )

    def _speaker(
        self,
        conversation: Conversation,
        call_sid: str,
        speaker: Literal["CUSTOMER", "AI_AGENT", "HUMAN_AGENT"],
    ) -> Participant:
        """Who is heard on the call; a human takes part from their first word."""
        for participant in conversation.of_type(speaker):
            address = participant.address_on("VOICE")
            if address and address.channel_id == call_sid:
                return participant
        address = Address(channel="VOICE", address=f"client:{speaker.lower()}", channel_id=call_sid)
        return self._ensure(conversation, address, speaker)

    # Messages

    async def capture_message(
        self,
        *,
        configuration_id: str,
        channel: str,
        channel_id: str,
        resource_id: str,
        customer_address: str,
        agent_address: str | None,
        author: Author,
        author_address: str,
        text: str,
    ) -> Communication:
        configuration = self._twilio.orchestrator.control_plane.get_or_raise(configuration_id)
        name = cast("Channel", channel)
        customer = Address(channel=name, address=customer_address, channel_id=channel_id)
        agent = (
            Address(channel=name, address=agent_address, channel_id=channel_id)
            if agent_address
            else None
        )
        conversation = await self._find_or_open(configuration, customer, agent)
        writer = self._writer(conversation, author, customer, agent, author_address)
        return await self._write(
            conversation,
            writer,
            channel=name,
            channel_id=channel_id,
            content=Content(text=text),
            resource_id=resource_id,
        )

    def _writer(
        self,
        conversation: Conversation,
        author: Author,
        customer: Address,
        agent: Address | None,
        author_address: str,
    ) -> Participant:
        """An address that is in the conversation keeps its type, whatever it was."""
        known = conversation.owner_of(customer.channel, author_address)
        if known:
            return known
        if author == "CUSTOMER":
            return self._ensure(conversation, customer, "CUSTOMER")
        if author == "AGENT" and agent:
            return self._ensure(conversation, agent, "UNKNOWN")
        address = customer.model_copy(update={"address": author_address})
        return self._ensure(
            conversation, address, "HUMAN_AGENT" if author == "HUMAN_AGENT" else "UNKNOWN"
        )

    async def capture_by_rule(
        self, *, channel: str, message_sid: str, from_: str, to: str, text: str
    ) -> None:
        """Passive capture: for each configuration with a rule for this pair of addresses."""
        for configuration in tuple(self._twilio.orchestrator.configurations.values()):
            rule = _find_rule(configuration, channel, from_, to)
            if rule is None:
                continue
            is_customers = rule.from_ == "*"
            await self.capture_message(
                configuration_id=configuration.id,
                channel=channel,
                channel_id=message_sid,
                resource_id=message_sid,
                customer_address=from_ if is_customers else to,
                agent_address=to if is_customers else from_,
                author="CUSTOMER" if is_customers else "AGENT",
                author_address=from_,
                text=text,
            )

    # Humans

    async def add_human_agent(self, *, channel_id: str, channel: str, address: str) -> None:
        conversation = self._twilio.orchestrator.find_by_channel_id(channel_id)
        if conversation:
            joined = Address(
                channel=cast("Channel", channel), address=address, channel_id=channel_id
            )
            self._ensure(conversation, joined, "HUMAN_AGENT")

    async def remove_human_agent(self, *, channel_id: str, address: str) -> None:
        conversation = self._twilio.orchestrator.find_by_channel_id(channel_id)
        for participant in conversation.of_type("HUMAN_AGENT") if conversation else []:
            if conversation and any(one.address == address for one in participant.addresses):
                self._twilio.orchestrator.remove_participant(conversation, participant)

    # What all traffic shares

    async def _find_or_open(
        self,
        configuration: Configuration,
        customer: Address,
        agent: Address | None,
        *,
        agent_type: ParticipantType = "UNKNOWN",
    ) -> Conversation:
        store = self._twilio.orchestrator
        profile_id = store.resolve_profile(
            configuration, ParticipantRequest(type="CUSTOMER", addresses=[customer])
        )
        pair = [customer, agent] if agent else [customer]
        conversation = (
            store.find_by_channel_id(customer.channel_id) if customer.channel_id else None
        ) or store.find_open(configuration, pair, profile_id)
        if conversation is None:
            conversation = await store.open_conversation(
                configuration, [], configuration_id=configuration.id
            )
        self._ensure(conversation, customer, "CUSTOMER", profile_id)
        if agent:
            self._ensure(conversation, agent, agent_type)
        return conversation

    def _ensure(
        self,
        conversation: Conversation,
        address: Address,
        kind: ParticipantType,
        profile_id: str | None = None,
    ) -> Participant:
        """The participant at this address; found, extended by the address, or added."""
        store = self._twilio.orchestrator
        owner = conversation.owner_of(address.channel, address.address)
        if owner is None:
            owner = _find_same(conversation, address, kind, profile_id)
        if owner is None:
            return store.add_participant(
                conversation,
                ParticipantRequest(type=kind, profile_id=profile_id, addresses=[address]),
            )
        if address in owner.addresses:
            return owner
        kept = [
            one
            for one in owner.addresses
            if (one.channel, one.address) != (address.channel, address.address)
        ]
        changed = ParticipantRequest(
            name=owner.name,
            type=kind if owner.type == "UNKNOWN" else owner.type,
            profile_id=owner.profile_id,
            addresses=[*kept, address],
        )
        return store.replace_participant(conversation, owner.id, changed)

    async def _write(
        self,
        conversation: Conversation,
        author: Participant,
        *,
        channel: Channel,
        channel_id: str,
        content: Content,
        resource_id: str | None = None,
    ) -> Communication:
        return await self._twilio.orchestrator.add_communication(
            conversation,
            author=_to_party(author, channel),
            recipients=_recipients(conversation, author, channel),
            content=content,
            channel_id=channel_id,
            resource_id=resource_id,
        )


def _find_same(
    conversation: Conversation, address: Address, kind: ParticipantType, profile_id: str | None
) -> Participant | None:
    """The same party on another channel: same profile, or same number."""
    kinds = ("CUSTOMER",) if kind == "CUSTOMER" else ("AI_AGENT", "AGENT", "UNKNOWN")
    if kind == "HUMAN_AGENT":
        return None
    for participant in conversation.of_type(*kinds):
        if profile_id and participant.profile_id == profile_id:
            return participant
        if any(one.bare == address.bare for one in participant.addresses):
            return participant
    return None


def _to_party(participant: Participant, channel: Channel) -> Party:
    address = participant.address_on(channel) or participant.addresses[0]
    return Party(address=address.address, channel=channel, participant_id=participant.id)


def _recipients(
    conversation: Conversation, author: Participant, channel: Channel
) -> list[Recipient]:
    """The other side, as far as it can be reached on this channel."""
    others = conversation.of_type(*(OUR_SIDE if author.type == "CUSTOMER" else ("CUSTOMER",)))
    return [
        Recipient(**_to_party(one, channel).model_dump(), delivery_status="DELIVERED")
        for one in others
        if one.address_on(channel) and one.id != author.id
    ]


def _find_rule(
    configuration: Configuration, channel: str, from_: str, to: str
) -> CaptureRule | None:
    for name, settings in configuration.channel_settings.items():
        for rule in settings.capture_rules or [] if name == channel else []:
            if rule.from_ in ("*", from_) and rule.to in ("*", to):
                return rule
    return None
