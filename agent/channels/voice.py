"""Calls over ConversationRelay: TAC's frame loop, with our turns and our way to the human."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import httpx
from pydantic import SkipValidation
from tac import TAC
from tac.channels.voice.channel import VoiceChannel
from tac.channels.voice.conversation_relay import (
    ConversationRelayProvider,
    ConversationRelayProviderConfig,
)
from tac.channels.websocket_protocol import WebSocketProtocol
from tac.context.conversation import ConversationClient
from tac.core.config import TACConfig
from tac.models.outbound import InitiateVoiceConversationOptions, InitiateVoiceConversationResult
from tac.models.session import AuthorInfo
from tac.models.voice import SetupMessage
from tac.session import SessionState

from agent.background import Background
from agent.channels.call import Call
from agent.channels.relay_socket import RelaySocket, is_outbound
from agent.channels.session_twiml import session_options
from agent.conversation import Conversation, Conversations
from agent.handoff.call_delivery import CallDelivery
from agent.history import History
from agent.memory import CustomerMemory
from agent.phrases import phrases_for
from agent.settings import Settings
from agent.turns import Turns

logger = logging.getLogger(__name__)

FIRST_POLL_SECONDS = 0.25
LONGEST_POLL_SECONDS = 1.0


@dataclass(frozen=True)
class VoiceParts:
    """What calls are answered with."""

    settings: Settings
    conversations: Conversations
    turns: Turns
    delivery: CallDelivery
    memory: CustomerMemory
    orchestrator: ConversationClient


class RelayConfig(ConversationRelayProviderConfig):
    """Makes TAC's voice channel use our provider."""

    parts: SkipValidation[VoiceParts]

    def create_provider(self, channel: VoiceChannel, tac_config: TACConfig) -> RelayProvider:
        return RelayProvider(channel, tac_config, self)


