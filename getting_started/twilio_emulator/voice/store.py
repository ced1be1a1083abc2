"""State and rules of Voice."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from getting_started.twilio_emulator.twilio import Twilio


class VoiceStore:
    """State and rules of Voice."""

    def __init__(self, twilio: Twilio) -> None:
        self.twilio = twilio
