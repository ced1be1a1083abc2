"""Shapes of Conversation Orchestrator (Conversations v2).

https://www.twilio.com/docs/api/conversations/v2
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from getting_started.twilio_emulator.pace import Operation
from getting_started.twilio_emulator.wire import Wire

Channel = Literal["VOICE", "SMS", "RCS", "EMAIL", "WHATSAPP", "CHAT", "VIDEO", "API", "SYSTEM"]
ConfigurableChannel = Literal["VOICE", "SMS", "RCS", "WHATSAPP", "CHAT"]
Status = Literal["ACTIVE", "INACTIVE", "CLOSED"]
ParticipantType = Literal["HUMAN_AGENT", "CUSTOMER", "AI_AGENT", "AGENT", "UNKNOWN"]
Grouping = Literal[
    "GROUP_BY_PROFILE",
    "GROUP_BY_PARTICIPANT_ADDRESSES",
    "GROUP_BY_PARTICIPANT_ADDRESSES_AND_CHANNEL_TYPE",
]
BY_CHANNEL: Grouping = "GROUP_BY_PARTICIPANT_ADDRESSES_AND_CHANNEL_TYPE"


class StatusTimeouts(Wire):
    """Minutes without traffic until a conversation becomes INACTIVE and CLOSED."""

    inactive: int | None = Field(default=None, ge=1)
    closed: int = Field(ge=1)


class CaptureRule(Wire):
    """Traffic that is captured without asking; `*` on one side."""

    from_: str = Field(alias="from")
    to: str
    metadata: dict[str, str] | None = None


class ChannelSettings(Wire):
    status_timeouts: StatusTimeouts | None = None
    capture_rules: list[CaptureRule] | None = Field(default=None, max_length=100)


class StatusCallback(Wire):
    url: str
    method: str | None = "POST"


class ClassicService(Wire):
    """The bridge: `conversationsV1Bridge`."""

    service_id: str = Field(pattern=r"^IS[0-9a-f]{32}$")


class ConfigurationRequest(Wire):
    """What a caller may write of a configuration."""

    display_name: str = Field(max_length=32, pattern=r"^[a-zA-Z0-9-_ ]+$")
    description: str = ""
    conversation_grouping_type: Grouping
    memory_store_id: str
    channel_settings: dict[ConfigurableChannel, ChannelSettings] = Field(default_factory=dict)
    status_callbacks: list[StatusCallback] = Field(default_factory=list, max_length=20)
    intelligence_configuration_ids: list[str] = Field(default_factory=list, max_length=5)
    memory_extraction_enabled: bool = False
    conversations_v1_bridge: ClassicService | None = None


class Configuration(ConfigurationRequest):
    """A configuration with what only the service writes."""

    id: str
    trait_extraction_strategy_ids: list[str] = Field(default_factory=list)
    observation_extraction_strategy_ids: list[str] = Field(default_factory=list)
    redaction_configuration_id: str | None = None
    created_at: str
    updated_at: str
    version: int = 1


class InlineConfiguration(Wire):
    """Settings given with one conversation; each overrides the configuration's."""

    conversation_grouping_type: Grouping | None = None
    memory_store_id: str | None = None
    channel_settings: dict[ConfigurableChannel, ChannelSettings] | None = None
    memory_extraction_enabled: bool | None = None
    intelligence_configuration_ids: list[str] | None = None
    status_callbacks: list[StatusCallback] | None = None


class RelatedOperation(Operation):
    """A change of a configuration or a conversation under way; names what it changes."""

    related: dict[str, str]

    def to_accepted(self) -> dict[str, Any]:
        return {"statusUrl": self.status_url, "related": self.related}


class Address(Wire):
    channel: Channel
    address: str = Field(min_length=1, max_length=254)
    channel_id: str | None = None

    @property
    def bare(self) -> str:
        """Without the prefix of its channel: what WhatsApp and SMS have in common."""
        return self.address.removeprefix("whatsapp:").removeprefix("rcs:")


class ParticipantRequest(Wire):
    name: str | None = None
    type: ParticipantType | None = None
    profile_id: str | None = None
    addresses: list[Address] = Field(default_factory=list)


class Participant(Wire):
    id: str
    conversation_id: str
    account_id: str
    name: str
    type: ParticipantType
    profile_id: str | None
    addresses: list[Address]
    created_at: str
    updated_at: str

    def address_on(self, channel: str) -> Address | None:
        return next((one for one in self.addresses if one.channel == channel), None)


class Party(Wire):
    """The author of a communication."""

    address: str
    channel: Channel
    participant_id: str


class Recipient(Party):
    delivery_status: str | None = None


