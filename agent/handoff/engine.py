"""The engine that runs deliveries, and takes over those of processes that died."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from dbos import DBOS
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from agent.store.database import synchronous_url
from agent.store.replicas import Replicas

logger = logging.getLogger(__name__)

BEAT_SECONDS = 2.0
SILENT_SECONDS = 10.0


@asynccontextmanager
async def delivering(engine: AsyncEngine, database_url: str) -> AsyncIterator[None]:
    """Run deliveries while the block runs; register them (make them) before.

    One per process: DBOS is global.
    """
    replicas = Replicas(engine, f"replica_{secrets.token_hex(8)}")
    DBOS(
        config={
            "name": "agent",
            "system_database_url": synchronous_url(database_url),
            "executor_id": replicas.replica_id,
            "application_version": "1",
            "log_level": "WARNING",
            "console_log_level": "ERROR",
        }
    )
    await replicas.beat()
    await asyncio.to_thread(DBOS.launch)
    watch = asyncio.create_task(_watch(replicas))
    try:
        yield
    finally:
        watch.cancel()
        await asyncio.gather(watch, return_exceptions=True)
        await asyncio.to_thread(DBOS.destroy)
        await replicas.leave()


async def _watch(replicas: Replicas) -> None:
    """Beat, and take over from those who stopped beating."""
    while True:
        with contextlib.suppress(SQLAlchemyError):
            await replicas.beat()
            for dead in await replicas.bury(silent_seconds=SILENT_SECONDS):
                await take_over(dead)
        await asyncio.sleep(BEAT_SECONDS)


async def take_over(dead: str) -> None:
    """Resume here every delivery that the dead process had under way."""
    pending = await DBOS.list_workflows_async(status="PENDING", executor_id=dead)
    for workflow in pending:
        logger.warning("Taking over handoff %s from %s", workflow.workflow_id, dead)
        await DBOS.resume_workflow_async(workflow.workflow_id)
