"""The model failing around the tool, or calling it too often: one handoff, and words."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from agent.store.database import connect
from agent.store.handoffs import HandoffStore
from getting_started.local import LocalStack, running_locally
from getting_started.twilio_emulator.driver import Driver
from tests.end_to_end.model_script import (
    AS_USUAL,
    CUT,
    DONE,
    EMPTY,
    FAILING,
    GAVE_UP,
    Fault,
    script,
    streaming,
    tool_call,
    words,
)
from tests.handoff.customers import WISH, Centre, check_promises, let_take_many

pytestmark = pytest.mark.asyncio(loop_scope="module")
TOOL = streaming(tool_call(), DONE)
TOOL_TWICE = streaming(tool_call(), tool_call(number=2), DONE)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_stack() -> AsyncIterator[LocalStack]:
    async with running_locally({}) as stack:
        let_take_many(stack.twilio)
        yield stack


@pytest_asyncio.fixture(loop_scope="module")
async def centre(shared_stack: LocalStack) -> AsyncIterator[Centre]:
    engine = connect(shared_stack.settings.database_url)
    async with Driver(shared_stack.emulator_url) as driver:
        yield Centre(shared_stack.twilio, driver, HandoffStore(engine))
    await engine.dispose()


@pytest.mark.parametrize("channel", ["chat", "call"])
@pytest.mark.parametrize(
    ("answers", "tasks"),
    [
        pytest.param([FAILING], 0, id="down before the tool"),
        pytest.param([EMPTY], 0, id="silent before the tool"),
        pytest.param([streaming(words("One"), GAVE_UP)], 0, id="gives up before the tool"),
        pytest.param([streaming(tool_call())], 1, id="cut during the tool"),
        pytest.param([streaming(tool_call(), GAVE_UP)], 1, id="gives up during the tool"),
        pytest.param([AS_USUAL, FAILING], 1, id="down after the tool"),
        pytest.param([AS_USUAL, EMPTY], 1, id="silent after the tool"),
        pytest.param([AS_USUAL, CUT], 1, id="cut after the tool"),
        pytest.param([TOOL_TWICE], 1, id="tool twice in an answer"),
        pytest.param([TOOL, TOOL], 1, id="tool twice in a turn"),
    ],
)
async def test_handoff_with_a_failing_model(
    shared_stack: LocalStack, centre: Centre, channel: str, answers: list[Fault], tasks: int
) -> None:
    customer = await (centre.chat() if channel == "chat" else centre.call())
    await script(shared_stack, *answers)

    assert await customer.say(WISH)
    await check_promises(customer)

    assert len(await customer.tasks()) == tasks


@pytest.mark.parametrize(("channel", "tasks"), [("chat", 1), ("call", 0)])
async def test_answer_cut_before_the_tool_is_asked_for_again_if_unheard(
    shared_stack: LocalStack, centre: Centre, channel: str, tasks: int
) -> None:
    customer = await (centre.chat() if channel == "chat" else centre.call())
    await script(shared_stack, CUT)

    assert await customer.say(WISH)
    await check_promises(customer)

    assert len(await customer.tasks()) == tasks


async def test_tool_in_two_turns_is_one_handoff(centre: Centre) -> None:
    chat = await centre.chat()

    await chat.send(WISH)
    await chat.send(WISH)
    await chat.listen()
    await check_promises(chat)

    assert len(await chat.tasks()) == 1
