"""Where Studio fails: one further way after the other, never two humans, and the truth told."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio

from agent.handoff.reasons import ARRIVALS, Way
from agent.handoff.record import HandoffRecord, HandoffState
from agent.handoff.replay import replay
from agent.phrases import ENGLISH
from agent.store.database import connect
from agent.store.handoff_search import HandoffSearch
from agent.store.handoffs import HandoffStore
from getting_started.local import LocalStack, running_locally
from getting_started.serving import listen, serving
from getting_started.twilio_emulator.driver import DeskTask, Driver, PhoneCall, SmsThread
from getting_started.twilio_emulator.seed import AGENT_NUMBER
from getting_started.twilio_emulator.studio.models import ForcedEvent
from getting_started.twilio_emulator.twilio import Twilio
from tests.databases import KINDS, database_of
from tests.handoff.customers import let_take_many
from tests.handoff.faults import (
    EXECUTIONS,
    INTERACTIONS,
    NEW_TASKS,
    TASK_LOOKS,
    TICKETS,
    without_receipts,
)
from tests.handoff.ticket_desk import SECRET, TicketDesk

pytestmark = pytest.mark.asyncio(loop_scope="module")

REQUESTS = {
    Way.STUDIO: EXECUTIONS,
    Way.FLEX: INTERACTIONS,
    Way.CALLBACK: NEW_TASKS,
    Way.TICKET: TICKETS,
}
WANTS_HUMAN = "I want to talk to a person"
ON_EACH_DATABASE = pytest.mark.parametrize("stack_with_ways", KINDS, indirect=True, scope="module")
numbers = itertools.count(15550200001)


@dataclass(frozen=True)
class Customer:
    """One who writes SMS, and where Studio refuses them."""

    twilio: Twilio
    driver: Driver
    desk: TicketDesk
    thread: SmsThread
    number: str
    store: HandoffStore
    search: HandoffSearch

    async def ask(self, text: str) -> str:
        await self.thread.send(text)
        return await self.thread.listen()

    async def fail(self, way: Way, **fault: Any) -> None:
        if way is Way.TICKET:
            self.desk.fail(**REQUESTS[way], **fault)
        else:
            await self.driver.fail(**REQUESTS[way], **fault)

    async def fail_before(self, way: Way) -> None:
        """Every way before this one refuses."""
        for earlier in list(Way)[: list(Way).index(way)]:
            await self.fail(earlier, status=400)

    async def hears(self, wanted: str) -> None:
        """Everything that is said before is passed over."""
        while await self.thread.listen() != wanted:
            pass

    async def wait_for_end(self) -> HandoffRecord:
        """The record, once it is delivered or has failed."""

        async def find() -> HandoffRecord | None:
            records = await self.search.list(limit=1)
            under_way = {HandoffState.REQUESTED, HandoffState.DELIVERING}
            found = records and records[0].customer_address == self.number
            return records[0] if found and records[0].state not in under_way else None

        return await self.driver.until(find, "the end of the handoff", poll_seconds=0.1)

    async def call(self) -> PhoneCall:
        """One who calls, and has been greeted."""
        call = await self.driver.phone.call(self.number, AGENT_NUMBER)
        await call.listen("AI_AGENT")
        return call

    async def wait_for_closed(self, call: PhoneCall, *, count: int) -> list[HandoffRecord]:
        """So many handoffs of the call, oldest first, once they are over."""

        async def find() -> list[HandoffRecord] | None:
            found = [one for one in await self.search.list() if one.thread == call.call_sid]
            is_over = not any(one.holds_conversation for one in found)
            return found[::-1] if is_over and len(found) == count else None

        return await self.driver.until(find, "the end of the call's handoffs", poll_seconds=0.1)

    async def tasks(self, record: HandoffRecord) -> list[DeskTask]:
        await self.driver.settle()
        tasks = await self.driver.flex.tasks()
        return [one for one in tasks if one.attributes.get("handoffId") == record.id]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk() -> TicketDesk:
    return TicketDesk()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stack_with_ways(
    desk: TicketDesk, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[LocalStack]:
    """Every way is set up; patience for an answer is short, and the agent looks around often. On
    SQLite, unless a test names another of `KINDS`."""
    kind = getattr(request, "param", "sqlite")
    listener = listen()
    async with serving(desk.create_app(), listener) as url:
        environment = {
            "AGENT_DATABASE_URL": database_of(kind, request, tmp_path_factory.mktemp("database")),
            "AGENT_TWILIO_SECONDS": "0.4",
            "AGENT_HANDOFF_RETRY_SECONDS": "0",
            "AGENT_TAKEOVER_SECONDS": "1",
            "AGENT_TICKET_WEBHOOK_URL": f"{url}/tickets/new",
            "AGENT_TICKET_SECRET": SECRET,
        }
        async with running_locally(environment, has_further_ways=True) as stack:
            let_take_many(stack.twilio)
            yield stack


@pytest_asyncio.fixture(loop_scope="module")
async def customer(stack_with_ways: LocalStack, desk: TicketDesk) -> AsyncIterator[Customer]:
    engine = connect(stack_with_ways.settings.database_url)
    number = f"+{next(numbers)}"
    async with Driver(stack_with_ways.emulator_url) as driver:
        thread = driver.sms.thread(number, AGENT_NUMBER)
        store, search = HandoffStore(engine), HandoffSearch(engine)
        yield Customer(stack_with_ways.twilio, driver, desk, thread, number, store, search)
        stack_with_ways.twilio.faults.clear()
        desk.twilio.faults.clear()
    await engine.dispose()


WORKS = {
    "works": [],
    "429 twice": [{"status": 429, "times": 2}],
    "500 once": [{"status": 500, "times": 1}],
    "cut after acceptance": [{"drop": "after", "times": 1}],
    "time-out, accepted late": [{"delay": 0.5, "drop": "after", "times": 1}],
}


@pytest.mark.parametrize("faults", WORKS.values(), ids=WORKS)
async def test_flex_takes_what_studio_refused(
    customer: Customer, faults: list[dict[str, Any]]
) -> None:
    await customer.fail_before(Way.FLEX)
    for fault in faults:
        await customer.fail(Way.FLEX, **fault)

    assert "connecting you" in await customer.ask(WANTS_HUMAN)
    record = await customer.wait_for_end()
    (task,) = await customer.tasks(record)

    assert (record.failure, record.next_step) == ("", "")
    assert record.task_sid == task.task_sid
    assert record.payload.to_task_attributes().items() <= task.attributes.items()
    assert task.attributes["channelType"] == "sms"


@pytest.mark.parametrize("faults", WORKS.values(), ids=WORKS)
@pytest.mark.parametrize("way", [Way.CALLBACK, Way.TICKET])
async def test_next_step_is_arranged_once_and_the_agent_serves(
    customer: Customer, way: Way, faults: list[dict[str, Any]]
) -> None:
    await customer.fail_before(way)
    for fault in faults:
        await customer.fail(way, **fault)

    await customer.ask(WANTS_HUMAN)
    told = await customer.thread.listen()
    record = await customer.wait_for_end()

    assert told == ARRIVALS[way].customer_hears(ENGLISH)
    assert (record.state, record.failure) == ("failed", "studio_refused")
    assert record.next_step == way.value
    tasks = await customer.tasks(record)
    assert [one.attributes["type"] for one in tasks] == ["callback"] * (way is Way.CALLBACK)
    assert len([one for one in customer.desk.tickets if one == record.id]) == (way is Way.TICKET)
    assert "1042" in await customer.ask("Where is my order 1042?")


@pytest.mark.parametrize("status", [400, 401, 404])
@pytest.mark.parametrize("way", [Way.FLEX, Way.CALLBACK])
async def test_refusal_leads_to_the_next_way(customer: Customer, way: Way, status: int) -> None:
    await customer.fail_before(way)
    await customer.fail(way, status=status)

    await customer.ask(WANTS_HUMAN)
    told = await customer.thread.listen()
    record = await customer.wait_for_end()

    after = list(Way)[list(Way).index(way) + 1]
    assert told == ARRIVALS[after].customer_hears(ENGLISH)
    assert record.next_step == after.value
    assert f"HTTP {status}" in record.detail


@pytest.mark.parametrize(
    ("fault", "failure", "words"),
    [
        pytest.param({"status": 400}, "studio_refused", ENGLISH.sorry, id="400"),
        pytest.param({"status": 401}, "studio_refused", ENGLISH.sorry, id="401"),
        pytest.param({"status": 404}, "studio_refused", ENGLISH.sorry, id="404"),
        pytest.param({"status": 429}, "studio_refused", ENGLISH.sorry, id="429 for good"),
        pytest.param({"status": 500}, "studio_refused", ENGLISH.sorry, id="500 for good"),
        pytest.param({"drop": "after"}, "outcome_unknown", ENGLISH.unsure, id="never answered"),
    ],
)
async def test_nothing_worked(
    customer: Customer, fault: dict[str, Any], failure: str, words: str
) -> None:
    await customer.fail_before(Way.TICKET)
    await customer.fail(Way.TICKET, **fault)

    await customer.ask(WANTS_HUMAN)
    told = await customer.thread.listen()
    record = await customer.wait_for_end()

    assert told == words
    assert (record.state, record.failure, record.next_step) == ("failed", failure, "")
    assert all(f"{way}: " in record.detail for way in Way)
    assert await customer.tasks(record) == []


@pytest.mark.parametrize(("way", "drop"), [(Way.FLEX, "before"), (Way.CALLBACK, "after")])
async def test_way_that_may_have_worked_is_the_last(
    customer: Customer, way: Way, drop: str
) -> None:
    """Its answer is lost, and TaskRouter does not tell whether there is a task."""
    await customer.fail_before(way)
    await customer.fail(way, drop=drop)
    await customer.driver.fail(**TASK_LOOKS, status=403)

    await customer.ask(WANTS_HUMAN)
    told = await customer.thread.listen()
    record = await customer.wait_for_end()

    assert told == ENGLISH.unsure
    assert (record.state, record.failure, record.next_step) == ("failed", "outcome_unknown", "")
    assert len(await customer.tasks(record)) == (drop == "after")


@ON_EACH_DATABASE
async def test_replay_finds_the_human_whom_flex_had_brought(customer: Customer) -> None:
    """Its answer was lost, and nobody told of the task; Studio works again, and is not asked."""
    await customer.fail_before(Way.FLEX)
    await customer.fail(Way.FLEX, drop="after")
    await customer.driver.fail(**TASK_LOOKS, status=403)
    with without_receipts(customer.twilio):
        await customer.ask(WANTS_HUMAN)
        await customer.hears(ENGLISH.unsure)
        failed = await customer.wait_for_end()
    customer.twilio.faults.clear()

    asked = await replay(customer.store, failed, has_later_way=True)
    record = await customer.wait_for_end()
    (task,) = await customer.tasks(failed)

    assert (record.id, record.state, record.task_sid) == (asked.id, "delivered", task.task_sid)
    assert await customer.tasks(asked) == []
    executions = customer.twilio.studio.executions.values()
    assert customer.number not in [one.contact for one in executions]


@ON_EACH_DATABASE
@pytest.mark.parametrize("way", [Way.FLEX, Way.CALLBACK, None])
async def test_flow_that_failed_leads_to_the_next_way(customer: Customer, way: Way | None) -> None:
    event = ForcedEvent(widget="send_conversation_to_flex", event="failedToEnqueue")
    customer.twilio.studio.forced.append(event)
    for refused in itertools.takewhile(lambda one: one is not way, [*Way][1:]):
        await customer.fail(refused, status=400)

    await customer.ask(WANTS_HUMAN)
    words = {
        Way.FLEX: ENGLISH.after_all,
        Way.CALLBACK: ARRIVALS[Way.CALLBACK].customer_hears(ENGLISH),
    }
    await customer.hears(words[way] if way else ENGLISH.here_again)
    record = await customer.wait_for_end()

    assert record.execution_sid.startswith("FN")
    assert "studio: Send To Flex refused" in record.detail
    assert len(await customer.tasks(record)) == (way is not None)
    if way is Way.FLEX:
        assert (record.failure, record.next_step) == ("", "")
        assert record.task_sid
        return
    assert (record.failure, record.next_step) == ("flow_failed", way.value if way else "")
    conversation = customer.twilio.orchestrator.conversations[record.conversation_id]
    assert conversation.status == "ACTIVE"
    assert "1042" in await customer.ask("Where is my order 1042?")


@ON_EACH_DATABASE
@pytest.mark.parametrize("way", [Way.CALLBACK, Way.TICKET, None])
async def test_task_that_is_canceled_leads_to_what_comes_later(
    customer: Customer, way: Way | None
) -> None:
    await customer.ask(WANTS_HUMAN)
    (task,) = await customer.tasks(await customer.wait_for_end())
    for refused in itertools.takewhile(lambda one: one is not way, [Way.CALLBACK, Way.TICKET]):
        await customer.fail(refused, status=400)

    await customer.twilio.taskrouter.cancel(task.task_sid, "Task TTL Exceeded")
    await customer.hears(ARRIVALS[way].customer_hears(ENGLISH) if way else ENGLISH.here_again)
    record = await customer.wait_for_end()

    assert (record.state, record.failure) == ("failed", "task_canceled")
    assert record.next_step == (way.value if way else "")
    assert "Task TTL Exceeded" in record.detail
    assert "1042" in await customer.ask("Where is my order 1042?")


@pytest.mark.parametrize("next_step", ["callback", ""])
async def test_call_that_never_reached_the_flow_is_not_lost(
    customer: Customer, next_step: str
) -> None:
    call = await customer.call()
    await customer.driver.fail(product="webhooks", status=503)
    for way in () if next_step else (Way.CALLBACK, Way.TICKET):
        await customer.fail(way, status=400)

    await call.say(WANTS_HUMAN)
    await call.wait_until_over()

    first, then = await customer.wait_for_closed(call, count=2)
    assert (first.failure, first.detail) == ("not_queued", "the call is over: completed")
    assert (then.replay_of, then.state, then.next_step) == (first.id, "failed", next_step)


async def test_dead_letter_of_a_call_is_replayed_as_a_callback(customer: Customer) -> None:
    call = await customer.call()
    await customer.fail(Way.CALLBACK, status=400)
    await customer.fail(Way.TICKET, status=400)
    await customer.driver.fail(product="webhooks", status=503)
    await call.say(WANTS_HUMAN)
    *_, dead = await customer.wait_for_closed(call, count=2)
    customer.twilio.faults.clear()

    asked = await replay(customer.store, dead, has_later_way=True)
    *_, record = await customer.wait_for_closed(call, count=3)

    assert (record.id, record.next_step) == (asked.id, "callback")
    (task,) = await customer.tasks(asked)
    assert task.attributes["type"] == "callback"


@pytest.mark.parametrize(("has_human", "state"), [(True, "ended"), (False, "abandoned")])
async def test_call_of_which_nobody_tells_ends_with_it(
    customer: Customer, has_human: bool, state: str
) -> None:
    call, flex = await customer.call(), customer.driver.flex
    with without_receipts(customer.twilio):
        await call.say(WANTS_HUMAN)
        task = await flex.wait_for_task(lambda one: call.call_sid in str(one))
        if has_human:
            await flex.accept(task.task_sid)
        await call.hang_up()
        (record,) = await customer.wait_for_closed(call, count=1)

    assert (record.state, record.task_sid) == (state, task.task_sid)


async def test_colleague_who_takes_a_callback_does_not_take_the_conversation(
    customer: Customer,
) -> None:
    await customer.fail_before(Way.CALLBACK)
    await customer.ask(WANTS_HUMAN)
    await customer.thread.listen()
    record = await customer.wait_for_end()
    (task,) = await customer.tasks(record)

    await customer.driver.flex.accept(task.task_sid)
    await customer.driver.settle()

    assert task.attributes["customerAddress"] == customer.number
    assert "1042" in await customer.ask("Where is my order 1042?")


async def test_ticket_says_what_it_is_about(customer: Customer) -> None:
    await customer.fail_before(Way.TICKET)
    await customer.ask(WANTS_HUMAN)
    await customer.thread.listen()
    record = await customer.wait_for_end()

    ticket = customer.desk.tickets[record.id]
    assert ticket == {
        "schema_version": 1,
        "handoff_id": record.id,
        "requested_at": record.requested_at.isoformat(),
        "channel": "SMS",
        "customer_address": customer.number,
        "payload": record.payload.to_wire(),
    }
