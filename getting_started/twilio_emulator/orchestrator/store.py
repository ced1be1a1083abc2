"""State and rules of Conversation Orchestrator: conversations and who and what is in them.

https://www.twilio.com/docs/conversations/orchestrator
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from getting_started.twilio_emulator.errors import TwilioError, bad_request, not_found
from getting_started.twilio_emulator.orchestrator.actions import Actions
from getting_started.twilio_emulator.orchestrator.control_plane import ControlPlane
from getting_started.twilio_emulator.orchestrator.events import Events
from getting_started.twilio_emulator.orchestrator.grouping import find_open
from getting_started.twilio_emulator.orchestrator.lifecycle import Lifecycle
from getting_started.twilio_emulator.orchestrator.models import (
    Address,
    Communication,
    Configuration,
    Content,
    Conversation,
    ConversationRequest,
    ConversationUpdate,
    InlineConfiguration,
    Participant,
    ParticipantRequest,
    Party,
    Recipient,
)
from getting_started.twilio_emulator.orchestrator.traffic import Traffic

if TYPE_CHECKING:
    from getting_started.twilio_emulator.twilio import Twilio


class OrchestratorStore:
    """Every conversation of the account."""

    def __init__(self, twilio: Twilio) -> None:
        self.twilio = twilio
        self.control_plane = ControlPlane(twilio)
        self.events = Events(twilio)
        self.lifecycle = Lifecycle(twilio, self.events)
        self.conversations: dict[str, Conversation] = {}
        self.actions = Actions(twilio)
        self.traffic = Traffic(twilio)

    # Configurations

    @property
    def configurations(self) -> dict[str, Configuration]:
        return self.control_plane.configurations

    def create_configuration(self, body: dict[str, Any]) -> Configuration:
        return self.control_plane.create(body)

    def find_bridge(self, service_sid: str) -> Configuration | None:
        return self.control_plane.find_bridge(service_sid)

    # Calls and threads, as other services tell of them

    async def open_call(
        self, *, configuration_id: str, call_sid: str, customer: str, agent: str
    ) -> Conversation:
        """A ConversationRelay session of this configuration has begun."""
        return await self.traffic.open_call(configuration_id, call_sid, customer, agent)

    async def record_speech(
        self,
        *,
        call_sid: str,
        speaker: Literal["CUSTOMER", "AI_AGENT", "HUMAN_AGENT"],
        text: str,
    ) -> None:
        await self.traffic.record_speech(call_sid, speaker, text)

    async def end_call(self, call_sid: str) -> None:
        """The caller hung up: closes at once where VOICE has no `closed` time-out."""
        for conversation in self.conversations.values():
            if conversation.is_open and call_sid in conversation.calls:
                await self.lifecycle.hang_up(conversation, call_sid)

    async def end_thread(self, channel_id: str) -> None:
        """A bridged classic conversation was closed: so is what it alone carried."""
        conversation = self.find_by_channel_id(channel_id)
        if conversation and len(conversation.last_traffic) == 1:
            await self.lifecycle.move(conversation, "CLOSED", "classic conversation closed")

    # Conversations

    def get_conversation_or_raise(self, conversation_id: str) -> Conversation:
        if conversation_id not in self.conversations:
            raise not_found(f"/Conversations/{conversation_id}")
        return self.conversations[conversation_id]

    def find_by_channel_id(self, channel_id: str) -> Conversation | None:
        """The open conversation on this call or classic conversation."""
        for conversation in self.conversations.values():
            if conversation.is_open and conversation.has_channel_id(channel_id):
                return conversation
        return None

    def find_open(
        self, configuration: Configuration, addresses: list[Address], profile_id: str | None
    ) -> Conversation | None:
        return find_open(self.conversations.values(), configuration, addresses, profile_id)

    async def create_conversation(self, request: ConversationRequest) -> Conversation:
        """Refused when an open conversation has the same grouping key."""
        configuration = self._pin(request.configuration_id, request.configuration)
        addresses = [one for who in request.participants for one in who.addresses]
        customers = [who for who in request.participants if who.type == "CUSTOMER"]
        profiles = [self.resolve_profile(configuration, who) for who in customers]
        existing = self.find_open(configuration, addresses, next(iter(profiles), None))
        if existing and request.participants:
            raise _mapping_exists(existing.id)
        return await self.open_conversation(
            configuration,
            request.participants,
            configuration_id=request.configuration_id,
            name=request.name,
            metadata=request.metadata,
        )

    async def open_conversation(
        self,
        configuration: Configuration,
        participants: list[ParticipantRequest],
        *,
        configuration_id: str | None,
        name: str | None = None,
        metadata: dict[str, str] | None = None,
    ) -> Conversation:
        now = self.twilio.clock.timestamp()
        conversation = Conversation(
            id=self.twilio.sids.ttid("conv_conversation"),
            account_id=self.twilio.account.sid,
            configuration_id=configuration_id,
            configuration=configuration.model_copy(deep=True),
            name=name,
            metadata=metadata or {},
            created_at=now,
            updated_at=now,
        )
        self.conversations[conversation.id] = conversation
        self.lifecycle.keep_time(self.conversations)
        await self.twilio.journal.record(
            "conversation", conversation_id=conversation.id, status="ACTIVE", cause="created"
        )
        self.events.emit(conversation, "CONVERSATION_CREATED", conversation.to_json())
        for participant in participants:
            self.add_participant(conversation, participant)
        return conversation

    def _pin(
        self, configuration_id: str | None, inline: InlineConfiguration | None
    ) -> Configuration:
        """The configuration as it is now, with what the conversation brings of its own."""
        if configuration_id is None and inline is None:
            raise bad_request("Either configurationId or configuration is required")
        changes = inline.model_dump(exclude_none=True) if inline else {}
        if configuration_id is not None:
            base = self.control_plane.get_or_raise(configuration_id).model_dump()
        else:
            now = self.twilio.clock.timestamp()
            base = {"id": "", "display_name": "inline", "created_at": now, "updated_at": now}
            base["conversation_grouping_type"] = "GROUP_BY_PROFILE"
            base["memory_store_id"] = ""
        return Configuration(**{**base, **changes})

    async def update_conversation(
        self, conversation: Conversation, update: ConversationUpdate, *, replace: bool
    ) -> None:
        """PATCH merges; PUT (`replace`) clears a name or metadata left out."""
        if not conversation.is_open and update.status != "CLOSED":
            raise bad_request(f"Conversation {conversation.id} is CLOSED and cannot change")
        conversation.updated_at = self.twilio.clock.timestamp()
        if update.configuration and update.configuration.status_callbacks is not None:
            conversation.configuration.status_callbacks = update.configuration.status_callbacks
        if update.metadata is not None or replace:
            kept = {} if replace else conversation.metadata
            merged = {**kept, **(update.metadata or {})}
            conversation.metadata = {key: text for key, text in merged.items() if text is not None}
        is_renamed = (replace or update.name is not None) and update.name != conversation.name
        if is_renamed:
            conversation.name = update.name
        if update.status and update.status != conversation.status:
            await self.lifecycle.move(conversation, update.status, "request")
        elif is_renamed:
            self.events.emit(conversation, "CONVERSATION_UPDATED", conversation.to_json())

    def delete_conversation(self, conversation_id: str) -> None:
        self.get_conversation_or_raise(conversation_id)
        del self.conversations[conversation_id]

    async def apply_timeouts(self) -> None:
        await self.lifecycle.apply_timeouts(self.conversations.values())

    # Participants

    def get_participant_or_raise(
        self, conversation: Conversation, participant_id: str
    ) -> Participant:
        if participant_id not in conversation.participants:
            raise not_found(f"/Conversations/{conversation.id}/Participants/{participant_id}")
        return conversation.participants[participant_id]

    def add_participant(
        self, conversation: Conversation, request: ParticipantRequest
    ) -> Participant:
        self._refuse_conflict(conversation, request, None)
        now = self.twilio.clock.timestamp()
        participant = self._to_participant(
            conversation, request, self.twilio.sids.ttid("conv_participant"), now
        )
        conversation.participants[participant.id] = participant
        for address in participant.addresses:
            conversation.last_traffic.setdefault(address.channel, self.twilio.clock.now())
        self.events.emit(conversation, "PARTICIPANT_ADDED", participant.to_json())
        return participant

    def replace_participant(
        self, conversation: Conversation, participant_id: str, request: ParticipantRequest
    ) -> Participant:
        """PUT: whatever the request leaves out is cleared."""
        old = self.get_participant_or_raise(conversation, participant_id)
        self._refuse_conflict(conversation, request, participant_id)
        new = self._to_participant(conversation, request, old.id, old.created_at)
        conversation.participants[old.id] = new
        self.events.emit(conversation, "PARTICIPANT_UPDATED", new.to_json())
        return new

    def remove_participant(self, conversation: Conversation, participant: Participant) -> None:
        del conversation.participants[participant.id]
        self.events.emit(conversation, "PARTICIPANT_REMOVED", participant.to_json())

    def resolve_profile(
        self, configuration: Configuration, participant: ParticipantRequest
    ) -> str | None:
        """Only a CUSTOMER has a profile that is found by itself."""
        if participant.profile_id or participant.type != "CUSTOMER":
            return participant.profile_id
        store_id = configuration.memory_store_id
        for address in participant.addresses:
            found = self.twilio.memory.resolve_profile(store_id, address.channel, address.address)
            if found:
                return found
        return None

    def _to_participant(
        self,
        conversation: Conversation,
        request: ParticipantRequest,
        participant_id: str,
        created_at: str,
    ) -> Participant:
        first = request.addresses[0].address if request.addresses else ""
        return Participant(
            id=participant_id,
            conversation_id=conversation.id,
            account_id=conversation.account_id,
            name=request.name or first,
            type=request.type or "UNKNOWN",
            profile_id=self.resolve_profile(conversation.configuration, request),
            addresses=[one.model_copy() for one in request.addresses],
            created_at=created_at,
            updated_at=self.twilio.clock.timestamp(),
        )

    def _refuse_conflict(
        self, conversation: Conversation, request: ParticipantRequest, own_id: str | None
    ) -> None:
        if not conversation.is_open:
            raise bad_request(f"Conversation {conversation.id} is CLOSED and cannot change")
        for address in request.addresses:
            owner = conversation.owner_of(address.channel, address.address)
            if owner and owner.id != own_id:
                raise _mapping_exists(conversation.id)

    # Communications

    def get_communication_or_raise(
        self, conversation: Conversation, communication_id: str
    ) -> Communication:
        if communication_id not in conversation.communications:
            raise not_found(f"/Conversations/{conversation.id}/Communications/{communication_id}")
        return conversation.communications[communication_id]

    async def add_communication(
        self,
        conversation: Conversation,
        *,
        author: Party,
        recipients: list[Recipient],
        content: Content,
        channel_id: str | None,
        resource_id: str | None = None,
        occurred_at: str | None = None,
    ) -> Communication:
        """New words; a `resourceId` already known updates what is there."""
        known = _find_resource(conversation, resource_id)
        if known:
            known.content = content
            known.updated_at = self.twilio.clock.timestamp()
            self.events.emit(conversation, "COMMUNICATION_UPDATED", known.to_json())
            return known
        await self.lifecycle.note_traffic(conversation, author.channel)
        now = self.twilio.clock.timestamp()
        communication = Communication(
            id=self.twilio.sids.ttid("conv_communication"),
            conversation_id=conversation.id,
            account_id=conversation.account_id,
            author=author,
            content=content,
            channel_id=channel_id,
            resource_id=resource_id,
            recipients=recipients,
            created_at=now,
            updated_at=now,
            occurred_at=occurred_at or now,
        )
        conversation.communications[communication.id] = communication
        self.events.emit(conversation, "COMMUNICATION_CREATED", communication.to_json())
        return communication


def _find_resource(conversation: Conversation, resource_id: str | None) -> Communication | None:
    if resource_id is None:
        return None
    communications = conversation.communications.values()
    return next((one for one in communications if one.resource_id == resource_id), None)


def _mapping_exists(conversation_id: str) -> TwilioError:
    return TwilioError(
        409,
        400,
        f"Address mapping already exists on conversation {conversation_id}.",
        headers={"X-Conflicting-Resource-Id": conversation_id},
    )
