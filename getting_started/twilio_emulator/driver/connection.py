"""The line to the emulator's controls, and waiting at its journal."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx

from getting_started.twilio_emulator.outgoing import new_client

Result = TypeVar("Result")
WAIT_SECONDS = 20.0
POLL_SECONDS = 10.0
SHOWN_ENTRIES = 6


class DriverError(Exception):
    """The emulator refused: Twilio's status, code and words."""

    def __init__(self, status: int, body: dict[str, Any]) -> None:
        super().__init__(f"{status}: {body.get('message', body)}")
        self.status = status
        self.code = body.get("code")


@dataclass(frozen=True)
class Entry:
    """One journal entry."""

    number: int
    at: str
    kind: str
    detail: dict[str, Any]

    def __str__(self) -> str:
        text = ", ".join(f"{name}={value!r}" for name, value in self.detail.items())
        return f"#{self.number} {self.kind}: {text[:200]}"


@dataclass(frozen=True)
class Utterance:
    """Words in a call or in writing. `speaker` is a role in calls, an identity in writing."""

    speaker: str
    text: str


class Connection:
    """Sends to `/_emulator/...`, and waits until something has happened."""

    def __init__(self, base_url: str) -> None:
        self._client = new_client(base_url=base_url, timeout=60)
        self.journal = Journal(self)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._client.aclose()

    async def get(self, path: str, **query: Any) -> Any:
        return _read(await self._client.get(f"/_emulator{path}", params=query))

    async def post(self, path: str, body: dict[str, Any] | None = None, **query: Any) -> Any:
        return _read(await self._client.post(f"/_emulator{path}", json=body, params=query))

    async def until(
        self,
        probe: Callable[[], Awaitable[Result | None]],
        what: str,
        *,
        seconds: float = WAIT_SECONDS,
        poll_seconds: float = POLL_SECONDS,
    ) -> Result:
        """What `probe` gives as soon as that is not None; asked again when something happens.

        `poll_seconds`: the longest pause between two askings, for what the journal does not tell.
        """
        position = self.journal.position
        entries: list[Entry] = []
        try:
            async with asyncio.timeout(seconds):
                while True:
                    result = await probe()
                    if result is not None:
                        return result
                    entries = await self.journal.read(position, wait=poll_seconds) or entries
                    position = entries[-1].number if entries else position
        except TimeoutError:
            raise TimeoutError(_explain(what, seconds, entries)) from None


class Journal:
    """What happened in the emulator."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.position = 0
        """The last entry seen: waiting starts there."""

    async def read(
        self, since: int = 0, *, kind: str | None = None, wait: float = 0
    ) -> list[Entry]:
        """Entries after `since`; with `wait` (seconds) held open until there is one."""
        query = {"since": since, "wait": wait, **({"kind": kind} if kind else {})}
        entries = [Entry(**entry) for entry in await self._connection.get("/journal", **query)]
        if entries:
            self.position = max(self.position, entries[-1].number)
        return entries

    async def last_number(self) -> int:
        """Where the journal ends now."""
        entries = await self.read()
        return entries[-1].number if entries else 0

    async def follow(
        self, since: int = 0, *, kind: str | None = None
    ) -> AsyncGenerator[Entry, None]:
        """Entries as they come, without end."""
        while True:
            for entry in await self.read(since, kind=kind, wait=POLL_SECONDS):
                since = entry.number
                yield entry

    async def wait_for(
        self,
        kind: str,
        matches: Callable[[dict[str, Any]], bool] = lambda detail: True,
        *,
        since: int = 0,
        seconds: float = WAIT_SECONDS,
    ) -> Entry:
        """The first entry of a kind, after `since`, whose detail `matches`."""

        async def find() -> Entry | None:
            entries = await self.read(since, kind=kind)
            return next((entry for entry in entries if matches(entry.detail)), None)

        return await self._connection.until(find, f"a journal entry {kind!r}", seconds=seconds)


def to_utterances(items: list[dict[str, str]]) -> list[Utterance]:
    """A transcript as the controls answer it."""
    return [Utterance(item["speaker"], item["text"]) for item in items]


def _read(response: httpx.Response) -> Any:
    body = response.json() if response.content else None
    if response.is_error:
        raise DriverError(response.status_code, body if isinstance(body, dict) else {})
    return body


def _explain(what: str, seconds: float, entries: list[Entry]) -> str:
    shown = "\n  ".join(str(entry) for entry in entries[-SHOWN_ENTRIES:]) or "nothing"
    return f"Waited {seconds:g} s for {what}. The journal last showed:\n  {shown}"
