"""ACTIVE, INACTIVE, CLOSED: what moves a conversation between them, and what follows.

https://www.twilio.com/docs/conversations/orchestrator/concepts/lifecycle
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

from getting_started.twilio_emulator.errors import bad_request
from getting_started.twilio_emulator.orchestrator.events import Events
from getting_started.twilio_emulator.orchestrator.models import Conversation, Status, StatusTimeouts

if TYPE_CHECKING:
    from getting_started.twilio_emulator.twilio import Twilio

WATCH_SECONDS = 10
RULES: dict[Status, Literal["CONVERSATION_INACTIVE", "CONVERSATION_END"]] = {
    "INACTIVE": "CONVERSATION_INACTIVE",
    "CLOSED": "CONVERSATION_END",
}


class Lifecycle:
    """Moves conversations; a CLOSED one never moves again."""

    def __init__(self, twilio: Twilio, events: Events) -> None:
        self._twilio = twilio
        self._events = events
        self._is_keeping_time = False

    async def move(self, conversation: Conversation, status: Status, cause: str) -> None:
        if conversation.status == status:
            return
        if not conversation.is_open:
            raise bad_request(f"Conversation {conversation.id} is CLOSED and cannot change")
        conversation.status = status
        conversation.updated_at = self._twilio.clock.timestamp()
        await self._twilio.journal.record(
            "conversation", conversation_id=conversation.id, status=status, cause=cause
        )
        self._events.emit(conversation, "CONVERSATION_UPDATED", conversation.to_json())
        if status in RULES:
            self._twilio.spawn(self._follow_up(conversation, status))

    async def note_traffic(self, conversation: Conversation, channel: str) -> None:
        """Words from either side keep a conversation alive and wake an INACTIVE one."""
        conversation.last_traffic[channel] = self._twilio.clock.now()
        await self.move(conversation, "ACTIVE", "traffic")

    async def hang_up(self, conversation: Conversation, call_sid: str) -> None:
        conversation.calls[call_sid] = True
        conversation.last_traffic["VOICE"] = self._twilio.clock.now()
        if _is_due(conversation, "closed", self._twilio.clock.now()):
            await self.move(conversation, "CLOSED", "call ended")

    def keep_time(self, conversations: dict[str, Conversation]) -> None:
        """From the first conversation on, time-outs happen by themselves."""
        if not self._is_keeping_time:
            self._is_keeping_time = True
            self._twilio.spawn_lasting(self._watch(conversations))

    async def _watch(self, conversations: dict[str, Conversation]) -> None:
        while True:
            await self.apply_timeouts(conversations.values())
            await self._twilio.clock.sleep(WATCH_SECONDS)

    async def apply_timeouts(self, conversations: Iterable[Conversation]) -> None:
        """Do what time has made due."""
        now = self._twilio.clock.now()
        for conversation in tuple(conversations):
            if conversation.status == "ACTIVE" and _is_due(conversation, "inactive", now):
                await self.move(conversation, "INACTIVE", "timeout")
            if conversation.is_open and _is_due(conversation, "closed", now):
                await self.move(conversation, "CLOSED", "timeout")

    async def _follow_up(self, conversation: Conversation, status: Status) -> None:
        await self._twilio.intelligence.run_rules(conversation.id, RULES[status])
        if conversation.configuration.memory_extraction_enabled:
            self._twilio.memory.extract(conversation)


def _is_due(
    conversation: Conversation, timeout: Literal["inactive", "closed"], now: datetime
) -> bool:
    """Each channel only proposes; the one that stays longest wins."""
    channels = conversation.last_traffic
    return bool(channels) and all(
        _is_channel_done(conversation, channel, timeout, now) for channel in channels
    )


def _is_channel_done(
    conversation: Conversation, channel: str, timeout: Literal["inactive", "closed"], now: datetime
) -> bool:
    timeouts = _timeouts_of(conversation, channel)
    minutes = getattr(timeouts, timeout) if timeouts else None
    if channel == "VOICE":
        if not all(conversation.calls.values()):
            return False
        if minutes is None:  # "On hangup"
            return bool(conversation.calls)
    if minutes is None:
        return False
    idle = now - conversation.last_traffic[channel]
    return bool(idle >= timedelta(minutes=minutes))


def _timeouts_of(conversation: Conversation, channel: str) -> StatusTimeouts | None:
    for name, settings in conversation.configuration.channel_settings.items():
        if name == channel:
            return settings.status_timeouts
    return None
