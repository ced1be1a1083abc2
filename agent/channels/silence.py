"""Noticing that a caller says nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

CHARACTERS_A_SECOND = 14.0
"""How fast words are spoken, where ConversationRelay does not tell when they are over."""


class Silence:
    """Calls `notice` when nothing was heard for `seconds` after the agent's words; 0: never."""

    def __init__(self, seconds: float, notice: Callable[[], None]) -> None:
        self._seconds = seconds
        self._notice = notice
        self._loop = asyncio.get_running_loop()
        self._words_end = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def note_words(self, text: str) -> None:
        """Words of the agent are sent, and will be heard for a while."""
        begin = max(self._loop.time(), self._words_end)
        self._words_end = begin + len(text) / CHARACTERS_A_SECOND

    def note_quiet(self) -> None:
        """The agent's words are over, or cut off."""
        self._words_end = 0.0

    def watch(self) -> None:
        """From now on, or from the end of the agent's words."""
        self.stop()
        if self._seconds:
            begin = max(self._loop.time(), self._words_end)
            self._timer = self._loop.call_at(begin + self._seconds, self._notice)

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
