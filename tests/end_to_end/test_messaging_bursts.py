"""What a customer writes in one go is answered once, however it comes in."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from agent.instructions import NOT_TEXT
from agent.phrases import ENGLISH
from getting_started.local import running_locally
from getting_started.twilio_emulator.driver import Driver
from tests.end_to_end.customers import ASKS_HOURS, HOURS, WANTS_HUMAN, Customer, Scene
from tests.end_to_end.model_script import AS_USUAL, DONE, Fault, script, streaming, tool_call

pytestmark = pytest.mark.asyncio(loop_scope="module")
NUMBERS = itertools.count()
HANGING: Fault = {"delay": 60}
"""For answers that are given up for what comes meanwhile."""
SLOW: Fault = {"delay": 2}
SECONDS = 20


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene() -> AsyncIterator[Scene]:
    """One for the module, with a pause that is long enough for quick messages."""
    settings = {"AGENT_BURST_SECONDS": "0.2"}
    async with running_locally(settings) as stack, Driver(stack.emulator_url) as driver:
        yield Scene(stack, driver)


@pytest_asyncio.fixture(loop_scope="module")
async def customer(scene: Scene) -> Customer:
    """Somebody new in the web chat, whom nothing is known of."""
    return await scene.customer("CHAT", f"visitor-{next(NUMBERS)}")


async def asked_of_the_model(scene: Scene, customer: Customer, times: int) -> list[list[str]]:
    """What the customer had said each time that the model began a reply, once it has begun so
    many."""
    first = f"I am {customer.address}"
    async with asyncio.timeout(SECONDS):
        while True:
            inputs = [request["input"] for request in await scene.model_requests()]
            theirs = [one for one in inputs if first in str(one) and "role" in one[-1]]
            if len(theirs) >= times:
                return [_said_by_customer(one) for one in theirs]


def _said_by_customer(items: list[dict[str, Any]]) -> list[str]:
    return [item["content"] for item in items if item.get("role") == "user"]


async def test_quick_messages_are_answered_once_and_in_order(
    scene: Scene, customer: Customer
) -> None:
    texts = [f"I am {customer.address}", "I have a question:", ASKS_HOURS]

    for text in texts:
        await customer.send(text)
    await scene.settle()

    (answer,) = await customer.received()
    assert HOURS in answer
    assert await asked_of_the_model(scene, customer, 1) == [["\n".join(texts)]]


async def test_messages_after_a_pause_are_answered_each(scene: Scene, customer: Customer) -> None:
    first = await customer.ask(ASKS_HOURS)
    second = await customer.ask("Where is my order 1042?")

    assert HOURS in first
    assert "1042" in second
    assert await customer.received() == [first, second]


async def test_repeated_webhooks_of_a_burst_change_nothing(
    scene: Scene, customer: Customer
) -> None:
    await customer.send(f"I am {customer.address}")
    await customer.send(ASKS_HOURS)
    events = [
        event
        for event in scene.events("COMMUNICATION_CREATED")
        if event["data"]["author"]["address"] == customer.address
    ]
    for attempt, event in itertools.product((1, 2), events):
        await scene.deliver(event, attempt=attempt)
    await scene.settle()

    assert len(await customer.received()) == 1
    assert [len(said) for said in await asked_of_the_model(scene, customer, 1)] == [1]


async def deliver_more(scene: Scene, customer: Customer, **changes: dict[str, Any]) -> None:
    """Events like the customer's first message, with these changes, each under a name."""
    event = next(
        event
        for event in scene.events("COMMUNICATION_CREATED")
        if event["data"]["author"]["address"] == customer.address
    )
    for name, more in changes.items():
        message = {**event["data"], "id": f"{event['data']['id']}{name}", **more}
        await scene.deliver({**event, "data": message})


def content(text: str) -> dict[str, Any]:
    return {"content": {"type": "TEXT", "text": text}}


