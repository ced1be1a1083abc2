"""State and rules of Intelligence."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from getting_started.twilio_emulator.twilio import Twilio


class IntelligenceStore:
    """State and rules of Intelligence."""

    def __init__(self, twilio: Twilio) -> None:
        self.twilio = twilio
