"""The emulated cloud as a whole: how it stops."""

from __future__ import annotations

import asyncio

import pytest

from getting_started.twilio_emulator.twilio import Twilio


@pytest.mark.parametrize("turns", range(12))
async def test_closing_stops_webhooks_wherever_they_are(turns: int) -> None:
    twilio, tasks = Twilio("http://127.0.0.1:1"), asyncio.all_tasks()
    twilio.spawn(twilio.webhooks.post_json("http://127.0.0.1:1/webhook", {}))
    for _ in range(turns):
        await asyncio.sleep(0)

    await twilio.close()

    assert asyncio.all_tasks() == tasks


async def test_closing_stops_work_that_begins_meanwhile(twilio: Twilio) -> None:
    ended = asyncio.Event()

    async def last(event: asyncio.Event) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            event.set()

    async def first() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            twilio.spawn(last(ended))

    twilio.spawn(first())
    await asyncio.sleep(0)

    await twilio.close()

    assert ended.is_set()