class RelayProvider(ConversationRelayProvider):
    """TAC's provider, where a failure is spoken about and a transfer cannot be talked over.

    Overrides protected methods of TAC 2.5.0, each for the reason its docstring gives. TAC's key
    of a session is the id of the session (VX...), so that two sockets of one call keep apart.
    """

    def __init__(self, channel: VoiceChannel, tac_config: TACConfig, config: RelayConfig) -> None:
        super().__init__(channel, tac_config, config)
        self._parts = config.parts
        self._calls: dict[str, Call] = {}
        self._background = Background()
        self._forgetting: dict[str, asyncio.TimerHandle] = {}

    @property
    def live_calls(self) -> int:
        return len(self._calls)

    @staticmethod
    def _caller_address(setup_msg: SetupMessage) -> str | None:
        """TAC compares with `OUTBOUND`; the wire says `outbound-api`."""
        if is_outbound(setup_msg.direction):
            return setup_msg.to_number
        return setup_msg.from_number

    async def initiate_outbound_conversation(
        self, options: InitiateVoiceConversationOptions
    ) -> InitiateVoiceConversationResult:
        """TAC names the flow as the action of the call, and the flow refuses calls of ours."""
        settings = self._parts.settings
        ours = session_options(
            greeting=settings.welcome_greeting,
            socket_url=settings.socket_url,
            action_url=settings.public_url + settings.action_path,
            languages=settings.languages,
        )
        given = options.twiml_options
        own = {name: getattr(given, name) for name in given.model_fields_set} if given else {}
        return await super().initiate_outbound_conversation(
            options.model_copy(update={"twiml_options": ours.model_copy(update=own)})
        )

    async def _initialize_conversation(
        self, call_sid: str, setup_msg: SetupMessage, websocket: WebSocketProtocol
    ) -> tuple[str, SessionState | None]:
        """TAC lets the caller wait for Orchestrator, and hangs up when that does not answer.

        Here the session begins at once, and Orchestrator and memory are asked meanwhile.
        """
        session_id = setup_msg.session_id or call_sid
        self._websocket_manager.add_websocket(session_id, websocket)
        session = self.channel._start_conversation(session_id)
        session.call_sid = call_sid
        session.author_info = AuthorInfo(address=self._caller_address(setup_msg) or "")
        if forgetting := self._forgetting.pop(call_sid, None):
            forgetting.cancel()
        conversation = self._parts.conversations.get_or_open(
            call_sid, lambda: self._open(call_sid, setup_msg)
        )
        self._calls[session_id] = call = self._take_up(conversation, websocket)
        if isinstance(websocket, RelaySocket) and websocket.is_of_flow(setup_msg.direction):
            await call.set_language()
        return session_id, None

    def _take_up(self, conversation: Conversation, websocket: WebSocketProtocol) -> Call:
        call = Call(
            conversation,
            websocket,
            settings=self._parts.settings,
            turns=self._parts.turns,
            delivery=self._parts.delivery,
            in_background=self._background.run,
        )
        call.open(self._parts.settings.welcome_greeting)
        if isinstance(websocket, RelaySocket):
            websocket.listener = call.attend
        return call

    def _open(self, call_sid: str, setup_msg: SetupMessage) -> Conversation:
        settings = self._parts.settings
        conversation = Conversation(
            id=call_sid,
            channel="VOICE",
            thread=call_sid,
            customer_address=self._caller_address(setup_msg) or "",
            agent_address=settings.phone_number,
            history=History(turns=settings.history_turns),
            phrases=phrases_for(settings.usual_language),
        )
        conversation.history.add_agent(settings.welcome_greeting)
        conversation.lookup = asyncio.create_task(self._look_up(conversation))
        self._parts.memory.start(conversation)
        self._background.run(self._parts.turns.warm_up())
        return conversation

    async def _look_up(self, conversation: Conversation) -> None:
        """Learn from Orchestrator who is calling; without it the call goes on."""
        orchestrator = self._parts.orchestrator
        try:
            async with asyncio.timeout(self._parts.settings.lookup_seconds):
                conversation.id = await self._find(conversation.thread)
                participants = await orchestrator.list_participants(conversation.id)
        except Exception as error:  # noqa: BLE001 - the caller is answered all the same
            logger.warning("Call %s was not looked up: %r", conversation.thread, error)
            return
        profiles = [one.profile_id for one in participants if one.type == "CUSTOMER"]
        conversation.profile_id = conversation.profile_id or next(filter(None, profiles), "")

    async def _find(self, call_sid: str) -> str:
        """The id of the call's conversation (the newest), which may appear after the call."""
        delay = FIRST_POLL_SECONDS
        while True:
            with suppress(httpx.HTTPError, ValueError):
                found = await self._parts.orchestrator.list_conversations(
                    channel_id=call_sid, status=["ACTIVE"]
                )
                if found:
                    return max(found, key=lambda one: one.created_at or "").id
            await asyncio.sleep(delay)
            delay = min(2 * delay, LONGEST_POLL_SECONDS)

    async def _handle_prompt_async(
        self, conv_id: str, data: dict[str, Any], session_state: SessionState | None
    ) -> None:
        """TAC takes every partial prompt for a whole one: it reads `final`, the wire `last`."""
        text = data.get("voicePrompt")
        if data.get("last") is not False and isinstance(text, str) and text.strip():
            await self._calls[conv_id].answer(text, language=data.get("lang"))

    async def _handle_interrupt_async(
        self, conv_id: str, data: dict[str, Any], session_state: SessionState | None
    ) -> None:
        """TAC refuses odd durations, and cuts off the goodbye of a transfer with its `end`."""
        await self._calls[conv_id].interrupt(data.get("utteranceUntilInterrupt"))
        self._background.run(self._parts.turns.warm_up())

    async def _cleanup_connection(self, conv_id: str) -> None:
        """TAC keeps the call until Orchestrator says that it is over.

        What was said is kept a little longer: the caller may be given a new session.
        """
        await super()._cleanup_connection(conv_id)
        await self.channel._end_conversation(conv_id)
        call = self._calls.pop(conv_id)
        await call.close()
        if all(other.conversation is not call.conversation for other in self._calls.values()):
            self._forgetting[call.conversation.thread] = asyncio.get_running_loop().call_later(
                self._parts.settings.reopen_seconds, self._forget, call.conversation
            )

    def _forget(self, conversation: Conversation) -> None:
        self._forgetting.pop(conversation.thread, None)
        if conversation.lookup:
            conversation.lookup.cancel()
        self._parts.conversations.close(conversation.thread)

    async def finish(self) -> None:
        """Wait for the transfers under way."""
        await self._background.finish()
        for forgetting in self._forgetting.values():
            forgetting.cancel()


class HandoffVoiceChannel(VoiceChannel):
    """TAC's voice channel with our provider."""

    def __init__(self, tac: TAC, parts: VoiceParts) -> None:
        super().__init__(tac, RelayConfig(parts=parts))

    @property
    def live_calls(self) -> int:
        """With how many callers the agent talks."""
        return self._provider.live_calls if isinstance(self._provider, RelayProvider) else 0

    async def finish(self) -> None:
        """Wait for the transfers under way."""
        if isinstance(self._provider, RelayProvider):
            await self._provider.finish()
