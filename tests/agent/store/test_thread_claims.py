"""One at a time has a thread, whoever else shares the database."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text, update
from sqlalchemy.ext.asyncio import AsyncEngine

from agent.store.database import connect
from agent.store.retention import Retention
from agent.store.tables import thread_claim
from agent.store.thread_claims import ThreadClaims

THREAD = "CH" + "1" * 32


async def test_holders_of_two_processes_take_turns(engine: AsyncEngine, database_url: str) -> None:
    other = connect(database_url)
    seen: list[str] = []

    async def hold(claims: ThreadClaims) -> None:
        async with claims.hold(THREAD):
            seen.append("in")
            await asyncio.sleep(0)
            seen.append("out")

    await asyncio.gather(*(hold(ThreadClaims(one)) for one in (engine, other, engine, other)))
    await other.dispose()

    assert seen == ["in", "out"] * 4


async def test_other_threads_do_not_wait(engine: AsyncEngine) -> None:
    claims = ThreadClaims(engine)

    async with claims.hold(THREAD), claims.hold("CH2"):
        pass


async def test_task_is_found_by_the_next(engine: AsyncEngine) -> None:
    claims = ThreadClaims(engine)
    async with claims.hold(THREAD) as claim:
        claim.task_sid = "WT1"

    async with claims.hold(THREAD) as claim:
        assert claim.task_sid == "WT1"


async def test_failure_lets_go_and_keeps_the_task(engine: AsyncEngine) -> None:
    claims = ThreadClaims(engine)

    async def fail() -> None:
        async with claims.hold(THREAD) as claim:
            claim.task_sid = "WT1"
            raise TimeoutError

    with pytest.raises(TimeoutError):
        await fail()

    async with claims.hold(THREAD) as claim:
        assert claim.task_sid == "WT1"


async def test_database_that_fails_at_the_end_undoes_nothing(
    engine: AsyncEngine, caplog: pytest.LogCaptureFixture
) -> None:
    async with ThreadClaims(engine).hold(THREAD), engine.begin() as connection:
        await connection.execute(text("DROP TABLE thread_claim"))

    assert "could not be let go" in caplog.text


async def test_dead_holder_loses_it(engine: AsyncEngine) -> None:
    holding = ThreadClaims(engine).hold(THREAD)
    await holding.__aenter__()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1), ThreadClaims(engine).hold(THREAD):
            pass

    async with engine.begin() as connection:  # its time passes
        past = datetime.now(UTC) - timedelta(seconds=1)
        await connection.execute(update(thread_claim).values(held_until=past))
    async with ThreadClaims(engine).hold(THREAD):
        await holding.__aexit__(None, None, None)
        with pytest.raises(TimeoutError):  # what the dead one does late frees nothing
            async with asyncio.timeout(0.1), ThreadClaims(engine).hold(THREAD):
                pass


@pytest.mark.parametrize(("age", "deleted"), [(31, 1), (29, 0)])
async def test_old_claims_are_deleted(engine: AsyncEngine, age: int, deleted: int) -> None:
    async with ThreadClaims(engine).hold(THREAD):
        pass
    async with engine.begin() as connection:
        then = datetime.now(UTC) - timedelta(days=age)
        await connection.execute(update(thread_claim).values(held_until=then))

    assert await Retention(engine, None).delete_batch(days=30) == deleted
