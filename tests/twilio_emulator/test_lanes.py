"""Background work in lanes."""

from __future__ import annotations

import asyncio
import logging

import pytest

from getting_started.twilio_emulator.lanes import Lanes
from getting_started.twilio_emulator.twilio import Twilio


async def test_one_lane_keeps_its_order(twilio: Twilio) -> None:
    lanes, done = Lanes(twilio.spawn), []

    async def work(number: int, turns: int) -> None:
        for _turn in range(turns):
            await asyncio.sleep(0)
        done.append(number)

    lanes.run("one", lambda: work(1, turns=9))
    lanes.run("one", lambda: work(2, turns=0))
    lanes.run("other", lambda: work(3, turns=1))
    await twilio.settle()

    assert done == [3, 1, 2]


async def test_failure_does_not_lose_what_waits(
    twilio: Twilio, caplog: pytest.LogCaptureFixture
) -> None:
    lanes, done = Lanes(twilio.spawn), []

    async def fail() -> None:
        raise RuntimeError("out of order")

    async def work() -> None:
        done.append("work")

    with caplog.at_level(logging.CRITICAL):
        lanes.run("one", fail)
        lanes.run("one", work)
        await twilio.settle()

    assert done == ["work"]
