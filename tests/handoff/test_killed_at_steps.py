"""`kill -9` before and after each step of a delivery is stored: it ends, once."""

from __future__ import annotations

import ast
import inspect
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import pytest_asyncio
from dbos import DBOSClient

from agent.handoff import durable_delivery
from agent.handoff.call_off import BY_OPERATOR, CALLED_OFF
from agent.handoff.record import HandoffState
from agent.phrases import ENGLISH
from agent.store.database import connect, synchronous_url
from agent.store.handoffs import HandoffStore
from getting_started.twilio_emulator.studio.models import ForcedEvent
from tests.databases import database_of
from tests.handoff.customers import WISH, Centre, ChatCustomer, check_promises
from tests.handoff.faults import ACTIONS, EXECUTIONS, INTERACTIONS, TICKETS, Fault
from tests.handoff.mortal import DeathInDelivery, Moment
from tests.handoff.replicas import Replica, Replicas, replicas_of
from tests.handoff.world import World, running_world

pytestmark = pytest.mark.asyncio(loop_scope="module")
REFUSES = {"status": 400}


async def _cancel_task(customer: ChatCustomer) -> None:
    task = await customer.waiting_task()
    await customer.centre.twilio.taskrouter.cancel(task.task_sid, "Task TTL Exceeded")


async def _call_off(customer: ChatCustomer) -> None:
    """As an operator does."""
    record = await customer.wait_for(HandoffState.QUEUED)
    await customer.centre.store.move(record, CALLED_OFF[BY_OPERATOR], detail=BY_OPERATOR)


@dataclass(frozen=True)
class Course:
    """How a delivery goes: why, the steps that it stores, and what the customer hears of it."""

    steps: tuple[str, ...]
    words: str
    faults: tuple[Fault, ...] = ()
    flow_fails: bool = False
    after: Callable[[ChatCustomer], Awaitable[None]] | None = None
    workflow: str = ""
    """What follows the handoff's id in the id of its workflow."""

    def prepare(self, world: World) -> None:
        """For the next delivery."""
        for fault in self.faults:
            world.desk.fail(**fault)
        if self.flow_fails:
            failure = ForcedEvent(widget="send_conversation_to_flex", event="failedToEnqueue")
            world.twilio.studio.forced.append(failure)


_ARRIVES = ("confirm", "tell_after_all", "set_inactive")
_REFUSED = ("begin", "go_studio", "go_flex", "go_ticket")
COURSES = {
    "ordinary": Course(("begin", "go_studio", *_ARRIVES), "connecting you"),
    "ticket": Course(
        (*_REFUSED, "note_next_step", "give_back"),
        ENGLISH.ticket,
        ({**EXECUTIONS, **REFUSES}, {**INTERACTIONS, **REFUSES}),
    ),
    "nobody": Course(
        (*_REFUSED, "fail", "give_back"),
        ENGLISH.sorry,
        ({**EXECUTIONS, **REFUSES}, {**INTERACTIONS, **REFUSES}, {**TICKETS, **REFUSES}),
    ),
    "flow failed": Course(
        ("ways_after_studio", "go_flex", *_ARRIVES),
        ENGLISH.after_all,
        flow_fails=True,
        workflow="_elsewhere",
    ),
    "task canceled": Course(
        ("ways_to_later", "go_ticket", "note_next_step", "give_back"),
        ENGLISH.ticket,
        after=_cancel_task,
        workflow="_later",
    ),
    "called off": Course(
        ("tell_called_off",), ENGLISH.here_again, after=_call_off, workflow="_called_off"
    ),
    "left behind": Course(
        ("begin", "say_goodbye", "go_studio", *_ARRIVES),
        "connecting you",
        ({**ACTIONS, "delay": 60, "drop": "before", "times": 1},),
    ),
}


def rows(name: str, *steps: str) -> list[tuple[str, DeathInDelivery]]:
    """A death at both moments of these steps of a course; by default of all."""
    dead_at = steps or COURSES[name].steps
    return [(name, DeathInDelivery(step, moment)) for step in dead_at for moment in Moment]


