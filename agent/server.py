"""Serving Twilio until told to stop."""

from __future__ import annotations

import asyncio
import gc
import logging
import time
from contextlib import suppress
from socket import socket

import typer
import uvicorn

from agent.app import create_app
from agent.channels.relay_socket import FRAME_LIMIT
from agent.logs import set_up_logging
from agent.settings import Settings

DRAIN_SECONDS = 15
KEEP_ALIVE_SECONDS = 75
"""Longer than load balancers keep a connection (mostly 60): else a webhook may go out on one that
is just being closed here, and is lost."""
LOOK_SECONDS = 0.1
FAILED = 3

logger = logging.getLogger(__name__)


class _Server(uvicorn.Server):
    """Raises what the application cannot start with, which uvicorn would log with its stack.

    What was made until it was ready is kept out of the search for garbage: it is there to stay,
    and a search through all of it stops every call for a tenth of a second.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._application = create_app(settings)
        super().__init__(
            uvicorn.Config(
                self._application,
                host=settings.server_host,
                port=settings.server_port,
                lifespan="off",  # see `serve`
                log_config=None,
                access_log=False,
                ws_max_size=FRAME_LIMIT,
                timeout_keep_alive=KEEP_ALIVE_SECONDS,
                timeout_graceful_shutdown=DRAIN_SECONDS,
            )
        )

    async def serve(self, sockets: list[socket] | None = None) -> None:
        with self.capture_signals():
            async with self._application.router.lifespan_context(self._application):
                await self._serve(sockets)

    async def startup(self, sockets: list[socket] | None = None) -> None:
        await super().startup(sockets)
        settings = self._settings
        typer.echo(
            f"Serving {settings.public_url} on {settings.server_host}:{settings.server_port}"
        )
        gc.freeze()
        gc.enable()

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        self._application.state.is_stopping = True
        await self._let_calls_end()
        await super().shutdown(sockets)

    async def _let_calls_end(self) -> None:
        """uvicorn would break them off. What else comes meanwhile is answered, too; a second
        signal ends the wait."""
        voice = self._application.state.agent.voice
        if voice.live_calls and self._settings.drain_seconds:
            logger.warning("Stopping once calls have ended: %d are live", voice.live_calls)
        end = time.monotonic() + self._settings.drain_seconds
        # A second signal is an attribute of uvicorn's, nothing that could be waited for.
        while voice.live_calls and time.monotonic() < end and not self.force_exit:  # noqa: ASYNC110
            await asyncio.sleep(LOOK_SECONDS)


def serve_forever(settings: Settings) -> None:
    """Serve until stopped by a signal; then messages under way are finished, and calls for as long
    as `AGENT_DRAIN_SECONDS` lets them.

    Raises SettingsError when the settings cannot be used, TwilioApiError when the account cannot
    be read with them.
    """
    set_up_logging(settings.log_level)
    server = _Server(settings)
    with suppress(KeyboardInterrupt):
        server.run()
    if not server.started:
        raise SystemExit(FAILED)
