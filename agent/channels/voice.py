"""Calls over ConversationRelay: TAC's frame loop, with our turns and our way to the human."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from contextvars import ContextVar
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
from tac.channels.websocket_protocol import WebSocketDisconnectError, WebSocketProtocol
from tac.core.config import TACConfig
from tac.models.session import AuthorInfo
from tac.models.voice import SetupMessage
from tac.session import SessionState

from agent.conversation import Conversation, Conversations
from agent.errors import HandoffError
from agent.handoff.delivery import Handoffs
from agent.history import History
from agent.instructions import APOLOGY
from agent.memory import CustomerMemory
from agent.settings import Settings
from agent.turns import Turns

logger = logging.getLogger(__name__)

LOOKUP_SECONDS = 5.0

_current_socket: ContextVar[WebSocketProtocol | None] = ContextVar("current_socket", default=None)


@dataclass(frozen=True)
class VoiceParts:
    """What calls are answered with."""

    settings: Settings
    conversations: Conversations
    turns: Turns
    handoffs: Handoffs
    memory: CustomerMemory


@dataclass
class Call:
    """One call on one socket. `transfer` runs from the moment a human was asked for."""

    conversation: Conversation
    socket: WebSocketProtocol
    transfer: asyncio.Task[None] | None = None


class RelayConfig(ConversationRelayProviderConfig):
    """Makes TAC's voice channel use our provider."""

    parts: SkipValidation[VoiceParts]

    def create_provider(self, channel: VoiceChannel, tac_config: TACConfig) -> RelayProvider:
        return RelayProvider(channel, tac_config, self)


