"""Background work that keeps its order within one key: one conversation's events, for example."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

Work = Callable[[], Awaitable[None]]


class Lanes:
    """Work of one key runs one after another; different keys run side by side."""

    def __init__(self, spawn: Callable[[Coroutine[Any, Any, None]], None]) -> None:
        self._spawn = spawn
        self._waiting: dict[str, deque[Work]] = {}

    def run(self, key: str, work: Work) -> None:
        """Run `work` in the background, after what was given before under `key`."""
        if key in self._waiting:
            self._waiting[key].append(work)
            return
        self._waiting[key] = deque([work])
        self._spawn(self._drain(key))

    async def _drain(self, key: str) -> None:
        lane = self._waiting[key]
        try:
            while lane:
                await lane.popleft()()
        except asyncio.CancelledError:
            lane.clear()
            raise
        finally:
            del self._waiting[key]
            if lane:
                self._restart(key, lane)

    def _restart(self, key: str, lane: deque[Work]) -> None:
        """One failure does not lose the work behind it."""
        self._waiting[key] = lane
        self._spawn(self._drain(key))
