"""The engine that runs deliveries, and takes over those of processes that died."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Protocol

from dbos import DBOS, error
from sqlalchemy import Engine, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from agent.handoff.call_off import BY_OTHERS
from agent.handoff.call_watch import CallWatch
from agent.handoff.durable_delivery import start_delivery, start_telling
from agent.handoff.flow_watch import FlowWatch
from agent.settings import Settings
from agent.store.database import synchronous_url, telling_of
from agent.store.handoff_search import HandoffSearch
from agent.store.replicas import Replicas
from agent.store.retention import Retention

logger = logging.getLogger(__name__)

BEATS = 5
"""Heartbeats within the time after which a silent process counts as dead."""
FORGOTTEN = 3
"""After so many times that time a handoff that was asked for and never begun is begun here."""
TOLD_SECONDS = 3600.0
"""So long after an operator has called a handoff off the customer is still told."""
ROUND_SECONDS = 5.0
"""So long the watches may take to finish what they are at when the agent stops."""
BETWEEN_BATCHES_SECONDS = 1.0
BETWEEN_LOOKS_SECONDS = 3600.0

PASSED_SECONDS = 0.2
"""Between looks for messages that reached another process: less than the pause after a burst."""


class Messages(Protocol):
    """What the engine has done with the messages of other processes."""

    async def take_over(self) -> None:
        """Answer those of processes that are gone. Raises SQLAlchemyError."""

    async def take_passed(self) -> None:
        """Answer those that reached another process. Raises SQLAlchemyError."""


@asynccontextmanager
async def delivering(
    engine: AsyncEngine,
    search: HandoffSearch,
    flows: FlowWatch,
    calls: CallWatch,
    settings: Settings,
    *,
    replicas: Replicas,
    messages: Messages,
) -> AsyncIterator[None]:
    """Run deliveries while the block runs; set them up before.

    One per process: DBOS is global. Raises StoreError when the database takes nothing.
    """
    _configure(settings.database_url, replicas.replica_id)
    with telling_of(settings.database_url):
        await replicas.beat()
    await asyncio.to_thread(DBOS.launch)
    retention = Retention(engine, DBOS)
    stop = asyncio.Event()
    watches = [
        asyncio.create_task(_watch(stop, replicas, search, messages, settings.takeover_seconds)),
        asyncio.create_task(_take_passed(stop, replicas, messages)),
        asyncio.create_task(_look_regularly(stop, flows, settings.takeover_seconds)),
        asyncio.create_task(_look_regularly(stop, calls, settings.takeover_seconds)),
        asyncio.create_task(_delete_old(stop, retention, settings.keep_days)),
    ]
    try:
        yield
    finally:
        stop.set()
        await _end(watches)
        await asyncio.to_thread(DBOS.destroy)
        # DBOS has made its threads those of the loop, and ended them.
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor())
        await replicas.leave()


async def _end(watches: list[asyncio.Task[None]]) -> None:
    """What they are at is finished: broken off in a transaction, one would keep SQLite locked."""
    _done, late = await asyncio.wait(watches, timeout=ROUND_SECONDS)
    for watch in late:
        watch.cancel()
    await asyncio.gather(*watches, return_exceptions=True)


async def _is_over(stop: asyncio.Event, *, seconds: float) -> bool:
    """After so long; at once when it is to stop."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await stop.wait()
    return stop.is_set()


def _configure(database_url: str, replica_id: str) -> None:
    event.listen(Engine, "handle_error", _note_absence)
    DBOS(
        config={
            "name": "agent",
            "system_database_url": synchronous_url(database_url),
            "executor_id": replica_id,
            "application_version": "1",
            "log_level": "WARNING",
            "console_log_level": "ERROR",
            # Not used by us, but it is what shutting down waits for.
            "notification_listener_polling_interval_sec": 0.1,
        }
    )


async def _watch(
    stop: asyncio.Event,
    replicas: Replicas,
    search: HandoffSearch,
    messages: Messages,
    takeover_seconds: float,
) -> None:
    """Beat, take over from those who stopped beating, and tell what operators have done."""
    gone: set[str] = set()
    told: set[str] = set()
    while True:
        with _surviving("The watch over handoffs"):
            await replicas.beat()
            gone |= set(await replicas.bury())
            for dead in [*gone]:  # they are buried once: nobody else takes over from them
                await take_over(dead)
                gone.discard(dead)
            with _surviving("Taking messages over"):
                await messages.take_over()
            for handoff_id in await search.not_begun(seconds=FORGOTTEN * takeover_seconds):
                logger.warning("Beginning handoff %s, which nobody had begun", handoff_id)
                await start_delivery(handoff_id, is_left_behind=True)
            called_off = await search.closed_since(BY_OTHERS, seconds=TOLD_SECONDS)
            for handoff_id in set(called_off) - told:
                await start_telling(handoff_id)
            told = set(called_off)
        if await _is_over(stop, seconds=takeover_seconds / BEATS):
            return


async def _take_passed(stop: asyncio.Event, replicas: Replicas, messages: Messages) -> None:
    while True:
        if not replicas.is_alone:
            with _surviving("Taking messages from another process"):
                await messages.take_passed()
        if await _is_over(stop, seconds=PASSED_SECONDS):
            return


async def _look_regularly(
    stop: asyncio.Event, watch: FlowWatch | CallWatch, takeover_seconds: float
) -> None:
    """Apart from the heartbeat: Twilio may be slow. First at those that earlier processes left."""
    age = 0.0
    while True:
        with _surviving("The watch over flows and calls"):
            await watch.look(seconds=age)
            age = FORGOTTEN * takeover_seconds
        if await _is_over(stop, seconds=takeover_seconds / BEATS):
            return


async def _delete_old(stop: asyncio.Event, retention: Retention, keep_days: int) -> None:
    """Batch after batch, then an hourly look; claims of messages also where all else is kept for
    ever."""
    while True:
        claims = deleted = 0
        with _surviving("Deleting old handoffs"):
            claims = await retention.delete_claims()
            deleted = await retention.delete_batch(days=keep_days) if keep_days else 0
        if deleted:
            logger.info("Deleted %d rows of handoffs older than %d days", deleted, keep_days)
        is_more = claims or deleted
        if await _is_over(
            stop, seconds=BETWEEN_BATCHES_SECONDS if is_more else BETWEEN_LOOKS_SECONDS
        ):
            return


@contextmanager
def _surviving(what: str) -> Iterator[None]:
    """Whatever fails within, the watch goes on: in this process nobody else does its work."""
    try:
        yield
    except (SQLAlchemyError, error.DBOSException) as failure:
        logger.warning("%s waits for the database: %s", what, failure)
    except Exception:
        logger.exception("%s was broken off", what)


def _note_absence(context: ExceptionContext) -> None:
    """DBOS 3.4 waits for a server that refuses, but gives up on one whose socket is gone, as it is
    for a moment when Postgres starts again."""
    if "connection is bad" in str(context.original_exception):
        context.is_disconnect = True


async def take_over(dead: str) -> None:
    """Resume here every delivery that the dead process had under way."""
    pending = await DBOS.list_workflows_async(status="PENDING", executor_id=dead)
    for workflow in pending:
        logger.warning("Taking over handoff %s from %s", workflow.workflow_id, dead)
        await DBOS.resume_workflow_async(workflow.workflow_id)