@pytest.mark.parametrize(
    ("moments", "order"),
    [
        pytest.param(["2099-01-01T10:00:01Z", "2099-01-01T10:00:00.5Z"], "BA", id="overtaken"),
        pytest.param(["2099-01-01T10:00:00Z", "2099-01-01T10:00:00Z"], "AB", id="at once"),
        pytest.param(["2099-01-01T10:00:01Z", None], "AB", id="nobody knows"),
    ],
)
async def test_messages_of_a_burst_are_read_as_they_were_written(
    scene: Scene, customer: Customer, moments: list[str | None], order: str
) -> None:
    await customer.ask(f"I am {customer.address}")

    messages = {
        name: {**content(name), "createdAt": moment}
        for name, moment in zip("AB", moments, strict=True)
    }
    await deliver_more(scene, customer, **messages)
    await scene.settle()

    (*_, said) = (await asked_of_the_model(scene, customer, 2))[-1]
    assert said == "\n".join(order)


@pytest.mark.parametrize(
    ("texts", "is_for_the_model"),
    [
        pytest.param(["", ASKS_HOURS], True, id="nothing, then words"),
        pytest.param([ASKS_HOURS, " "], True, id="words, then nothing"),
        pytest.param(["", " "], False, id="nothing at all"),
    ],
)
async def test_message_without_words_in_a_burst(
    scene: Scene, customer: Customer, texts: list[str], is_for_the_model: bool
) -> None:
    await customer.ask(f"I am {customer.address}")
    await deliver_more(
        scene, customer, **{str(number): content(text) for number, text in enumerate(texts)}
    )
    await scene.settle()

    _, answer = await customer.received()
    assert (answer == ENGLISH.only_text) is not is_for_the_model
    if is_for_the_model:
        (*_, said) = (await asked_of_the_model(scene, customer, 2))[-1]
        assert said == "\n".join(text.strip() or NOT_TEXT for text in texts)


async def test_message_that_comes_while_the_reply_is_written_is_taken_in(
    scene: Scene, customer: Customer
) -> None:
    await script(scene.stack, HANGING)
    await customer.send(f"I am {customer.address}")
    await asked_of_the_model(scene, customer, 1)

    answer = await customer.ask(ASKS_HOURS)
    await scene.settle()

    assert HOURS in answer
    assert await customer.received() == [answer]
    _, last = await asked_of_the_model(scene, customer, 2)
    assert last == [f"I am {customer.address}", ASKS_HOURS]


async def test_picture_that_comes_while_the_reply_is_written_leaves_the_question(
    scene: Scene, customer: Customer
) -> None:
    await script(scene.stack, HANGING)
    await customer.send(f"I am {customer.address}. {ASKS_HOURS}")
    await asked_of_the_model(scene, customer, 1)
    await deliver_more(scene, customer, picture={"content": {"type": "MEDIA"}})
    await scene.settle()

    _, last = await asked_of_the_model(scene, customer, 2)
    assert last == [f"I am {customer.address}. {ASKS_HOURS}", NOT_TEXT]
    assert ENGLISH.only_text not in await customer.received()
    assert len(await customer.received()) == 1


async def test_customer_who_never_stops_is_answered_in_between(
    scene: Scene, customer: Customer
) -> None:
    await script(scene.stack, HANGING, HANGING, SLOW, AS_USUAL)
    await customer.send(f"I am {customer.address}")
    for times in (1, 2, 3):
        await asked_of_the_model(scene, customer, times)
        await customer.send(f"and {times}")
    await scene.settle()

    assert len(await customer.received()) == 2
    *_, third, fourth = await asked_of_the_model(scene, customer, 4)
    assert third == [f"I am {customer.address}", "and 1", "and 2"]
    assert fourth == [*third, "and 3"]


@pytest.mark.parametrize(
    "answer", [SLOW, {**streaming(tool_call(), DONE), **SLOW}], ids=["before", "around the call"]
)
async def test_wish_for_a_person_that_is_written_in_pieces_is_one_handoff(
    scene: Scene, customer: Customer, answer: Fault
) -> None:
    await script(scene.stack, answer)
    await customer.send(f"I am {customer.address}")
    await asked_of_the_model(scene, customer, 1)
    await customer.send(WANTS_HUMAN)
    await customer.send("Please!")
    await scene.settle()

    tasks = [one for one in await scene.driver.flex.tasks() if customer.address in str(one)]
    assert len(tasks) == 1
    assert len(await customer.received()) == 1
