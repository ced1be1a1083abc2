"""TAC's messaging channels, where a failure is an error and a human's message is no question."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any

import httpx
from tac import TAC
from tac.channels.chat import ChatChannel, ChatChannelConfig
from tac.channels.messaging import MessagingChannel
from tac.channels.rcs import RCSChannel
from tac.channels.sms import SMSChannel
from tac.channels.whatsapp import WhatsAppChannel
from tac.models.conversation import (
    ActionParticipantRef,
    ActionTextContent,
    SendMessageActionPayload,
    SendMessageActionRequest,
)
from tac.models.session import ConversationSession

from agent.errors import TwilioApiError
from agent.instructions import NOT_TEXT
from agent.settings import Settings

_CUSTOMERS = {"CUSTOMER", "UNKNOWN", None}


class SteadyChannel(MessagingChannel):
    """What our channels change in TAC 2.5.0, each for the reason its docstring gives."""

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
        if known is not None and known == author_participant_id:
            return False
        participants = await self.conversation_orchestrator_client.list_participants(
            conversation_id
        )
        author = next((each for each in participants if each.id == author_participant_id), None)
        if author is not None and author.type not in _CUSTOMERS:
            return True
        self._start_conversation(conversation_id, author.profile_id if author else None)
        return False

    async def _handle_communication_created(self, event_data: Any) -> None:
        """TAC drops a message without text, and fails on a recipient's status READ."""
        content = event_data.get("content")
        text = content.get("text") if isinstance(content, dict) else None
        if not isinstance(text, str) or not text.strip():
            event_data = {**event_data, "content": {"type": "TEXT", "text": NOT_TEXT}}
        await super()._handle_communication_created({**event_data, "recipients": []})

    async def send_response(
        self,
        conversation_id: str,
        response: str | AsyncGenerator[str | dict[str, Any], None],
        role: str | None = None,
    ) -> None:
        """TAC only logs a send that failed.

        Raises TwilioApiError when Twilio did not take the message.
        """
        session = self._conversations[conversation_id]
        await self._act(
            session,
            str(response),
            from_={
                "participant_id": session.ai_agent_info and session.ai_agent_info.participant_id
            },
            to={"participant_id": session.author_info and session.author_info.participant_id},
        )

    async def send_by_address(self, session: ConversationSession, text: str) -> None:
        """Send although the participants are not known.

        Raises TwilioApiError when Twilio did not take the message.
        """
        agent = self.get_agent_address(session.conversation_id)
        await self._act(
            session,
            text,
            from_={"address": agent.address},
            to={"address": session.author_info and session.author_info.address},
        )

    async def _act(
        self, session: ConversationSession, text: str, *, from_: dict[str, Any], to: dict[str, Any]
    ) -> None:
        channel = self.get_channel_name()
        payload = SendMessageActionPayload.model_validate(
            {
                "from": ActionParticipantRef.model_validate({**from_, "channel": channel}),
                "to": [ActionParticipantRef.model_validate({**to, "channel": channel})],
                "content": ActionTextContent(text=text),
                "channelSettings": self._build_channel_settings(session.conversation_id, session),
            }
        )
        try:
            await self.conversation_orchestrator_client.create_action(
                session.conversation_id, SendMessageActionRequest(payload=payload)
            )
        except httpx.HTTPError as error:
            raise TwilioApiError(
                f"A message to {session.conversation_id} was not sent: {error}"
            ) from error


class _SMS(SteadyChannel, SMSChannel):
    pass


class _WhatsApp(SteadyChannel, WhatsAppChannel):
    pass


class _RCS(SteadyChannel, RCSChannel):
    pass


class _Chat(SteadyChannel, ChatChannel):
    pass


def create_channels(tac: TAC, settings: Settings) -> dict[str, SteadyChannel]:
    """The messaging channels that are configured, by Twilio's name for them."""
    channels: list[SteadyChannel] = [
        _SMS(tac),
        _Chat(tac, ChatChannelConfig(agent_address=settings.chat_identity)),
    ]
    if settings.whatsapp_number:
        channels.append(_WhatsApp(tac))
    if settings.rcs_sender_id:
        channels.append(_RCS(tac))
    return {channel.get_channel_name(): channel for channel in channels}