ANOTHER = [
    *rows("ordinary"),
    *rows("ticket", "go_studio", "go_flex", "go_ticket", "note_next_step", "give_back"),
    *rows("nobody", "fail", "give_back"),
    *rows("task canceled", "ways_to_later"),
]
AGAIN = [
    *rows("ordinary"),
    *rows("flow failed", "ways_after_studio", "go_flex"),
    *rows("left behind", "say_goodbye"),
    *rows("called off"),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world() -> AsyncIterator[World]:
    async with running_world() as world:
        yield world


@dataclass(frozen=True)
class Site:
    """The processes of one database; one of them, `survivor`, may outlive every test."""

    world: World
    client: DBOSClient
    centre: Centre
    replicas: Replicas
    survivor: Replica | None = None

    async def deliver(self, course: Course, death: DeathInDelivery | None) -> ChatCustomer:
        """A customer wants a person; the process dies and another one takes its place."""
        first = self.survivor if death is None else await self.replicas.start(death)
        assert first
        self.replicas.receive(first)
        customer = await self.centre.chat()
        course.prepare(self.world)
        await customer.send(WISH)
        if course.after:
            await course.after(customer)
        if death:
            await first.dies()
            self.replicas.receive(self.survivor or await self.replicas.start())
        await customer.hears(course.words)
        await check_promises(customer)
        return customer

    async def steps(self, course: Course, customer: ChatCustomer) -> list[str]:
        """Those stored for the customer's delivery, once it has ended."""
        record = await customer.record()
        assert record
        workflow = record.id + course.workflow

        async def find() -> bool | None:
            found = await self.client.list_workflows_async(workflow_ids=[workflow])
            return True if found and found[0].status == "SUCCESS" else None

        await self.centre.driver.until(find, "the delivery to end", poll_seconds=0.1)
        steps = await self.client.list_workflow_steps_async(workflow, load_output=False)
        return [step["function_name"] for step in steps]


@asynccontextmanager
async def site_on(world: World, url: str) -> AsyncIterator[Site]:
    """No process runs yet."""
    engine = connect(url)
    client = DBOSClient(system_database_url=synchronous_url(url), lazy=True)
    centre = Centre(world.twilio, world.driver, HandoffStore(engine))
    async with replicas_of(world.twilio, world.environment(url)) as replicas:
        yield Site(world, client, centre, replicas)
    client.destroy()
    await engine.dispose()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_site(
    world: World, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Site]:
    """With a process that outlives them all."""
    url = f"sqlite:///{tmp_path_factory.mktemp('database')}/agent.db"
    async with site_on(world, url) as site:
        yield replace(site, survivor=await site.replicas.start())


@pytest_asyncio.fixture(loop_scope="module")
async def site(world: World, request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Site]:
    url = database_of(getattr(request, "param", "sqlite"), request, tmp_path)
    async with site_on(world, url) as site:
        yield site


@pytest_asyncio.fixture(loop_scope="module", autouse=True)
async def no_faults(world: World) -> AsyncIterator[None]:
    """Also none that a process was killed too early to meet."""
    yield
    await world.clear_faults()
    world.twilio.studio.forced.clear()


@pytest.mark.parametrize("course", COURSES)
async def test_delivery_stores_the_steps_of_its_course(shared_site: Site, course: str) -> None:
    customer = await shared_site.deliver(COURSES[course], death=None)

    assert await shared_site.steps(COURSES[course], customer) == [*COURSES[course].steps]


@pytest.mark.parametrize(("course", "death"), ANOTHER, ids=str)
async def test_another_process_ends_the_delivery(
    shared_site: Site, course: str, death: DeathInDelivery
) -> None:
    customer = await shared_site.deliver(COURSES[course], death)

    assert death.step in await shared_site.steps(COURSES[course], customer)


@pytest.mark.parametrize(("course", "death"), AGAIN, ids=str)
async def test_process_started_again_ends_the_delivery(
    site: Site, course: str, death: DeathInDelivery
) -> None:
    customer = await site.deliver(COURSES[course], death)

    assert death.step in await site.steps(COURSES[course], customer)


@pytest.mark.parametrize("site", ["postgres"], indirect=True)
@pytest.mark.parametrize(("course", "death"), rows("ordinary", "begin", "go_studio"), ids=str)
async def test_process_started_again_ends_the_delivery_on_postgres(
    site: Site, course: str, death: DeathInDelivery
) -> None:
    customer = await site.deliver(COURSES[course], death)

    assert death.step in await site.steps(COURSES[course], customer)


async def test_every_step_of_the_code_is_died_at() -> None:
    tree = ast.parse(inspect.getsource(durable_delivery))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    steps = [ast.unparse(call.args[0]) for call in calls if ast.unparse(call.func) == "_step"]
    died_at = {
        "go" if death.step.startswith("go_") else death.step for _, death in [*ANOTHER, *AGAIN]
    }

    assert {step.rpartition(".")[2] for step in steps} == died_at