class RelayProvider(ConversationRelayProvider):
    """TAC's provider, where a failure is spoken about and a transfer cannot be talked over.

    Overrides protected methods of TAC 2.5.0, each for the reason its docstring gives.
    """

    def __init__(self, channel: VoiceChannel, tac_config: TACConfig, config: RelayConfig) -> None:
        super().__init__(channel, tac_config, config)
        self._parts = config.parts
        self._calls: dict[str, Call] = {}

    @staticmethod
    def _caller_address(setup_msg: SetupMessage) -> str | None:
        """TAC compares with `OUTBOUND`; the wire says `outbound-api`."""
        if (setup_msg.direction or "").lower().startswith("outbound"):
            return setup_msg.to_number
        return setup_msg.from_number

    async def handle_websocket(self, websocket: WebSocketProtocol) -> None:
        _current_socket.set(websocket)
        await super().handle_websocket(websocket)

    async def _initialize_conversation(
        self, call_sid: str, setup_msg: SetupMessage, websocket: WebSocketProtocol
    ) -> tuple[str, SessionState | None]:
        """TAC closes the socket without a word when it does not find exactly one conversation."""
        try:
            async with asyncio.timeout(LOOKUP_SECONDS):
                conversation_id, state = await super()._initialize_conversation(
                    call_sid, setup_msg, websocket
                )
        except (TimeoutError, RuntimeError, httpx.HTTPError, ValueError) as error:
            logger.warning("Call %s has no conversation (%s); going on without", call_sid, error)
            conversation_id, state = self._go_on_without(call_sid, setup_msg, websocket)
        self._begin(conversation_id, call_sid, websocket)
        return conversation_id, state

    def _go_on_without(
        self, call_sid: str, setup_msg: SetupMessage, websocket: WebSocketProtocol
    ) -> tuple[str, SessionState | None]:
        self._websocket_manager.add_websocket(call_sid, websocket)
        session = self.channel._start_conversation(call_sid)
        session.call_sid = call_sid
        if caller := self._caller_address(setup_msg):
            session.author_info = AuthorInfo(address=caller)
        manager = self.session_manager  # false when empty, so compared with None
        return call_sid, None if manager is None else manager.get_or_create_session(call_sid)

    def _begin(self, conversation_id: str, call_sid: str, websocket: WebSocketProtocol) -> None:
        """Open our conversation and fetch what memory knows while the greeting is spoken."""
        parts = self._parts
        session = self.channel._conversations[conversation_id]

        def make() -> Conversation:
            history = History(turns=parts.settings.history_turns)
            history.add_agent(parts.settings.welcome_greeting)
            return Conversation(
                id=conversation_id,
                channel="VOICE",
                thread=call_sid,
                customer_address=session.author_info.address if session.author_info else "",
                agent_address=parts.settings.phone_number,
                history=history,
                profile_id=session.profile_id or "",
            )

        conversation = parts.conversations.get_or_open(call_sid, make)
        parts.memory.start(conversation)
        self._calls[conversation_id] = Call(conversation, websocket)

    async def _handle_prompt_async(
        self, conv_id: str, data: dict[str, Any], session_state: SessionState | None
    ) -> None:
        """TAC takes every partial prompt for a whole one: it reads `final`, the wire `last`."""
        call = self._calls.get(conv_id)
        text = data.get("voicePrompt")
        if call is None or session_state is None or call.transfer is not None:
            return
        if data.get("last") is False or not isinstance(text, str) or not text.strip():
            return
        await session_state.cancel_stream_task()
        if call.transfer is None:
            session_state.stream_task = asyncio.create_task(self._answer(call, text))

    async def _handle_interrupt_async(
        self, conv_id: str, data: dict[str, Any], session_state: SessionState | None
    ) -> None:
        """The goodbye of a transfer is not cut off, so that its `end` frame is always sent."""
        call = self._calls.get(conv_id)
        if call is None or call.transfer is not None:
            return
        heard = data.get("utteranceUntilInterrupt")
        frame = {"type": "interrupt"}
        if isinstance(heard, str):
            frame["utteranceUntilInterrupt"] = heard
        await super()._handle_interrupt_async(conv_id, frame, session_state)
        if isinstance(heard, str):
            call.conversation.history.cut_last_reply(heard)

    async def _cleanup_connection(self, conv_id: str) -> None:
        """TAC forgets a newer socket of the same conversation, and never forgets the call."""
        if self._websocket_manager.get_websocket(conv_id) is not _current_socket.get():
            return
        await super()._cleanup_connection(conv_id)
        call = self._calls.pop(conv_id, None)
        if call is not None:
            self._parts.conversations.close(call.conversation.thread)
        await self.channel._end_conversation(conv_id)

    async def _answer(self, call: Call, text: str) -> None:
        try:
            await self._speak(call, self._parts.turns.reply(call.conversation, text))
        except WebSocketDisconnectError:
            logger.info("The caller of %s left", call.conversation.id)
        except Exception:
            logger.exception("A reply on %s failed", call.conversation.id)
            with suppress(WebSocketDisconnectError):
                await self._send(call, {"type": "text", "token": APOLOGY, "last": True})
        finally:
            if call.conversation.handoff is not None and call.transfer is None:
                call.transfer = asyncio.create_task(self._transfer(call))

    async def _transfer(self, call: Call) -> None:
        """The goodbye, then `end` exactly once, whatever becomes of the goodbye."""
        conversation = call.conversation
        try:
            goodbye = self._parts.turns.goodbye(conversation)
            await self._speak(call, goodbye, interruptible=False)
        except Exception:
            logger.exception("The goodbye on %s was cut short", conversation.id)

        async def send_end(payload: str) -> None:
            try:
                await self._send(call, {"type": "end", "handoffData": payload})
            except WebSocketDisconnectError:
                raise HandoffError("The caller left before the transfer") from None

        await self._parts.handoffs.deliver_on_call(conversation, send_end)

    async def _speak(
        self, call: Call, words: AsyncGenerator[str, None], *, interruptible: bool = True
    ) -> None:
        """Send words as they come, then mark the end of the reply; nothing for no words."""
        frame = {"type": "text", "last": False, "interruptible": interruptible}
        spoken = False
        async with aclosing(words):
            async for token in words:
                await self._send(call, {**frame, "token": token})
                spoken = True
        if spoken:
            await self._send(call, {**frame, "token": "", "last": True})

    async def _send(self, call: Call, frame: dict[str, Any]) -> None:
        await call.socket.send_text(json.dumps(frame, ensure_ascii=False))

    async def finish(self) -> None:
        """Wait for the transfers under way."""
        transfers = [call.transfer for call in self._calls.values() if call.transfer]
        await asyncio.gather(*transfers, return_exceptions=True)


class HandoffVoiceChannel(VoiceChannel):
    """TAC's voice channel with our provider."""

    def __init__(self, tac: TAC, parts: VoiceParts) -> None:
        super().__init__(tac, RelayConfig(parts=parts))

    async def finish(self) -> None:
        """Wait for the transfers under way."""
        if isinstance(self._provider, RelayProvider):
            await self._provider.finish()
