"""A call waits for a human, talks with one, and goes on."""

from __future__ import annotations

import json

import pytest

from getting_started.twilio_emulator.driver import Driver
from getting_started.twilio_emulator.twilio import Twilio
from tests.twilio_emulator.contact_centre import ContactCentre, build_contact_centre
from tests.twilio_emulator.voice.app import CUSTOMER, NUMBER, VoiceApp, alerts, call, texts

TASK = {"type": "inbound", "reason": 'billing "now"'}


@pytest.fixture
def centre(app: VoiceApp, twilio: Twilio) -> ContactCentre:
    centre = build_contact_centre(twilio)
    enqueue = f'<Enqueue workflowSid="{centre.workflow.sid}" action="after">'
    task = f'<Task priority="5" timeout="60">{json.dumps(TASK)}</Task>'
    app.answers["voice"] = f"{enqueue}{task}</Enqueue><Say>never</Say>"
    return centre


async def test_task_describes_the_call(centre: ContactCentre, driver: Driver) -> None:
    started = await call(driver)

    task = await driver.flex.wait_for_task()

    assert task.attributes | TASK == task.attributes
    assert task.attributes["call_sid"] == started.call_sid
    assert (task.attributes["from"], task.attributes["to"]) == (CUSTOMER, NUMBER)
    assert (task.channel, task.priority, task.status) == ("voice", 5, "reserved")


async def test_human_and_caller_talk(centre: ContactCentre, app: VoiceApp, driver: Driver) -> None:
    app.answers["after"] = "<Say>Goodbye</Say>"
    started = await call(driver)
    task = await driver.flex.wait_for_task()

    await driver.flex.accept(task.task_sid)
    await driver.flex.say(task.task_sid, "Maria here")
    assert await started.listen("HUMAN_AGENT") == "Maria here"
    await started.say("Hello Maria")
    await driver.journal.wait_for("speech", lambda detail: detail["speaker"] == "CUSTOMER")
    completed = await driver.flex.complete(task.task_sid)
    state = await started.wait_until_over()

    assert app.form_of("after")["QueueResult"] == "bridged"
    assert completed.status == "completed"
    spoken = [("HUMAN_AGENT", "Maria here"), ("CUSTOMER", "Hello Maria"), ("FLOW", "Goodbye")]
    assert texts(state.transcript) == spoken


async def test_leaving_while_waiting_cancels_the_task(
    centre: ContactCentre, app: VoiceApp, driver: Driver
) -> None:
    started = await call(driver)
    task = await driver.flex.wait_for_task()

    await started.hang_up()

    assert (await driver.flex.task(task.task_sid)).status == "canceled"
    form = app.form_of("after")
    assert (form["QueueResult"], form["CallStatus"]) == ("hangup", "completed")


async def test_leaving_while_talking_wraps_the_task_up(
    centre: ContactCentre, driver: Driver
) -> None:
    started = await call(driver)
    task = await driver.flex.wait_for_task()
    await driver.flex.accept(task.task_sid)

    await started.hang_up()

    assert (await driver.flex.task(task.task_sid)).status == "wrapping"


async def test_unanswered_task_times_out(
    centre: ContactCentre, app: VoiceApp, driver: Driver
) -> None:
    started = await call(driver)
    await driver.flex.wait_for_task()

    await driver.advance(61)
    await started.wait_until_over()

    assert app.form_of("after")["QueueResult"] == "leave"


@pytest.mark.parametrize(
    ("noun", "code"),
    [
        ("<Task>{}</Task>", 14220),
        ("<Task>not JSON</Task>", 14221),
        ("<Task>[]</Task>", 14221),
        (f'<Task>{{"a": "{"x" * 4096}"}}</Task>', 14221),
    ],
)
async def test_impossible_task_is_reported(
    app: VoiceApp, driver: Driver, noun: str, code: int
) -> None:
    app.answers["voice"] = f'<Enqueue workflowSid="WW0" action="after">{noun}</Enqueue>'

    await (await call(driver)).wait_until_over()

    assert app.form_of("after")["QueueResult"] == "system-error"
    assert await alerts(driver) == [code]
