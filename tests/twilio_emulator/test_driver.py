"""The driver: it waits at the journal, and says what it waited for."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from getting_started.twilio_emulator.driver import Driver, DriverError
from getting_started.twilio_emulator.outgoing import new_client
from getting_started.twilio_emulator.twilio import Twilio

CUSTOMER, NUMBER = "+15550100001", "+15550100002"


@pytest.fixture
async def driver(twilio: Twilio) -> AsyncIterator[Driver]:
    async with Driver(twilio.base_url) as driver:
        yield driver


async def test_timeout_names_the_wait_and_the_journal(driver: Driver, twilio: Twilio) -> None:
    await twilio.journal.record("step", widget="ask_reason")

    await driver.journal.read(kind="none yet")

    with pytest.raises(TimeoutError, match=r"0\.5 s for a task.*\n.*ask_reason"):
        await driver.flex.wait_for_task(seconds=0.5)


async def test_waiting_ends_with_the_entry(driver: Driver, twilio: Twilio) -> None:
    async def record() -> None:
        await twilio.journal.record("step", widget="other")
        await twilio.journal.record("step", widget="ask_reason")

    twilio.spawn(record())

    entry = await driver.journal.wait_for("step", lambda one: one["widget"] == "ask_reason")

    assert entry.number == 2


async def test_following_gives_each_entry_once(driver: Driver, twilio: Twilio) -> None:
    await twilio.journal.record("step", widget="first")
    followed = driver.journal.follow(kind="step")
    assert (await anext(followed)).detail == {"widget": "first"}

    await twilio.journal.record("speech", text="not this")
    await twilio.journal.record("step", widget="second")

    assert (await anext(followed)).detail == {"widget": "second"}
    await followed.aclose()


async def test_refusal_is_raised(driver: Driver) -> None:
    with pytest.raises(DriverError, match="was not found") as refused:
        await driver.phone.call(CUSTOMER, NUMBER)

    assert (refused.value.status, refused.value.code) == (404, 20404)


async def test_texts_reach_the_phone(driver: Driver, twilio: Twilio) -> None:
    thread = driver.sms.thread(CUSTOMER, NUMBER)
    await thread.send("Where is my parcel?")

    await twilio.messaging.deliver(from_=NUMBER, to=CUSTOMER, body="On its way")

    assert await thread.listen() == "On its way"


async def test_chat_hears_the_other_side_only(driver: Driver, twilio: Twilio) -> None:
    service_sid = twilio.classic.create_service("Acme").sid
    chat = await driver.chat.start("ana", service_sid=service_sid)
    await chat.send("Hello")
    await twilio.classic.add_message(chat.conversation_sid, author="ai-assistant", body="Hi")

    assert (await chat.listen()).text == "Hi"
    assert [one.text for one in await chat.messages()] == ["Hello", "Hi"]


async def test_faults_reach_the_api(driver: Driver, twilio: Twilio) -> None:
    await driver.fail(product="taskrouter", status=503, times=1)

    async with new_client() as client:
        url = twilio.url("taskrouter", "/v1/Workspaces")
        account = (twilio.account.api_key, twilio.account.api_secret)
        statuses = [(await client.get(url, auth=account)).status_code for _ in range(2)]

    assert statuses == [503, 200]
