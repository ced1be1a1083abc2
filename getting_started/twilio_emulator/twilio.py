"""The emulated cloud: every service's state, and what the services share."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Coroutine, Mapping
from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends, Request

from getting_started.twilio_emulator.account import Account
from getting_started.twilio_emulator.assistants.store import AssistantsStore
from getting_started.twilio_emulator.classic.store import ClassicStore
from getting_started.twilio_emulator.clock import Clock, machine_time
from getting_started.twilio_emulator.faults import Faults
from getting_started.twilio_emulator.flex.store import FlexStore
from getting_started.twilio_emulator.intelligence.store import IntelligenceStore
from getting_started.twilio_emulator.journal import Journal
from getting_started.twilio_emulator.memory.store import MemoryStore
from getting_started.twilio_emulator.messaging.store import MessagingStore
from getting_started.twilio_emulator.orchestrator.store import OrchestratorStore
from getting_started.twilio_emulator.outgoing import Outgoing
from getting_started.twilio_emulator.pace import Pace
from getting_started.twilio_emulator.sids import Sids
from getting_started.twilio_emulator.studio.store import StudioStore
from getting_started.twilio_emulator.taskrouter.store import TaskRouterStore
from getting_started.twilio_emulator.tunnel import Tunnel
from getting_started.twilio_emulator.voice.store import VoiceStore
from getting_started.twilio_emulator.webhooks import Webhooks

logger = logging.getLogger(__name__)


class Twilio:
    """One account's worth of Twilio in memory, reachable at `base_url`.

    Services call each other through it (`twilio.classic.add_message(...)`), as Twilio's own do
    behind their APIs; what crosses to an application goes over real HTTP and WebSocket.
    """

    def __init__(
        self,
        base_url: str,
        *,
        account: Account | None = None,
        seed: int = 0,
        now: Callable[[], datetime] = machine_time,
        routes: Mapping[str, str] | None = None,
    ) -> None:
        """With one `seed` and one `now`, runs give the same identifiers and timestamps.

        `routes` tell where applications with a public address really listen.
        """
        self.base_url = base_url.rstrip("/")
        self.account = account or Account()
        self.tunnel = Tunnel(routes)
        self.faults = Faults()
        self._seed = seed
        self._now = now
        self._background: set[asyncio.Task[None]] = set()
        self._lasting: set[asyncio.Task[None]] = set()
        self._set_up()

    def _set_up(self) -> None:
        self.clock = Clock(self._now)
        self.sids = Sids(self._seed)
        self.journal = Journal(self.clock)
        self.pace = Pace()
        self.outgoing = Outgoing(self.tunnel)
        self.webhooks = Webhooks(self.account.auth_token, self.sids, self.journal, self.outgoing)
        self.memory = MemoryStore(self)
        self.intelligence = IntelligenceStore(self)
        self.orchestrator = OrchestratorStore(self)
        self.classic = ClassicStore(self)
        self.messaging = MessagingStore(self)
        self.studio = StudioStore(self)
        self.taskrouter = TaskRouterStore(self)
        self.flex = FlexStore(self)
        self.voice = VoiceStore(self)
        self.assistants = AssistantsStore(self)

    def url(self, product: str, path: str = "") -> str:
        """Where a product answers: `url("studio", "/v2/Flows")`."""
        return f"{self.base_url}/{product}{path}"

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run `work` in the background: what Twilio does after it has answered."""
        task = asyncio.create_task(work)
        self._background.add(task)
        task.add_done_callback(self._finish)

    def spawn_lasting(self, work: Coroutine[Any, Any, None]) -> None:
        """Run `work` without an end of its own (a live call): `settle` does not wait for it."""
        task = asyncio.create_task(work)
        self._lasting.add(task)
        task.add_done_callback(self._finish)

    def _finish(self, task: asyncio.Task[None]) -> None:
        self._background.discard(task)
        self._lasting.discard(task)
        if not task.cancelled() and (error := task.exception()):
            logger.error("Background work of the emulator failed", exc_info=error)

    async def settle(self, seconds: float = 10) -> None:
        """Wait until no background work is left, at most `seconds`."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self._background:
                    await asyncio.wait(self._background)

    async def reset(self) -> None:
        """Back to an empty account: work stopped, every store and the journal new."""
        await self.close()
        self.faults.clear()
        self._set_up()

    async def close(self) -> None:
        """Stop all work, also what begins as other work ends."""
        while running := (*self._background, *self._lasting):
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)
        await self.journal.close()
        await self.outgoing.close()


def emulated(request: Request) -> Twilio:
    """FastAPI dependency: the cloud that is served; `create_emulator` gives it to each request."""
    twilio = request.state.twilio
    assert isinstance(twilio, Twilio)  # noqa: S101 - narrows the type of an untyped attribute
    return twilio


Cloud = Annotated[Twilio, Depends(emulated)]
"""How a route asks for it."""
