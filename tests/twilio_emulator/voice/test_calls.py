"""The Calls and IncomingPhoneNumbers APIs, through Twilio's own library."""

from __future__ import annotations

from typing import Any

import pytest
from twilio.base.exceptions import TwilioRestException

from getting_started.twilio_emulator.driver import Driver
from getting_started.twilio_emulator.twilio import Twilio
from tests.twilio_emulator.conftest import Rest
from tests.twilio_emulator.voice.app import CUSTOMER, NUMBER, VoiceApp, call, texts

TWIML = "<Response><Say>Your order is here</Say></Response>"
GATHER = "<Gather><Say>Yes?</Say></Gather>"


async def place(rest: Rest, **options: Any) -> str:
    """A call to the customer; gives its SID."""
    options = {"to": CUSTOMER, "from_": NUMBER, "twiml": TWIML, **options}
    created = await rest(lambda client: client.calls.create(**options))
    assert created.direction == "outbound-api"
    return str(created.sid)


async def test_number_is_created_changed_and_found(rest: Rest) -> None:
    number = await rest(
        lambda client: client.incoming_phone_numbers.create(phone_number="+15550100009")
    )

    await rest(lambda client: number.update(voice_url="https://agent.example.org/voice"))

    [found] = await rest(
        lambda client: client.incoming_phone_numbers.list(phone_number="+15550100009")
    )
    assert (found.sid, found.voice_url) == (number.sid, "https://agent.example.org/voice")


@pytest.mark.parametrize(
    ("answer", "status"),
    [("human", "completed"), ("busy", "busy"), ("no-answer", "no-answer")],
)
async def test_outbound_call_ends_as_answered(
    app: VoiceApp, driver: Driver, rest: Rest, answer: str, status: str
) -> None:
    await driver.phone.set_behaviour(CUSTOMER, answer)

    sid = await place(rest)
    await (await driver.phone.wait_for_call(CUSTOMER)).wait_until_over()

    fetched = await rest(lambda client: client.calls(sid).fetch())
    assert fetched.status == status


async def test_outbound_call_asks_its_url(app: VoiceApp, driver: Driver, rest: Rest) -> None:
    app.answers = {"outbound": "<Say>Hello</Say>"}

    options = {"to": CUSTOMER, "from_": NUMBER, "url": f"{app.url}/outbound"}
    await rest(lambda client: client.calls.create(**options))
    state = await (await driver.phone.wait_for_call(CUSTOMER)).wait_until_over()

    form = app.form_of("outbound")
    assert (form["Direction"], form["CallStatus"]) == ("outbound-api", "in-progress")
    assert texts(state.transcript) == [("FLOW", "Hello")]


async def test_status_callbacks_follow_the_call(app: VoiceApp, driver: Driver, rest: Rest) -> None:
    await place(
        rest,
        status_callback=f"{app.url}/status",
        status_callback_event=["initiated", "ringing", "answered", "completed"],
    )

    await (await driver.phone.wait_for_call(CUSTOMER)).wait_until_over()
    await driver.settle()

    statuses = {form["CallStatus"] for path, form in app.requests if path == "status"}
    assert statuses == {"queued", "ringing", "in-progress", "completed"}


async def test_machine_is_reported(app: VoiceApp, driver: Driver, rest: Rest) -> None:
    await driver.phone.set_behaviour(CUSTOMER, "machine")

    await place(
        rest,
        machine_detection="Enable",
        async_amd="true",
        async_amd_status_callback=f"{app.url}/amd",
    )
    await (await driver.phone.wait_for_call(CUSTOMER)).wait_until_over()
    await driver.settle()

    assert app.form_of("amd")["AnsweredBy"] == "machine_start"


async def test_ringing_phone_is_picked_up(app: VoiceApp, driver: Driver, rest: Rest) -> None:
    await driver.phone.set_behaviour(CUSTOMER, "ring")
    await place(rest)
    ringing = await driver.phone.wait_for_call(CUSTOMER)
    assert (await ringing.state()).status == "ringing"

    await ringing.answer()

    assert (await ringing.wait_until_over()).status == "completed"


async def test_ringing_call_is_canceled(app: VoiceApp, driver: Driver, rest: Rest) -> None:
    await driver.phone.set_behaviour(CUSTOMER, "ring")
    sid = await place(rest)

    canceled = await rest(lambda client: client.calls(sid).update(status="canceled"))

    assert canceled.status == "canceled"


async def test_api_ends_a_live_call(app: VoiceApp, driver: Driver, rest: Rest) -> None:
    app.answers = {"voice": GATHER}
    started = await call(driver)
    await started.listen()

    ended = await rest(lambda client: client.calls(started.call_sid).update(status="completed"))

    assert ended.status == "completed"


async def test_api_redirects_a_live_call(app: VoiceApp, driver: Driver, rest: Rest) -> None:
    app.answers = {"voice": GATHER}
    started = await call(driver)
    await started.listen()

    await rest(lambda client: client.calls(started.call_sid).update(twiml=TWIML))
    state = await started.wait_until_over()

    assert texts(state.transcript) == [("FLOW", "Yes?"), ("FLOW", "Your order is here")]


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"from_": "+15550109999"}, 21210),
        ({"to": "client"}, 21211),
        ({"twiml": "<Response>" + " " * 4000 + "</Response>"}, 32018),
        ({"twiml": ""}, 21205),
    ],
)
async def test_bad_call_is_refused(
    app: VoiceApp, rest: Rest, options: dict[str, str], code: int
) -> None:
    with pytest.raises(TwilioRestException) as refused:
        await place(rest, **options)

    assert refused.value.code == code


async def test_ended_call_cannot_be_changed(app: VoiceApp, driver: Driver, rest: Rest) -> None:
    started = await call(driver)
    await started.wait_until_over()

    with pytest.raises(TwilioRestException) as refused:
        await rest(lambda client: client.calls(started.call_sid).update(twiml=TWIML))

    assert refused.value.code == 21220


async def test_reset_ends_live_calls(app: VoiceApp, driver: Driver, twilio: Twilio) -> None:
    app.answers = {"voice": GATHER}
    await (await call(driver)).listen()

    await driver.reset()

    assert twilio.voice.calls == {}
    assert await driver.phone.calls() == []
