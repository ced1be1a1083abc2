"""A reply that promises a person: kept, reworded or taken back, and counted."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from agent.handoff.payload import Escalation, HandoffPayload, build_attributes
from agent.handoff.record import HandoffState
from agent.phrases import ENGLISH
from agent.store.database import connect
from agent.store.handoffs import HandoffStore
from getting_started.local import LocalStack, running_locally
from getting_started.twilio_emulator.driver import Driver
from getting_started.twilio_emulator.seed import AGENT_NUMBER, CUSTOMER_NUMBER
from tests.end_to_end.customers import ASKS_HOURS, HOURS, WANTS_HUMAN, Customer, Scene
from tests.end_to_end.metrics import WITH_METRICS, counted
from tests.end_to_end.model_script import (
    DONE,
    EMPTY,
    FAILING,
    GAVE_UP,
    Fault,
    last_input,
    script,
    streaming,
    tool_call,
    words,
)
from tests.end_to_end.relay_client import relay_call, text_of

pytestmark = pytest.mark.asyncio(loop_scope="module")
NUMBERS = itertools.count()
COMPLAINT = "My boots are torn"
PROMISE = streaming(words("I see. I'm connecting you with a colleague now."), DONE)
BROKEN_PROMISE = streaming(words("Let me transfer you."), GAVE_UP)
PROMISE_THEN_TOOL = streaming(words("I'm connecting you now."), tool_call(), DONE)
TRUTH = "I can look up your order."
TRUTHFUL = streaming(words(TRUTH), DONE)
TOOL = streaming(tool_call(), DONE)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene() -> AsyncIterator[Scene]:
    """One for the module, whose conversations are handed over once."""
    settings = {"AGENT_MAX_HANDOFFS": "1", **WITH_METRICS}
    async with running_locally(settings) as stack, Driver(stack.emulator_url) as driver:
        yield Scene(stack, driver)


@pytest_asyncio.fixture(loop_scope="module")
async def customer(scene: Scene) -> Customer:
    """Somebody new who writes by SMS."""
    return await scene.customer("SMS", f"+155503{next(NUMBERS):05d}")


async def reasons_of_tasks(scene: Scene, address: str) -> list[str]:
    """Why the humans who got this customer were asked."""
    await scene.settle()
    tasks = await scene.driver.flex.tasks()
    return [task.attributes["reason"] for task in tasks if address in str(task.attributes)]


@pytest.mark.parametrize(
    ("answers", "left", "done"),
    [
        pytest.param([PROMISE, TOOL], "", "handed_over_by_model", id="handed over by the model"),
        pytest.param([PROMISE, PROMISE], "I see.", "handed_over", id="promised again"),
        pytest.param([PROMISE, FAILING], "I see.", "handed_over", id="model down"),
        pytest.param([PROMISE, EMPTY], "I see.", "handed_over", id="nothing said"),
        pytest.param([BROKEN_PROMISE, PROMISE], "", "handed_over", id="broken off"),
    ],
)
async def test_written_promise_becomes_a_handoff(
    scene: Scene, customer: Customer, answers: list[Fault], left: str, done: str
) -> None:
    line = f'agent_false_promises_total{{channel="SMS",done="{done}"}}'
    before = await counted(scene.stack, line)
    await script(scene.stack, *answers)

    goodbye = await customer.ask(COMPLAINT)

    (reason,) = await reasons_of_tasks(scene, customer.address)
    assert goodbye.startswith(left)
    assert "colleague" in goodbye.removeprefix(left)
    assert await customer.received() == [goodbye]
    assert (COMPLAINT in reason) is (done == "handed_over")
    assert await counted(scene.stack, line) == before + 1


async def test_written_promise_is_reworded(scene: Scene, customer: Customer) -> None:
    await script(scene.stack, PROMISE, TRUTHFUL)

    assert await customer.ask(COMPLAINT) == TRUTH
    assert HOURS in await customer.ask(ASKS_HOURS)
    assert await reasons_of_tasks(scene, customer.address) == []


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        pytest.param([PROMISE, PROMISE], f"I see. {ENGLISH.taken_back}", id="promised again"),
        pytest.param([PROMISE_THEN_TOOL, TRUTHFUL, TRUTHFUL], TRUTH, id="tool refused, reworded"),
        pytest.param(
            [PROMISE_THEN_TOOL, EMPTY, PROMISE], ENGLISH.taken_back, id="tool refused, promised"
        ),
    ],
)
async def test_written_promise_that_cannot_be_kept_is_taken_back(
    scene: Scene, customer: Customer, answers: list[Fault], said: str
) -> None:
    await scene.driver.fail(product="studio", method="POST", status=400)
    await customer.ask(WANTS_HUMAN)
    assert await customer.listen() == ENGLISH.sorry
    scene.stack.twilio.faults.clear()
    await script(scene.stack, *answers)

    assert await customer.ask(COMPLAINT) == said
    assert HOURS in await customer.ask(ASKS_HOURS)
    assert await reasons_of_tasks(scene, customer.address) == []


async def test_handoff_never_comes_without_a_word(scene: Scene, customer: Customer) -> None:
    await script(scene.stack, TOOL, EMPTY)

    goodbye = await customer.ask(WANTS_HUMAN)

    assert "colleague" in goodbye
    assert len(await reasons_of_tasks(scene, customer.address)) == 1


@pytest.mark.parametrize("answer", [PROMISE, BROKEN_PROMISE])
async def test_spoken_promise_becomes_a_handoff(scene: Scene, answer: Fault) -> None:
    line = 'agent_false_promises_total{channel="VOICE",done="handed_over"}'
    before = await counted(scene.stack, line)
    await script(scene.stack, answer)

    async with relay_call(scene.stack) as relay:
        await relay.prompt(COMPLAINT)
        *said, end = await relay.until(type="end")
        after = await relay.hang_up()

    assert COMPLAINT in end["handoffData"]
    assert "colleague" in text_of(said[-2:] if said[-1]["token"] else said)
    assert after == []
    assert await counted(scene.stack, line) == before + 1


@pytest.mark.parametrize(
    ("answers", "ends_with"),
    [
        pytest.param([PROMISE], ENGLISH.taken_back, id="promise"),
        pytest.param([BROKEN_PROMISE], ENGLISH.taken_back, id="broken off"),
        pytest.param([PROMISE_THEN_TOOL, EMPTY], ENGLISH.taken_back, id="tool refused, silence"),
        pytest.param(
            [PROMISE_THEN_TOOL, FAILING], ENGLISH.taken_back, id="tool refused, model down"
        ),
        pytest.param([PROMISE_THEN_TOOL, TRUTHFUL], TRUTH, id="tool refused, said so"),
    ],
)
async def test_spoken_promise_that_cannot_be_kept_is_taken_back(
    scene: Scene, answers: list[Fault], ends_with: str
) -> None:
    call_sid = scene.stack.twilio.sids.sid("CA")
    await hand_over_in_vain(scene.stack, call_sid)
    await script(scene.stack, *answers)

    async with relay_call(scene.stack, call_sid=call_sid) as relay:
        await relay.prompt(COMPLAINT)
        said = await relay.reply()
        await relay.prompt(ASKS_HOURS)

        assert said.endswith(ends_with)
        assert HOURS in await relay.reply()
        assert any(text.endswith(ends_with) for text in await last_input(scene.stack))


async def hand_over_in_vain(stack: LocalStack, call_sid: str) -> None:
    """The one handoff that the settings allow is used up."""
    engine = connect(stack.settings.database_url)
    store = HandoffStore(engine)
    handoff_id = f"handoff_{call_sid}"
    try:
        record = await store.claim(
            thread=call_sid,
            channel="VOICE",
            customer_address=CUSTOMER_NUMBER,
            agent_address=AGENT_NUMBER,
            payload=HandoffPayload(
                conversation_id="conv_conversation_1",
                memory_store_id="mem_store_1",
                profile_id="",
                attributes=build_attributes(Escalation(reason="one"), {}, handoff_id=handoff_id),
            ),
        )
        await store.move(record, HandoffState.FAILED, failure="internal")
    finally:
        await engine.dispose()
