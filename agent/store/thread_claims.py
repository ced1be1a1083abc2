"""One at a time hands a thread over, among all tasks and processes that share the database."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import insert, update
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from agent.store.tables import thread_claim

CLAIM_SECONDS = 15.0
POLL_SECONDS = 0.05
logger = logging.getLogger(__name__)


@dataclass
class Claim:
    """`task_sid` (WT...) is of the task that was made last; what is put there, the next finds."""

    task_sid: str


class ThreadClaims:
    """A holder that dies loses its claim after `seconds`, so it must be done sooner."""

    def __init__(self, engine: AsyncEngine, *, seconds: float = CLAIM_SECONDS) -> None:
        self._engine = engine
        self._seconds = timedelta(seconds=seconds)

    @asynccontextmanager
    async def hold(self, thread: str) -> AsyncIterator[Claim]:
        """Alone with the thread (CH...); waits while somebody else is."""
        holder = uuid.uuid4().hex
        while (claim := await self._take(thread, holder)) is None:  # noqa: ASYNC110 - others' processes set no event
            await asyncio.sleep(POLL_SECONDS)
        try:
            yield claim
        finally:
            await self._let_go(thread, holder, claim)

    async def _take(self, thread: str, holder: str) -> Claim | None:
        now = datetime.now(UTC)
        mine = {"holder": holder, "held_until": now + self._seconds}
        is_free = (thread_claim.c.thread == thread) & (thread_claim.c.held_until <= now)
        taken = update(thread_claim).where(is_free).values(mine).returning(thread_claim.c.task_sid)
        try:
            async with self._engine.begin() as connection:
                row = (await connection.execute(taken)).one_or_none()
                if row is None:
                    await connection.execute(insert(thread_claim).values(thread=thread, **mine))
        except IntegrityError:
            return None  # somebody holds it
        return Claim(row.task_sid if row else "")

    async def _let_go(self, thread: str, holder: str, claim: Claim) -> None:
        """What was done under the claim is done: it then ends with its time."""
        is_mine = (thread_claim.c.thread == thread) & (thread_claim.c.holder == holder)
        free = {"held_until": datetime.now(UTC), "task_sid": claim.task_sid}
        try:
            async with self._engine.begin() as connection:
                await connection.execute(update(thread_claim).where(is_mine).values(free))
        except SQLAlchemyError as error:
            logger.warning("The claim of %s could not be let go: %s", thread, error)
