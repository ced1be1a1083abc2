"""TAC's messaging channels, where a failure is an error and a human's message is no question."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tac import TAC
from tac.channels.chat import ChatChannel, ChatChannelConfig
from tac.channels.messaging import MessagingChannel
from tac.channels.rcs import RCSChannel
from tac.channels.sms import SMSChannel
from tac.channels.whatsapp import WhatsAppChannel
from tac.models.conversation import ParticipantResponse
from tac.models.session import ConversationSession

from agent.channels.inbox import text_of
from agent.channels.roster import Roster
from agent.channels.ways_out import ByAction, ByClassic, WayOut
from agent.errors import TwilioApiError
from agent.settings import Settings
from agent.twilio_api.classic import ClassicClient
from agent.twilio_api.orchestrator import (
    OrchestratorClient,
    forget_listed,
    participants_listed_once,
)

SESSIONS_KEPT = 10_000
_CUSTOMERS = {"CUSTOMER", "UNKNOWN", None}


class SteadyChannel(MessagingChannel):
    """What our channels change in TAC 2.5.0, each for the reason its docstring gives."""

    conversation_orchestrator_client: OrchestratorClient
    classic: ClassicClient | None = None
    roster: Roster

    def _start_conversation(
        self, conv_id: str, profile_id: str | None = None
    ) -> ConversationSession:
        """TAC keeps a session until it hears that the conversation is closed, if it ever does."""
        while len(self._conversations) >= SESSIONS_KEPT:
            self._conversations.pop(next(iter(self._conversations)))
        return super()._start_conversation(conv_id, profile_id)

    async def _is_own_message(
        self, author_address: str, conversation_id: str, author_participant_id: str | None
    ) -> bool:
        """TAC answers human agents too; here only a customer starts a turn.

        Raises httpx.HTTPError when a new author cannot be looked up.
        """
        if self.is_default_agent_address(author_address):
            return True
        session = self._conversations.get(conversation_id)
        known = session.author_info.participant_id if session and session.author_info else None
        if known and known == author_participant_id:
            return False
        author = await self._find_author(conversation_id, author_participant_id, author_address)
        if author is not None and author.type not in _CUSTOMERS:
            return True
        if author is None and known and not self._is_author(session, author_address):
            return True  # a human who has left since
        self._start_conversation(conversation_id, author.profile_id if author else None)
        return False

    def _is_author(self, session: ConversationSession | None, address: str) -> bool:
        """Whether the customer of this session writes from `address`."""
        author = session.author_info if session else None
        return author is not None and author.address == address

    async def is_customers(self, communication: dict[str, Any]) -> bool:
        """Whether a customer wrote it, or somebody who has left since.

        Raises httpx.HTTPError when the author cannot be looked up.
        """
        author = communication["author"]
        found = await self._find_author(
            communication["conversationId"], author.get("participantId"), author["address"]
        )
        return found is None or found.type in _CUSTOMERS

    async def _find_author(
        self, conversation_id: str, participant_id: str | None, address: str
    ) -> ParticipantResponse | None:
        participants = await self.conversation_orchestrator_client.list_participants(
            conversation_id
        )
        by_id = (each for each in participants if each.id == participant_id)
        by_address = (
            each
            for each in participants
            if self._owns_address(each, self.get_channel_name(), address)
        )
        return next(by_id, None) or next(by_address, None)

    async def _handle_communication_created(self, event_data: Any) -> None:
        """TAC drops a message without text, and fails on a recipient's status READ, on a kind of
        content or a time it does not know, and on an author without a participant."""
        author = event_data["author"]
        channel_id = event_data.get("channelId")
        readable = {
            "id": str(event_data.get("id")),
            "conversationId": event_data["conversationId"],
            "accountId": str(event_data.get("accountId")),
            "author": {**author, "participantId": author.get("participantId") or ""},
            "content": {"type": "TEXT", "text": text_of(event_data)},
            "channelId": channel_id if isinstance(channel_id, str) else None,
        }
        conversation_id = readable["conversationId"]
        known = self.roster.find(conversation_id, readable["author"]["participantId"])
        with participants_listed_once({conversation_id: known}):
            await super()._handle_communication_created(readable)

    async def _reconcile_participants(
        self, conversation_id: str
    ) -> tuple[ParticipantResponse, ParticipantResponse | None]:
        """TAC drops the message when this fails, and leaves who writes in a chat UNKNOWN: then the
        handoff flow finds no customer.

        Raises TwilioApiError when it fails.
        """
        settled = await super()._reconcile_participants(conversation_id)
        if settled is None and self.roster.forget(conversation_id):  # events may be missing
            forget_listed(conversation_id)
            settled = await super()._reconcile_participants(conversation_id)
        if settled is None:
            raise TwilioApiError(f"The participants of {conversation_id} could not be settled")
        agent, customer = settled
        return agent, customer or await self._promote_author(conversation_id)

    async def _promote_author(self, conversation_id: str) -> ParticipantResponse | None:
        author = self._conversations[conversation_id].author_info
        if author is None:
            return None
        found = await self._find_author(conversation_id, author.participant_id, author.address)
        if found is None or found.type != "UNKNOWN":
            return None
        return await self._promote_participant(conversation_id, found, "CUSTOMER")

    def ways_out(self, session: ConversationSession, text: str) -> list[WayOut]:
        """How `text` can be sent, best first: by Orchestrator, or by the classic conversation.
        TAC's `send_response` knows the first one, and only logs that it failed."""
        author = self.get_agent_address(session.conversation_id).address
        ways: list[WayOut] = [
            ByAction(
                self.conversation_orchestrator_client,
                session.conversation_id,
                self._payload(session, text),
                author,
            )
        ]
        thread = str(session.metadata.get("channel_id"))
        if self.classic and thread.startswith("CH"):
            ways.append(ByClassic(self.classic, thread, author, text))
        return ways

    def _payload(self, session: ConversationSession, text: str) -> dict[str, Any]:
        """From and to the participants where these are known, else their addresses."""
        channel = self.get_channel_name()
        agent = session.ai_agent_info or self.get_agent_address(session.conversation_id)
        payload: dict[str, Any] = {
            "from": {**_reference(agent), "channel": channel},
            "to": [{**_reference(session.author_info), "channel": channel}],
            "content": {"text": text},
        }
        if channel_id := session.metadata.get("channel_id"):
            payload["channelSettings"] = {"channelId": channel_id}
        return payload


