"""State and rules of TaskRouter."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from getting_started.twilio_emulator.twilio import Twilio


class TaskRouterStore:
    """State and rules of TaskRouter."""

    def __init__(self, twilio: Twilio) -> None:
        self.twilio = twilio
