"""Twilio's other products down under a handoff: a person comes, or the agent goes on serving."""

from __future__ import annotations

import pytest

from tests.handoff.customers import WISH, Centre, ChatCustomer, check_promises
from tests.handoff.faults import ACTIONS, EXECUTIONS, INACTIVE, MEMORY, PARTICIPANTS, Fault

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.parametrize("shared_stack", ["sqlite"], indirect=True),
]
LOOKUP = {"product": "conversations", "path": "/v2/Conversations", "method": "GET"}
CLASSIC = {"product": "conversations", "path": "/v1/*/Messages", "method": "POST"}
REFUSING: Fault = {"status": 403}
DOWN: Fault = {"status": 503}
CUT: Fault = {"drop": "before"}
HANGING: Fault = {"delay": 5, "drop": "before"}
HOW = [
    pytest.param(REFUSING, id="refuses"),
    pytest.param(DOWN, id="down"),
    pytest.param(CUT, id="cut"),
    pytest.param(HANGING, id="hangs"),
]


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize(
    ("what", "tasks"),
    [
        pytest.param(PARTICIPANTS, 0, id="participants"),
        pytest.param(ACTIONS, 1, id="actions"),
        pytest.param(INACTIVE, 1, id="INACTIVE"),
        pytest.param(MEMORY, 1, id="memory"),
    ],
)
async def test_chat_is_handed_over_or_served(
    centre: Centre, what: Fault, how: Fault, tasks: int
) -> None:
    chat = await centre.stranger()
    await centre.driver.fail(**{**what, **how})

    assert await chat.say(WISH)
    centre.twilio.faults.clear()
    await check_promises(chat)

    assert len(await chat.tasks()) == tasks


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize(
    "what",
    [
        pytest.param(LOOKUP, id="conversations"),
        pytest.param(PARTICIPANTS, id="participants"),
        pytest.param(INACTIVE, id="INACTIVE"),
        pytest.param(MEMORY, id="memory"),
    ],
)
async def test_caller_reaches_a_person(centre: Centre, what: Fault, how: Fault) -> None:
    await centre.driver.fail(**{**what, **how})
    caller = await centre.call()

    assert await caller.say(WISH)
    await check_promises(caller)

    assert len(await caller.tasks()) == 1


async def test_goodbye_that_nothing_takes_at_first_is_said_later(chat: ChatCustomer) -> None:
    for way in (ACTIONS, CLASSIC):
        await chat.centre.driver.fail(**way, **DOWN, times=1)

    assert "connecting you" in await chat.say(WISH)
    await check_promises(chat)

    assert len(await chat.tasks()) == 1


async def test_studio_that_hangs_each_time_leaves_the_agent_serving(chat: ChatCustomer) -> None:
    await chat.centre.driver.fail(**EXECUTIONS, **HANGING)

    assert "connecting you" in await chat.say(WISH)
    assert "sorry" in await chat.listen()
    await check_promises(chat)

    assert await chat.executions() == 0