def _reference(party: Any) -> dict[str, str]:
    participant_id = getattr(party, "participant_id", None)
    return {"participantId": participant_id} if participant_id else {"address": party.address}


def is_ours(communication: dict[str, Any], channels: Mapping[str, SteadyChannel]) -> bool:
    """Whether the agent wrote it, on one of these channels."""
    author = communication.get("author")
    if not isinstance(author, dict):
        return False
    channel = channels.get(str(author.get("channel")))
    return channel is not None and channel.is_default_agent_address(str(author.get("address")))


class _SMS(SteadyChannel, SMSChannel):
    pass


class _WhatsApp(SteadyChannel, WhatsAppChannel):
    pass


class _RCS(SteadyChannel, RCSChannel):
    pass


class _Chat(SteadyChannel, ChatChannel):
    pass


def create_channels(
    tac: TAC, settings: Settings, classic: ClassicClient | None, roster: Roster
) -> dict[str, SteadyChannel]:
    """The messaging channels that are configured, by Twilio's name for them."""
    channels: list[SteadyChannel] = [
        _SMS(tac),
        _Chat(tac, ChatChannelConfig(agent_address=settings.chat_identity)),
    ]
    if settings.whatsapp_number:
        channels.append(_WhatsApp(tac))
    if settings.rcs_sender_id:
        channels.append(_RCS(tac))
    for channel in channels:
        channel.classic = classic
        channel.roster = roster
    return {channel.get_channel_name(): channel for channel in channels}
