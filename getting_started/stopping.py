"""Programs that go on until they are stopped, and then clean up."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, TypeVar

Result = TypeVar("Result")


def run_until_stopped(work: Coroutine[Any, Any, Result]) -> Result | None:
    """Run `work` to its end, or until a signal to stop: then it cleans up, and None is given.

    A second Ctrl+C does not break off the cleaning up.
    """

    async def supervise() -> Result | None:
        loop = asyncio.get_running_loop()
        working = asyncio.ensure_future(work)

        def stop() -> None:
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(number)
                signal.signal(number, signal.SIG_IGN)
            working.cancel()

        with suppress(NotImplementedError):  # Windows: Ctrl+C ends in KeyboardInterrupt
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.add_signal_handler(number, stop)
        try:
            return await working
        except asyncio.CancelledError:
            return None

    with suppress(KeyboardInterrupt):
        return asyncio.run(supervise())
    return None
