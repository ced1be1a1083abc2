"""The human agents' desk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from getting_started.twilio_emulator.driver.connection import (
    WAIT_SECONDS,
    Connection,
    Utterance,
    to_utterances,
)


@dataclass(frozen=True)
class DeskTask:
    """A task as the human sees it."""

    task_sid: str
    status: str
    channel: str
    queue: str
    workflow: str
    priority: int
    age: int
    reason: str
    worker: str | None
    attributes: dict[str, Any]
    summary: str | None
    profile: dict[str, Any] | None
    transcript: list[Utterance] = field(default_factory=list)


class Flex:
    """The human agents' desk."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def tasks(self) -> list[DeskTask]:
        """Every task, oldest first."""
        return [_to_task(one) for one in (await self._connection.get("/desk/tasks"))["tasks"]]

    async def task(self, task_sid: str) -> DeskTask:
        return _to_task(await self._connection.get(f"/desk/tasks/{task_sid}"))

    async def wait_for_task(
        self,
        matches: Callable[[DeskTask], bool] = lambda task: task.status in {"pending", "reserved"},
        *,
        seconds: float = WAIT_SECONDS,
    ) -> DeskTask:
        """The first task that `matches` (default: one that waits for a human)."""

        async def find() -> DeskTask | None:
            return next((task for task in await self.tasks() if matches(task)), None)

        return await self._connection.until(find, "a task", seconds=seconds)

    async def set_available(self, available: bool = True, *, worker_sid: str | None = None) -> None:
        """One human, or all."""
        body = {"available": available, "worker_sid": worker_sid}
        await self._connection.post("/desk/availability", body)

    async def accept(self, task_sid: str, *, worker_sid: str | None = None) -> DeskTask:
        """By this worker, or the one to whom it is offered."""
        body = {"worker_sid": worker_sid}
        return _to_task(await self._connection.post(f"/desk/tasks/{task_sid}/accept", body))

    async def say(self, task_sid: str, text: str) -> DeskTask:
        """Speaks or writes to the customer."""
        return _to_task(await self._connection.post(f"/desk/tasks/{task_sid}/say", {"text": text}))

    async def complete(self, task_sid: str, *, reason: str = "", close: bool = True) -> DeskTask:
        """Ends the contact; with `close` false a messaging conversation stays open."""
        body = {"reason": reason, "close": close}
        return _to_task(await self._connection.post(f"/desk/tasks/{task_sid}/complete", body))


def _to_task(body: dict[str, Any]) -> DeskTask:
    return DeskTask(**{**body, "transcript": to_utterances(body["transcript"])})
