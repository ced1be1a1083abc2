"""Twilio's events about a handed-over chat once more, late and in the wrong order: it stays one."""

from __future__ import annotations

from typing import Any

import pytest

from agent.handoff.record import HandoffState
from getting_started.local import LocalStack
from tests.end_to_end.customers import Scene
from tests.handoff.customers import ASKS_HOURS, WISH, ChatCustomer, check_promises

pytestmark = pytest.mark.asyncio(loop_scope="module")
_S = HandoffState
CREATED, UPDATED = "COMMUNICATION_CREATED", "CONVERSATION_UPDATED"
WISHED, GREETED = (CREATED, WISH), (CREATED, "Hello")
INACTIVE, ACTIVE = (UPDATED, "INACTIVE"), (UPDATED, "ACTIVE")
ANOTHER = {"id": "another", "content": {"type": "TEXT", "text": ASKS_HOURS}}


def event_of(scene: Scene, chat: ChatCustomer, kind: str, said: str) -> dict[str, Any]:
    """One that Twilio has sent; for a status, as Twilio sends it."""
    event = next(
        event
        for event in scene.events(CREATED)
        if event["data"]["author"]["address"] == chat.address
        and (kind == UPDATED or event["data"]["content"]["text"] == said)
    )
    if kind == CREATED:
        return event
    return {"eventType": UPDATED, "data": {"id": event["data"]["conversationId"], "status": said}}


async def reach(chat: ChatCustomer, state: HandoffState) -> None:
    """Ask for a person, and go on until the handoff is there."""
    flex = chat.centre.driver.flex
    await chat.say(WISH)
    await chat.wait_for(_S.QUEUED)
    if state is _S.QUEUED:
        return
    task = await chat.waiting_task()
    await flex.accept(task.task_sid)
    await chat.wait_for(_S.ACCEPTED)
    if state is _S.ENDED:
        await flex.complete(task.task_sid, close=False)
        await chat.wait_for(_S.ENDED)


@pytest.mark.parametrize("state", [_S.QUEUED, _S.ACCEPTED, _S.ENDED])
@pytest.mark.parametrize(
    "events",
    [
        pytest.param([WISHED], id="wish repeated"),
        pytest.param([WISHED, GREETED], id="wish before the greeting"),
        pytest.param([GREETED], id="greeting late"),
        pytest.param([INACTIVE, INACTIVE], id="INACTIVE repeated"),
        pytest.param([INACTIVE, ACTIVE], id="ACTIVE late"),
    ],
)
async def test_event_of_before_changes_nothing(
    shared_stack: LocalStack,
    chat: ChatCustomer,
    state: HandoffState,
    events: list[tuple[str, str]],
) -> None:
    scene = Scene(shared_stack, chat.centre.driver)
    await reach(chat, state)
    await scene.settle()
    said = await chat.words()

    for attempt, (kind, text) in enumerate(events, start=2):
        assert await scene.deliver(event_of(scene, chat, kind, text), attempt=attempt) == 200
        await scene.settle()
    record = await chat.record()

    assert record
    assert record.state is state
    assert await chat.words() == said
    await check_promises(chat)


@pytest.mark.parametrize("is_accepted", [False, True], ids=["waits", "with the human"])
async def test_message_of_before_that_comes_late_is_the_humans(
    shared_stack: LocalStack, chat: ChatCustomer, is_accepted: bool
) -> None:
    scene = Scene(shared_stack, chat.centre.driver)
    await reach(chat, _S.ACCEPTED if is_accepted else _S.QUEUED)
    event = event_of(scene, chat, CREATED, "Hello")
    said = await chat.words()

    late = {**event, "data": {**event["data"], **ANOTHER}}
    assert await scene.deliver(late) == 200
    await scene.settle()

    assert await chat.words() == said
    await check_promises(chat)


@pytest.mark.parametrize("twice", [False, True], ids=["wrong order", "repeated"])
async def test_wish_and_question_at_once_are_one_handoff(
    shared_stack: LocalStack, chat: ChatCustomer, twice: bool
) -> None:
    scene = Scene(shared_stack, chat.centre.driver)
    await scene.settle()
    event = event_of(scene, chat, CREATED, "Hello")
    wish = {**event["data"], "id": "wish", "content": {"type": "TEXT", "text": WISH}}
    second = {**wish, "id": "wish again"} if twice else {**event["data"], **ANOTHER}

    for data in (wish, second):
        assert await scene.deliver({**event, "data": data}) == 200
    await chat.wait_for(_S.QUEUED)
    await check_promises(chat)

    assert len(await chat.tasks()) == 1
