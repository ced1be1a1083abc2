"""Sending again: when, and by which way."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import pytest

from agent.channels.outbox import send_by
from agent.errors import TwilioApiError

BUSY = TwilioApiError("busy", status=429)
ASKS_TO_WAIT = TwilioApiError("busy", status=429, retry_after=0.8)
REFUSED = TwilioApiError("refused", status=403)
UNSENT = TwilioApiError("the proxy refuses", was_sent=False)


@dataclass
class ScriptedWay:
    """Fails in the given ways, then takes the message; notes when it was asked."""

    shows_within: ClassVar[Sequence[float]] = (0,)

    errors: list[TwilioApiError]
    times: list[float] = field(default_factory=list)

    async def post(self) -> None:
        self.times.append(asyncio.get_running_loop().time())
        if self.errors:
            raise self.errors.pop(0)

    async def is_there(self, *, seconds: float) -> bool:
        raise AssertionError("what is surely not sent is not looked for")


@pytest.mark.parametrize(("error", "least"), [(BUSY, 0.3), (ASKS_TO_WAIT, 0.8), (UNSENT, 0.3)])
async def test_it_is_tried_again_when_it_may_pass(error: TwilioApiError, least: float) -> None:
    way = ScriptedWay([error])

    await send_by([way])

    first, second = way.times
    assert second - first >= least - 0.01


async def test_what_is_refused_is_not_tried_again() -> None:
    way = ScriptedWay([REFUSED])

    with pytest.raises(TwilioApiError, match="refused"):
        await send_by([way])

    assert len(way.times) == 1


@pytest.mark.parametrize("error", [BUSY, REFUSED, UNSENT])
async def test_other_way_is_tried_at_once(error: TwilioApiError) -> None:
    ways = [ScriptedWay([error]), ScriptedWay([])]

    await send_by(ways)

    assert [len(way.times) for way in ways] == [1, 1]
