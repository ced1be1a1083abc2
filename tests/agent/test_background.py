"""Work behind an answer is waited for, ended, and heard of when it fails."""

from __future__ import annotations

import asyncio

import pytest

from agent.background import Background


@pytest.fixture
def background() -> Background:
    return Background()


async def test_what_work_begins_is_waited_for_too(background: Background) -> None:
    done: list[str] = []

    async def begin() -> None:
        await asyncio.sleep(0)
        background.run(end())

    async def end() -> None:
        await asyncio.sleep(0)
        done.append("end")

    background.run(begin())
    await background.finish()

    assert done == ["end"]


async def test_what_work_begins_when_it_is_ended_ends_too(background: Background) -> None:
    async def begin() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            background.run(never())

    async def never() -> None:
        await asyncio.Event().wait()

    task = background.run(begin())
    await asyncio.sleep(0)
    await background.cancel()

    assert task.cancelled()


async def test_failure_is_logged(background: Background, caplog: pytest.LogCaptureFixture) -> None:
    async def fail() -> None:
        raise ZeroDivisionError

    background.run(fail())
    await background.finish()

    (record,) = caplog.records
    assert record.exc_info is not None
    assert record.exc_info[0] is ZeroDivisionError
