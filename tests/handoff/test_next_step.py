"""A caller whom no queue takes: the flow asks what comes next, which is arranged once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
import pytest_asyncio

from agent.channels.call_ends import FLOW_USER
from agent.handoff.reasons import ARRIVALS, Way
from agent.handoff.record import HandoffRecord, HandoffState
from agent.phrases import ENGLISH
from agent.store.database import connect
from agent.store.handoffs import HandoffStore
from getting_started.local import LocalStack, running_locally
from getting_started.serving import listen, serving
from getting_started.twilio_emulator.driver import Driver
from tests.databases import KINDS, database_of
from tests.handoff.customers import WISH, Caller, Centre
from tests.handoff.faults import NEW_TASKS, TICKETS
from tests.handoff.ticket_desk import SECRET, TicketDesk

pytestmark = pytest.mark.asyncio(loop_scope="module")


@dataclass(frozen=True)
class Scene:
    """A contact centre whose workflow is gone: the flow finds no queue."""

    stack: LocalStack
    centre: Centre
    desk: TicketDesk

    async def ask(self, call_sid: str) -> str:
        """As the flow does."""
        auth = (FLOW_USER, self.stack.settings.flow_password)
        async with httpx.AsyncClient(base_url=self.stack.agent_url, auth=auth) as client:
            answer = await client.post("/handoffs/next-step", params={"CallSid": call_sid})
            words: str = answer.raise_for_status().json()["say"]
            return words

    async def arranged(self, caller: Caller, record: HandoffRecord) -> list[str]:
        """What was arranged for the caller, with repeats."""
        tickets = self.desk.posts.count(record.id)
        return ["callback" for _ in await caller.tasks()] + ["ticket"] * tickets


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=KINDS)
async def stack_and_desk(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[LocalStack, TicketDesk]]:
    desk, listener = TicketDesk(), listen()
    async with serving(desk.create_app(), listener) as url:
        folder = tmp_path_factory.mktemp("database")
        environment = {
            "AGENT_DATABASE_URL": database_of(request.param, request, folder),
            "AGENT_TICKET_WEBHOOK_URL": f"{url}/tickets/new",
            "AGENT_TICKET_SECRET": SECRET,
            "AGENT_HANDOFF_RETRY_SECONDS": "0",
        }
        async with running_locally(environment, has_further_ways=True) as stack:
            del stack.twilio.taskrouter.workflows[str(stack.settings.flex_workflow_sid)]
            yield stack, desk


@pytest_asyncio.fixture(loop_scope="module")
async def scene(stack_and_desk: tuple[LocalStack, TicketDesk]) -> AsyncIterator[Scene]:
    stack, desk = stack_and_desk
    engine = connect(stack.settings.database_url)
    async with Driver(stack.emulator_url) as driver:
        yield Scene(stack, Centre(stack.twilio, driver, HandoffStore(engine)), desk)
        stack.twilio.faults.clear()
        desk.twilio.faults.clear()
    await engine.dispose()


CALLED_BACK, PASSED_ON = (ARRIVALS[way].caller_hears(ENGLISH) for way in (Way.CALLBACK, Way.TICKET))
OUTCOMES = {
    "callback": ({}, {}, CALLED_BACK, ["callback"]),
    "callback at the second try": ({"status": 503, "times": 1}, {}, CALLED_BACK, ["callback"]),
    "callback whose answer is lost": ({"drop": "after", "times": 1}, {}, CALLED_BACK, ["callback"]),
    "ticket": ({"status": 400}, {}, PASSED_ON, ["ticket"]),
    "nothing": ({"status": 400}, {"status": 400}, ENGLISH.nobody_there, []),
}


@pytest.mark.parametrize(
    ("of_tasks", "of_tickets", "words", "made"), OUTCOMES.values(), ids=OUTCOMES
)
async def test_caller_hears_what_is_arranged_once(
    scene: Scene,
    of_tasks: dict[str, Any],
    of_tickets: dict[str, Any],
    words: str,
    made: list[str],
) -> None:
    if of_tasks:
        await scene.centre.driver.fail(**NEW_TASKS, **of_tasks)
    if of_tickets:
        scene.desk.fail(**TICKETS, **of_tickets)
    caller = await scene.centre.call()

    await caller.say(WISH)
    assert await caller.phone.listen("FLOW") == words
    assert await scene.ask(caller.thread) == words

    record = await caller.wait_for(HandoffState.FAILED)
    assert [record.next_step] == (made or [""])
    assert await scene.arranged(caller, record) == made


async def test_asked_again_while_it_is_arranged(scene: Scene) -> None:
    await scene.centre.driver.fail(**NEW_TASKS, delay=0.5)
    caller = await scene.centre.call()

    await caller.say(WISH)
    record = await caller.wait_until(lambda one: one.is_next_step, "the next step")
    asked = await asyncio.gather(scene.ask(caller.thread), scene.ask(caller.thread))

    assert [*asked, await caller.phone.listen("FLOW")] == [CALLED_BACK] * 3
    assert await scene.arranged(caller, record) == ["callback"]


async def test_call_that_nobody_knows(scene: Scene) -> None:
    assert await scene.ask("CA" + "9" * 32) == ENGLISH.nobody_there
