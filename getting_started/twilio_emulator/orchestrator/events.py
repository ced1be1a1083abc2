"""Status callbacks of Conversation Orchestrator: signed, in order within a conversation.

https://www.twilio.com/docs/conversations/orchestrator/webhooks
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from getting_started.twilio_emulator.lanes import Lanes
from getting_started.twilio_emulator.orchestrator.models import Conversation

if TYPE_CHECKING:
    from getting_started.twilio_emulator.twilio import Twilio

EventType = Literal[
    "CONVERSATION_CREATED",
    "CONVERSATION_UPDATED",
    "PARTICIPANT_ADDED",
    "PARTICIPANT_UPDATED",
    "PARTICIPANT_REMOVED",
    "COMMUNICATION_CREATED",
    "COMMUNICATION_UPDATED",
]


class Events:
    """Delivers what happened to the callbacks that the conversation had at that moment."""

    def __init__(self, twilio: Twilio) -> None:
        self._twilio = twilio
        self._lanes = Lanes(twilio.spawn)

    def emit(self, conversation: Conversation, event_type: EventType, data: dict[str, Any]) -> None:
        urls = [callback.url for callback in conversation.configuration.status_callbacks]
        if not urls:
            return
        body = {
            "eventType": event_type,
            "timestamp": self._twilio.clock.timestamp(),
            "data": data,
        }
        self._lanes.run(conversation.id, partial(self._deliver, urls, body))

    async def _deliver(self, urls: list[str], body: dict[str, Any]) -> None:
        await asyncio.gather(*(self._twilio.webhooks.post_json(url, body) for url in urls))
