"""Keys that a caller presses, one after the other."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

END: Final = "#"
KEYS: Final = "0123456789*"


class Keypad:
    """Gives keys to `take` together, once `#` is pressed or none for `seconds`."""

    def __init__(self, seconds: float, take: Callable[[str], None]) -> None:
        self._seconds = seconds
        self._take = take
        self._keys = ""
        self._timer: asyncio.TimerHandle | None = None

    def press(self, key: object) -> None:
        """What is no key counts as not pressed."""
        self.stop()
        if key == END:
            self._finish()
        elif isinstance(key, str) and len(key) == 1 and key in KEYS:
            self._keys += key
        if self._keys:
            self._timer = asyncio.get_running_loop().call_later(self._seconds, self._finish)

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _finish(self) -> None:
        keys, self._keys = self._keys, ""
        if keys:
            self._take(keys)
