"""Processes of the agent on one database, behind one address that Twilio calls."""

from __future__ import annotations

import asyncio
import hashlib
import json
import multiprocessing
import os
import signal
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from multiprocessing.context import ForkServerProcess
from typing import Any

import httpx

from agent.cli import serve
from getting_started.twilio_emulator.twilio import Twilio
from tests.handoff.mortal import Death
from tests.live_environment import PUBLIC_URL, becomes_ready
from tests.ports import reserved_port

_PROCESSES = multiprocessing.get_context("forkserver")
# A process then starts ten times as fast, at a third of the CPU.
_PROCESSES.set_forkserver_preload([__name__, "agent.server"])
DEATH_SECONDS = 30


@dataclass(frozen=True)
class Replica:
    """One process, serving on a port of its own."""

    process: ForkServerProcess
    port: int

    async def kill(self) -> None:
        """`kill -9`."""
        self.process.kill()
        await asyncio.to_thread(self.process.join)

    async def stop(self) -> None:
        """As whoever deploys does: SIGTERM, and time to finish."""
        self.process.terminate()
        await asyncio.to_thread(self.process.join)

    async def ends(self) -> None:
        """Wait until it has stopped, as it was told to; uvicorn then gives in to the signal."""
        await asyncio.to_thread(self.process.join, DEATH_SECONDS)
        assert self.process.exitcode == -signal.SIGTERM

    async def dies(self) -> None:
        """Wait until it has killed itself."""
        await asyncio.to_thread(self.process.join, DEATH_SECONDS)
        assert self.process.exitcode == -signal.SIGKILL, "It has not reached the step to die at"


class Replicas:
    """Twilio reaches the one that `receive` was said of last."""

    def __init__(self, twilio: Twilio, environment: dict[str, str], ports: ExitStack) -> None:
        self._twilio = twilio
        self._ports = ports
        self._environment = environment
        self._all: list[Replica] = []

    async def start(self, death: Death | None = None) -> Replica:
        """One more, ready to serve; with `death` it kills itself then."""
        port = self._ports.enter_context(reserved_port())
        variables = {**self._environment, "TWILIO_SERVER_PORT": str(port)}
        replica = Replica(_PROCESSES.Process(target=_serve, args=(variables, death)), port)
        await asyncio.to_thread(replica.process.start)
        self._all.append(replica)
        assert await becomes_ready(port, lambda: replica.process.exitcode is not None)
        return replica

    def receive(self, replica: Replica) -> None:
        """From now on what Twilio sends goes to this one; open sockets stay where they are."""
        self._twilio.tunnel.route(PUBLIC_URL, f"http://127.0.0.1:{replica.port}")

    async def deliver(self, replica: Replica, event: dict[str, Any]) -> int:
        """POST an event to this one as Twilio does; the status of the answer."""
        body = json.dumps(event).encode()
        path = f"/webhook?bodySHA256={hashlib.sha256(body).hexdigest()}"
        headers = {
            "Content-Type": "application/json",
            **self._twilio.webhooks.sign(PUBLIC_URL + path),
        }
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{replica.port}") as client:
            return (await client.post(path, content=body, headers=headers)).status_code


@asynccontextmanager
async def replicas_of(twilio: Twilio, environment: dict[str, str]) -> AsyncIterator[Replicas]:
    """None yet; killed at the end."""
    with ExitStack() as ports:
        replicas = Replicas(twilio, {"TWILIO_SERVER_HOST": "127.0.0.1", **environment}, ports)
        try:
            yield replicas
        finally:
            await asyncio.gather(*(replica.kill() for replica in replicas._all))


def _serve(environment: dict[str, str], death: Death | None) -> None:
    os.environ.update(environment)
    if death:
        death.set_up()
    serve()
