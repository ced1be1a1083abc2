"""The emulated cloud as a whole: how it stops, repeats and begins anew."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx
import pytest

from getting_started.twilio_emulator.clock import machine_time
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


def test_runs_repeat() -> None:
    def run() -> str:
        twilio = Twilio("http://127.0.0.1:1", seed=7, now=lambda: datetime(2026, 11, 2, tzinfo=UTC))
        twilio.clock.advance(60)
        conversation = twilio.classic.create_conversation(twilio.classic.default_service().sid)
        return f"{conversation.sid} {conversation.created}"

    assert run() == run()


async def test_reset_leaves_an_empty_account(twilio: Twilio) -> None:
    twilio.memory.create_store("acme")
    twilio.clock.advance(3600)
    await twilio.journal.record("step", widget="first")

    await twilio.reset()

    assert not twilio.memory.stores
    assert not twilio.journal.since(0)
    assert (twilio.clock.now() - machine_time()).total_seconds() < 60


async def test_answers_tell_the_emulated_time(twilio: Twilio) -> None:
    twilio.clock.advance(3600)

    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.get(f"{twilio.base_url}/_emulator/journal")

    told = parsedate_to_datetime(answer.headers["date"])
    assert abs((twilio.clock.now() - told).total_seconds()) < 60


async def test_account_can_be_fetched(twilio: Twilio) -> None:
    account = twilio.account
    url = f"{twilio.base_url}/api/2010-04-01/Accounts/{account.sid}.json"

    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.get(url, auth=(account.sid, account.auth_token))

    assert (answer.json()["sid"], answer.json()["status"]) == (account.sid, "active")
