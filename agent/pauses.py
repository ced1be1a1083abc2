"""Noticing that nothing comes for a while."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import Any, TypeVar

Item = TypeVar("Item")
_END: Any = object()


async def with_pauses(
    items: AsyncGenerator[Item, None], patience: Callable[[], float | None]
) -> AsyncGenerator[Item | None, None]:
    """The items, and None each time that nothing has come for `patience()` seconds.

    A patience of None waits for as long as it takes, and costs nothing.
    """
    async with aclosing(items):
        while True:
            coming: Awaitable[Item] = anext(items, _END)
            if patience() is not None:
                task = asyncio.ensure_future(coming)
                try:
                    while not await _is_done(task, patience()):
                        yield None
                finally:
                    await _stop(task)
                coming = task
            item = await coming
            if item is _END:
                return
            yield item


async def _is_done(task: asyncio.Future[Any], seconds: float | None) -> bool:
    await asyncio.wait({task}, timeout=seconds)
    return task.done()


async def _stop(task: asyncio.Future[Any]) -> None:
    """So that nothing goes on, and nobody misses an error, when the items are wanted no more."""
    if not task.done():
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
