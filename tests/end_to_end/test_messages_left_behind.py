"""Messages that a process which is gone has left: whom they reach, and with which words."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from agent.channels.left_behind import MOST_TAKEOVERS
from agent.phrases import ENGLISH
from agent.store.database import connect
from agent.store.lost_messages import LostMessages
from agent.store.message_claims import MessageClaims
from agent.store.replicas import Replicas
from agent.store.tables import message_claim
from getting_started.local import running_locally
from getting_started.twilio_emulator.driver import Driver
from tests.end_to_end.conftest import IMPATIENT
from tests.end_to_end.customers import ASKS_HOURS, HOURS, WANTS_HUMAN, Customer, Scene

pytestmark = pytest.mark.asyncio(loop_scope="module")
ASKS_ORDER = "And where is my order 1042?"
READING = {
    "product": "conversations",
    "path": "/v2/Conversations/*/Communications",
    "method": "GET",
}
AUTHORS = {**READING, "path": "/v2/Conversations/*/Participants"}
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Left:
    """How a message was left: how long ago, how many processes have had it, and in which state the
    conversation is."""

    minutes: float = 0
    takeovers: int = 0
    texts: tuple[str, ...] = (ASKS_HOURS,)
    is_answered: bool = False
    is_with_human: bool = False
    is_unreadable: bool = False
    is_author_unknown: bool = False


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene() -> AsyncIterator[Scene]:
    """One for the module: each test has a customer of its own."""
    environment = {**IMPATIENT, "AGENT_TAKEOVER_SECONDS": "1"}
    async with running_locally(environment) as stack, Driver(stack.emulator_url) as driver:
        yield Scene(stack, driver)
        stack.twilio.faults.clear()


@pytest_asyncio.fixture(loop_scope="module")
async def engine(scene: Scene) -> AsyncIterator[AsyncEngine]:
    engine = connect(scene.stack.settings.database_url)
    yield engine
    await engine.dispose()
    scene.stack.twilio.faults.clear()


async def leave(scene: Scene, engine: AsyncEngine, customer: Customer, left: Left) -> None:
    """Until the agent has dealt with it."""
    events = {event["data"]["id"]: event for event in events_of(scene, customer, left)}
    claims = MessageClaims(engine, Replicas(engine, silent_seconds=60))
    await claims.take(dict.fromkeys(events))  # so that they are old before anybody looks
    async with engine.begin() as connection:
        for number, (name, event) in enumerate(events.items()):
            then = datetime.now(UTC) - timedelta(minutes=left.minutes, microseconds=-number)
            values = {"claimed_at": then, "holder": "replica_gone", "event": event}
            is_it = message_claim.c.name == name
            statement = update(message_claim).where(is_it)
            await connection.execute(statement.values(**values, takeovers=left.takeovers))

    is_open = select(func.count()).where(message_claim.c.event.is_not(None))

    async def find() -> bool | None:
        async with engine.connect() as connection:
            return None if (await connection.execute(is_open)).scalar_one() else True

    await scene.driver.until(find, "the messages to be dealt with", poll_seconds=0.1)
    await scene.settle()


def events_of(scene: Scene, customer: Customer, left: Left) -> list[dict[str, Any]]:
    """The customer's first event again, as those of other messages."""
    first = next(
        event
        for event in scene.events("COMMUNICATION_CREATED")
        if event["data"]["author"]["address"] == customer.address
    )
    now = datetime.now(UTC).isoformat()
    return [
        {
            **first,
            "data": {
                **first["data"],
                "id": f"conv_communication_left_{next(_numbers)}",
                "content": {"type": "TEXT", "text": text},
                "createdAt": first["data"]["createdAt"] if left.is_answered else now,
            },
        }
        for text in left.texts
    ]


@pytest.mark.parametrize(
    ("left", "words", "lost"),
    [
        pytest.param(Left(), [HOURS], 0, id="just now"),
        pytest.param(Left(texts=(ASKS_HOURS, ASKS_ORDER)), ["1042"], 0, id="two of them"),
        pytest.param(Left(is_answered=True), [], 0, id="answered"),
        pytest.param(Left(is_answered=True, is_unreadable=True), [HOURS], 0, id="perhaps answered"),
        pytest.param(Left(is_with_human=True), [], 0, id="a human has it"),
        pytest.param(Left(minutes=14), [HOURS], 0, id="minutes ago"),
        pytest.param(Left(minutes=16), [ENGLISH.apology], 1, id="late"),
        pytest.param(
            Left(minutes=16, texts=(ASKS_HOURS, ASKS_ORDER)), [ENGLISH.apology], 2, id="late, two"
        ),
        pytest.param(Left(minutes=16, is_answered=True), [], 0, id="late, answered"),
        pytest.param(Left(minutes=16, is_with_human=True), [], 0, id="late, a human has it"),
        pytest.param(Left(minutes=24 * 60 + 1), [], 1, id="too late"),
        pytest.param(
            Left(minutes=16, is_author_unknown=True),
            [ENGLISH.apology],
            1,
            id="late, nobody knows whose",
        ),
        pytest.param(Left(takeovers=MOST_TAKEOVERS - 1), [HOURS], 0, id="processes have died"),
        pytest.param(Left(takeovers=MOST_TAKEOVERS), [ENGLISH.apology], 1, id="too many have died"),
    ],
)
async def test_left_message_is_dealt_with_once(
    scene: Scene, engine: AsyncEngine, left: Left, words: list[str], lost: int
) -> None:
    customer = await scene.customer("SMS", f"+155504{next(_numbers):05d}")
    await customer.ask(WANTS_HUMAN if left.is_with_human else "Hello")
    await scene.settle()
    before = await LostMessages(engine).list()
    received = len(await customer.received())
    if left.is_unreadable:
        await scene.driver.fail(**READING, status=500)
    if left.is_author_unknown:
        await scene.driver.fail(**AUTHORS, status=403, times=1)

    await leave(scene, engine, customer, left)

    said = (await customer.received())[received:]
    noted = await LostMessages(engine).list()
    assert len(said) == len(words)
    assert all(wanted in one for wanted, one in zip(words, said, strict=True))
    assert {one.text for one in noted[: len(noted) - len(before)]} == set(left.texts[:lost])
