"""What is said without the model: in the caller's language, else in the usual one of the line."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from agent.phrases import ENGLISH, Phrases
from agent.phrases.german import GERMAN
from getting_started.local import LocalStack, running_locally
from getting_started.twilio_emulator.driver import Driver, PhoneCall
from getting_started.twilio_emulator.seed import AGENT_NUMBER, CUSTOMER_NUMBER
from tests.conftest import UNHURRIED
from tests.end_to_end.model_script import EMPTY, script

pytestmark = pytest.mark.asyncio(loop_scope="module")
WISH = "I want to talk to a person"
QUESTION = "When are you open?"
SPOKEN = pytest.mark.parametrize(
    ("language", "phrases"),
    [
        pytest.param("de-AT", GERMAN, id="usual"),
        pytest.param("en-US", ENGLISH, id="the other"),
        pytest.param("it-IT", GERMAN, id="none of the line's"),
    ],
)


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["studio", "app"])
async def stack(request: pytest.FixtureRequest) -> AsyncIterator[LocalStack]:
    """A German line that understands English; the flow ends its calls, or the agent does."""
    environment = {
        **UNHURRIED,
        "AGENT_LANGUAGES": "de-DE,en-US",
        "AGENT_VOICE_ACTION": request.param,
    }
    async with running_locally(environment, has_further_ways=True) as stack:
        yield stack


@pytest_asyncio.fixture(loop_scope="module")
async def driver(stack: LocalStack) -> AsyncIterator[Driver]:
    async with Driver(stack.emulator_url) as driver:
        yield driver


async def pick_up(driver: Driver) -> PhoneCall:
    call = await driver.phone.call(CUSTOMER_NUMBER, AGENT_NUMBER)
    await call.listen("AI_AGENT")
    return call


@SPOKEN
async def test_apology_on_a_call(
    stack: LocalStack, driver: Driver, language: str, phrases: Phrases
) -> None:
    call = await pick_up(driver)
    await script(stack, EMPTY)

    await call.say(QUESTION, language=language)

    assert await call.listen("AI_AGENT") == phrases.apology


@SPOKEN
async def test_goodbye_to_a_caller_whom_nobody_took(
    stack: LocalStack, driver: Driver, language: str, phrases: Phrases
) -> None:
    call = await pick_up(driver)
    await call.say(WISH, language=language)
    task = await driver.flex.wait_for_task(
        lambda one: one.attributes.get("call_sid") == call.call_sid
    )
    await stack.twilio.taskrouter.cancel(task.task_sid, "nobody there")

    assert await call.listen("FLOW") == phrases.callback_goodbye


async def test_apology_in_a_chat(stack: LocalStack, driver: Driver) -> None:
    session = await driver.chat.start("ana@example.org")
    await script(stack, EMPTY)

    await session.send(QUESTION)

    assert (await session.listen()).text == GERMAN.apology


async def test_caller_who_was_cut_off_is_greeted_again(stack: LocalStack, driver: Driver) -> None:
    """On our route; the flow's greeting is written in the flow."""
    call = await pick_up(driver)
    await call.say(QUESTION, language="en-GB")
    await call.listen("AI_AGENT")
    form = {"CallSid": call.call_sid, "CallStatus": "in-progress"}
    address = f"{stack.agent_url}{stack.settings.action_path}"

    answer = await stack.twilio.webhooks.request_form(address, form)

    assert answer is not None
    assert f'welcomeGreeting="{ENGLISH.cut_off}"' in answer.text
    assert ' language="en-US"' in answer.text


@pytest.mark.parametrize(
    ("language", "spoken"),
    [("de-AT", "de-DE"), ("en-GB", "en-US"), ("it-IT", "de-DE"), ("", "de-DE")],
)
async def test_caller_who_was_cut_off_is_heard_in_their_language(
    stack: LocalStack, driver: Driver, language: str, spoken: str
) -> None:
    """The flow's session has to be told; on our route it is asked for with every language."""
    call = await pick_up(driver)
    await call.say(QUESTION, language=language or None)
    await call.listen("AI_AGENT")
    since = await driver.journal.last_number()
    await call.drop_socket()
    await call.listen("AI_AGENT")
    await call.say(QUESTION)
    await call.listen("AI_AGENT")

    sent = [entry.detail["frame"] for entry in await driver.journal.read(since, kind="frame")]
    changes = [frame for frame in sent if "transcriptionLanguage" in frame]
    told = {"type": "language", "ttsLanguage": spoken, "transcriptionLanguage": spoken}
    assert changes == ([told] if stack.settings.voice_action == "studio" else [])


async def test_say_is_told_its_language(stack: LocalStack) -> None:
    form = {"CallSid": "CA" + "7" * 32, "QueueResult": "leave"}
    address = f"{stack.agent_url}{stack.settings.action_path}"

    answer = await stack.twilio.webhooks.request_form(address, form)

    assert answer is not None
    assert f'<Say language="de-DE">{GERMAN.nobody_there}</Say>' in answer.text
