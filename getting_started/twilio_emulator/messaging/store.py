"""State and rules of Messaging."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from getting_started.twilio_emulator.twilio import Twilio


class MessagingStore:
    """State and rules of Messaging."""

    def __init__(self, twilio: Twilio) -> None:
        self.twilio = twilio
