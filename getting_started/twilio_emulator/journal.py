"""What happened in the emulator, in order: the source of inspection, demos and tests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import asdict, dataclass
from typing import Any

from getting_started.twilio_emulator.clock import Clock


@dataclass(frozen=True)
class Entry:
    """One thing that happened: `kind` such as `request`, `webhook`, `frame`, `step`, `task`."""

    number: int
    at: str
    kind: str
    detail: dict[str, Any]

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


class Journal:
    """Entries in order, bounded, and a way to wait for the next one."""

    def __init__(self, clock: Clock, *, limit: int = 20_000) -> None:
        self._clock = clock
        self._limit = limit
        self._entries: list[Entry] = []
        self._count = 0
        self._changed = asyncio.Condition()
        self._closed = False
        self.run = clock.timestamp()
        """Tells this journal from a later one, whose numbers begin at 1 again."""

    @property
    def last_number(self) -> int:
        """Of the newest entry; 0 where there is none."""
        return self._count

    async def record(self, kind: str, **detail: Any) -> Entry:
        self._count += 1
        entry = Entry(self._count, self._clock.timestamp(), kind, detail)
        self._entries.append(entry)
        del self._entries[: -self._limit]
        async with self._changed:
            self._changed.notify_all()
        return entry

    def since(self, number: int, kind: str | None = None) -> list[Entry]:
        """Entries after `number`, of one kind if given."""
        first = max(0, number - (self._count - len(self._entries)))
        return [entry for entry in self._entries[first:] if kind is None or entry.kind == kind]

    async def wait_since(
        self, number: int, kind: str | None = None, *, seconds: float
    ) -> list[Entry]:
        """As `since`, waiting up to `seconds` for the first such entry; empty when none came."""
        try:
            async with asyncio.timeout(seconds), self._changed:
                await self._changed.wait_for(lambda: self.since(number, kind))
        except TimeoutError:
            return []
        return self.since(number, kind)

    async def follow(self, number: int, *, most: int) -> AsyncGenerator[list[Entry], None]:
        """Entries after `number` as they come, several at once, until the journal is closed.

        The first list comes at once, with at most the newest `most` entries, or none.
        """
        number = max(number, self._count - most)
        while not self._closed:
            entries = self.since(number)
            yield entries
            number = entries[-1].number if entries else number
            await self._wait_after(number)

    async def _wait_after(self, number: int) -> None:
        async with self._changed:
            await self._changed.wait_for(lambda: self._closed or self._count > number)

    async def close(self) -> None:
        """Nothing more will be followed."""
        self._closed = True
        async with self._changed:
            self._changed.notify_all()
