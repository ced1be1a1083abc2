"""Several web applications in one process, each on its own port."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Generator
from contextlib import asynccontextmanager

import uvicorn
from starlette.applications import Starlette
from starlette.types import ASGIApp

MAX_FRAME_BYTES = 64 * 1024
BACKLOG = 2048


class _Server(uvicorn.Server):
    """Leaves signals to the program, as several servers share it, and stops without delay."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.stop = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield

    async def main_loop(self) -> None:
        """Until stopped; uvicorn looks ten times a second whether it is."""
        await self.on_tick(0)
        await self.stop.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn's, without its pauses of a tenth of a second."""
        for server in self.servers:
            server.close()
        for listener in sockets or []:
            listener.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self.config.timeout_graceful_shutdown):
                while self.server_state.connections or self.server_state.tasks:  # noqa: ASYNC110 - uvicorn tells nobody
                    await asyncio.sleep(0.002)
        for task in self.server_state.tasks:
            task.cancel()
        await self.lifespan.shutdown()


def listen(host: str = "127.0.0.1", port: int = 0) -> socket.socket:
    """A listening socket, so that its address is known before the application is made.

    Raises OSError when the port is taken or not allowed, OverflowError when there is no such port.
    """
    # With the protocol named asyncio sends small frames at once; else they wait for an answer.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(BACKLOG)  # at once: until then somebody else could have the port as well
    except (OSError, OverflowError):
        listener.close()
        raise
    listener.setblocking(False)
    return listener


def url_of(listener: socket.socket) -> str:
    host, port = listener.getsockname()
    return f"http://{host}:{port}"


@asynccontextmanager
async def serving(
    app: ASGIApp, listener: socket.socket, *, has_started: bool = False
) -> AsyncIterator[str]:
    """Serve `app` on `listener` while the block runs; gives its base address.

    `has_started`: its lifespan is the caller's affair.
    """
    config = uvicorn.Config(
        app,
        lifespan="off" if has_started else "auto",
        log_config=None,
        access_log=False,
        date_header=False,  # the emulator's clock is its own
        ws_max_size=MAX_FRAME_BYTES,
        timeout_graceful_shutdown=2,
    )
    server = _Server(config)
    running = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        while not server.started:
            if running.done():
                await running
            await asyncio.sleep(0.005)
        yield url_of(listener)
    finally:
        server.stop.set()
        await running
        listener.close()


@asynccontextmanager
async def serving_agent(app: Starlette, listener: socket.socket) -> AsyncIterator[str]:
    """As `serving`. Raises what the agent cannot start with, which uvicorn would log."""
    lifespan = app.router.lifespan_context(app)
    with listener:
        async with lifespan, serving(app, listener, has_started=True) as url:
            yield url