class Content(Wire):
    type: Literal["TEXT", "TRANSCRIPTION"] = "TEXT"
    text: str
    transcription: dict[str, Any] | None = None


class PartyRequest(Wire):
    address: str
    channel: Channel
    participant_id: str | None = None
    delivery_status: str | None = None


class CommunicationRequest(Wire):
    author: PartyRequest
    content: Content
    channel_id: str | None = None
    resource_id: str | None = None
    recipients: list[PartyRequest] = Field(default_factory=list)
    occurred_at: str | None = None


class Communication(Wire):
    id: str
    conversation_id: str
    account_id: str
    author: Party
    content: Content
    channel_id: str | None
    resource_id: str | None
    recipients: list[Recipient]
    created_at: str
    updated_at: str
    occurred_at: str


class ActionParty(Wire):
    participant_id: str | None = None
    address: str | None = None
    channel: Channel


class ActionContent(Wire):
    text: str | None = None
    content_id: str | None = None
    variables: dict[str, str] | None = None
    media_urls: list[str] | None = None


class ActionPayload(Wire):
    from_: ActionParty = Field(alias="from")
    to: list[ActionParty] = Field(min_length=1)
    content: ActionContent
    channel_settings: dict[str, Any] | None = None

    @property
    def channel_id(self) -> str | None:
        return (self.channel_settings or {}).get("channelId")


class ActionRequest(Wire):
    type: Literal["SEND_MESSAGE"]
    payload: ActionPayload


class Action(Wire):
    id: str
    type: str
    status: Literal["PENDING", "COMPLETED", "FAILED"] = "PENDING"
    conversation_id: str
    related: dict[str, str] = Field(default_factory=dict)
    created_at: str
    updated_at: str
    completed_at: str | None = None
    failure_reason: str | None = None


class ConversationRequest(Wire):
    configuration_id: str | None = None
    configuration: InlineConfiguration | None = None
    name: str | None = None
    metadata: dict[str, str] = Field(default_factory=dict, max_length=8)
    participants: list[ParticipantRequest] = Field(default_factory=list)


class ConfigurationUpdate(Wire):
    """Of its configuration, one conversation may change this alone."""

    status_callbacks: list[StatusCallback] | None = None


class ConversationUpdate(Wire):
    status: Status | None = None
    name: str | None = None
    metadata: dict[str, str | None] | None = None
    configuration: ConfigurationUpdate | None = None


@dataclass(kw_only=True)
class Conversation:
    """One exchange with a customer. `configuration` is the one pinned when it began."""

    id: str
    account_id: str
    configuration_id: str | None
    configuration: Configuration
    name: str | None
    metadata: dict[str, str]
    created_at: str
    updated_at: str
    status: Status = "ACTIVE"
    participants: dict[str, Participant] = field(default_factory=dict)
    communications: dict[str, Communication] = field(default_factory=dict)
    actions: dict[str, Action] = field(default_factory=dict)
    last_traffic: dict[str, datetime] = field(default_factory=dict)
    calls: dict[str, bool] = field(default_factory=dict)  # CallSid: is it over?

    @property
    def is_open(self) -> bool:
        return self.status != "CLOSED"

    def of_type(self, *types: ParticipantType) -> list[Participant]:
        return [one for one in self.participants.values() if one.type in types]

    def owner_of(self, channel: str, address: str) -> Participant | None:
        for participant in self.participants.values():
            for owned in participant.addresses:
                if (owned.channel, owned.address) == (channel, address):
                    return participant
        return None

    def has_channel_id(self, channel_id: str) -> bool:
        addresses = (one for who in self.participants.values() for one in who.addresses)
        return any(one.channel_id == channel_id for one in addresses) or any(
            one.channel_id == channel_id for one in self.communications.values()
        )

    def to_summary(self) -> dict[str, Any]:
        """As lists show it."""
        return {
            "id": self.id,
            "accountId": self.account_id,
            "configurationId": self.configuration_id,
            "status": self.status,
            "name": self.name,
            "createdAt": self.created_at,
            "updatedAt": self.updated_at,
        }

    def to_json(self) -> dict[str, Any]:
        """The bridge stands in both places and under both keys that Twilio's pages name."""
        bridge = self.configuration.conversations_v1_bridge
        service = (
            {"serviceId": bridge.service_id, "serviceSid": bridge.service_id} if bridge else None
        )
        return {
            **self.to_summary(),
            "metadata": self.metadata,
            "participants": [one.to_json() for one in self.participants.values()],
            "configuration": {
                **self.configuration.to_json(),
                "conversationsV1Bridge": service,
            },
            "conversationsV1Bridge": service,
            "actionId": None,
        }
