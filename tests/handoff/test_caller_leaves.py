"""A caller who hangs up, or whose socket breaks, at every moment of a handoff."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from agent.handoff.record import HandoffState
from getting_started.local import LocalStack
from tests.end_to_end.model_script import AS_USUAL, script
from tests.handoff.customers import WISH, Caller, Centre, check_promises

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.parametrize("shared_stack", ["sqlite"], indirect=True),
]
_S = HandoffState
Moment = Callable[[LocalStack, Caller], Awaitable[None]]


async def requested(stack: LocalStack, caller: Caller) -> None:
    """The model takes its time over the goodbye."""
    await script(stack, AS_USUAL, {"delay": 1})
    await caller.send(WISH)
    await caller.wait_for(_S.REQUESTED)


async def in_the_goodbye(stack: LocalStack, caller: Caller) -> None:
    await _ask_until(caller, lambda frame: bool(frame["type"] == "text"))


async def delivering(stack: LocalStack, caller: Caller) -> None:
    """The goodbye is said: `end` comes next, or is on its way."""
    await _ask_until(caller, lambda frame: bool(frame.get("last")))


async def after_the_end(stack: LocalStack, caller: Caller) -> None:
    await _ask_until(caller, lambda frame: bool(frame["type"] == "end"))


async def delivered(stack: LocalStack, caller: Caller) -> None:
    """Nobody tells that the task was made."""
    workspaces = stack.twilio.taskrouter.workspaces.values()
    addresses = [workspace.event_callback_url for workspace in workspaces]
    for workspace in workspaces:
        workspace.event_callback_url = ""
    await caller.send(WISH)
    await caller.waiting_task()
    await caller.wait_for(_S.DELIVERED)
    await caller.centre.driver.settle()
    for workspace, address in zip(workspaces, addresses, strict=True):
        workspace.event_callback_url = address


async def queued(stack: LocalStack, caller: Caller) -> None:
    await caller.send(WISH)
    await caller.wait_for(_S.QUEUED)


async def accepted(stack: LocalStack, caller: Caller) -> None:
    await queued(stack, caller)
    await caller.centre.driver.flex.accept((await caller.waiting_task()).task_sid)
    await caller.wait_for(_S.ACCEPTED)


async def ended(stack: LocalStack, caller: Caller) -> None:
    await accepted(stack, caller)
    task = await caller.waiting_task()
    await caller.centre.driver.flex.complete(task.task_sid, close=False)
    await caller.wait_for(_S.ENDED)


async def _ask_until(caller: Caller, matches: Callable[[dict[str, Any]], bool]) -> None:
    """Ask for a person; until we have sent such a frame."""
    journal = caller.centre.driver.journal
    since = await journal.last_number()
    await caller.send(WISH)
    await journal.wait_for(
        "frame",
        lambda one: (
            one["call_sid"] == caller.thread
            and one["direction"] == "from_app"
            and matches(one["frame"])
        ),
        since=since,
    )


@pytest.mark.parametrize(
    ("moment", "states"),
    [
        pytest.param(requested, {_S.FAILED}, id="requested"),
        pytest.param(in_the_goodbye, {_S.FAILED, _S.ABANDONED}, id="in the goodbye"),
        pytest.param(delivering, {_S.FAILED, _S.ABANDONED}, id="delivering"),
        pytest.param(after_the_end, {_S.FAILED, _S.ABANDONED}, id="after end"),
        pytest.param(delivered, {_S.ABANDONED}, id="delivered"),
        pytest.param(queued, {_S.ABANDONED}, id="queued"),
        pytest.param(accepted, {_S.ENDED}, id="accepted"),
        pytest.param(ended, {_S.ENDED}, id="ended"),
    ],
)
async def test_caller_who_hangs_up_leaves_no_handoff_open(
    shared_stack: LocalStack, centre: Centre, moment: Moment, states: set[HandoffState]
) -> None:
    caller = await centre.call()
    await moment(shared_stack, caller)

    if not await caller.is_gone():
        await caller.phone.hang_up()
    record = await caller.wait_until(lambda one: not one.holds_conversation, "a closed handoff")
    await check_promises(caller)

    assert record.state in states
    assert all(one.status in {"canceled", "completed", "wrapping"} for one in await caller.tasks())


@pytest.mark.parametrize(
    "moment",
    [
        pytest.param(requested, id="before the goodbye"),
        pytest.param(in_the_goodbye, id="in the goodbye"),
        pytest.param(delivering, id="before end"),
        pytest.param(after_the_end, id="after end"),
    ],
)
async def test_caller_whose_socket_breaks_reaches_a_person(
    shared_stack: LocalStack, centre: Centre, moment: Moment
) -> None:
    caller = await centre.call()
    await moment(shared_stack, caller)

    await caller.phone.drop_socket()
    task = await caller.waiting_task()
    await centre.driver.flex.accept(task.task_sid)
    await caller.wait_for(_S.ACCEPTED)
    await check_promises(caller)

    assert len(await caller.tasks()) == 1
