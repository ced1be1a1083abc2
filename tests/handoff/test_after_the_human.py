"""What the human's side tells of a handoff, and who answers the customer afterwards."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from agent.handoff.payload import Escalation, HandoffPayload, build_attributes
from agent.handoff.record import HandoffRecord, HandoffState
from agent.phrases import ENGLISH
from agent.store.database import connect, migrate
from agent.store.handoff_search import HandoffSearch
from agent.store.handoffs import HandoffStore
from getting_started.local import LocalStack, running_locally
from getting_started.twilio_emulator.driver import DeskTask, Driver
from getting_started.twilio_emulator.seed import AGENT_NUMBER, CUSTOMER_NUMBER, HUMAN
from getting_started.twilio_emulator.studio.models import ForcedEvent
from tests.end_to_end.customers import ASKS_HOURS, CHANNELS, HOURS, WANTS_HUMAN, Customer, Scene
from tests.handoff.receipts import send_receipt

_S = HandoffState


class Desk(Scene):
    """A scene whose handoffs can be looked at."""

    async def records(self) -> list[HandoffRecord]:
        engine = connect(self.stack.settings.database_url)
        try:
            return await HandoffSearch(engine).list()
        finally:
            await engine.dispose()

    async def states(self) -> list[str]:
        """Where the newest handoff has been."""
        engine = connect(self.stack.settings.database_url)
        try:
            record = await HandoffStore(engine).get((await self.records())[0].id)
            return [change.state for change in record.changes] if record else []
        finally:
            await engine.dispose()

    def have_all_read(self) -> None:
        """A status that TAC 2.5.0 cannot read."""
        for conversation in self.conversations:
            for communication in conversation.communications.values():
                for recipient in communication.recipients:
                    recipient.delivery_status = "READ"

    async def wait_for(self, state: HandoffState) -> HandoffRecord:
        async def find() -> HandoffRecord | None:
            records = await self.records()
            return records[0] if records and records[0].state is state else None

        return await self.driver.until(find, f"a handoff that is {state}", poll_seconds=0.1)

    async def hand_over(self, customer: Customer) -> DeskTask:
        await customer.ask(WANTS_HUMAN)
        task = await self.driver.flex.wait_for_task()
        await self.wait_for(_S.QUEUED)
        return task

    async def finish_task(self, task: DeskTask) -> None:
        await self.driver.flex.accept(task.task_sid)
        await self.wait_for(_S.ACCEPTED)
        await self.driver.flex.complete(task.task_sid, close=False)
        await self.wait_for(_S.ENDED)

    async def ask_in(self, name: str) -> DeskTask:
        """A colleague comes into the conversation too: the task by which they do."""
        twilio = self.stack.twilio
        [interaction] = twilio.flex.interactions.values()
        first = interaction.task
        worker = twilio.taskrouter.create_worker(first.workspace_sid, name, available=True)
        properties = {
            "workspace_sid": first.workspace_sid,
            "workflow_sid": first.workflow.sid,
            "task_channel_unique_name": first.channel.unique_name,
        }
        invite = await twilio.flex.create_invite(interaction, {"properties": properties})
        return await self.driver.flex.accept(invite.task.sid, worker_sid=worker.sid)

    async def tell(self, event: str, attributes: str, **fields: str) -> int:
        """An event of TaskRouter; the status of the agent's answer."""
        return await send_receipt(self.stack, event, attributes, **fields)


@pytest.fixture
async def desk(stack: LocalStack) -> AsyncIterator[Desk]:
    async with Driver(stack.emulator_url) as driver:
        yield Desk(stack, driver)


@pytest.mark.parametrize("channel", CHANNELS)
async def test_agent_answers_after_the_human(desk: Desk, channel: str) -> None:
    customer = await desk.customer(channel)
    task = await desk.hand_over(customer)
    await desk.finish_task(task)

    answer = await customer.ask(ASKS_HOURS)

    told = str((await desk.model_requests())[-1]["input"])
    record = await desk.wait_for(_S.RETURNED)
    assert HOURS in answer
    assert "human colleague had this conversation" in told
    assert record.payload.attributes.reason in told
    assert record.task_sid == task.task_sid
    assert record.execution_sid.startswith("FN")
    assert set(await desk.states()) > {"queued", "accepted", "ended", "returned"}


@pytest.mark.parametrize(
    ("words", "fault", "is_told"),
    [
        pytest.param("Your refund <b>is on its way</b>", {}, True, id="known"),
        pytest.param("", {}, False, id="none"),
        pytest.param("It is on its way", {"status": 500}, False, id="not to be had"),
    ],
)
async def test_model_is_told_the_last_words_of_the_human(
    desk: Desk, words: str, fault: dict[str, int], is_told: bool
) -> None:
    customer = await desk.customer()
    task = await desk.hand_over(customer)
    await desk.driver.flex.accept(task.task_sid)
    for said in ("Jordan here", words) if words else ():
        await desk.driver.flex.say(task.task_sid, said)
        await customer.listen()
    desk.have_all_read()
    await desk.driver.flex.complete(task.task_sid, close=False)
    await desk.wait_for(_S.ENDED)
    if fault:
        await desk.driver.fail(product="conversations", path="/v2/*/Communications", **fault)

    assert HOURS in await customer.ask(ASKS_HOURS)

    told = str((await desk.model_requests())[-1]["input"])
    assert "human colleague had this conversation" in told
    quoted = "Their last words to the customer: Your refund (b)is on its way(/b)"
    assert (quoted in told, "Their last words" in told) == (is_told, is_told)


@pytest.mark.parametrize(
    ("worker", "conversations", "name", "note"),
    [
        pytest.param({"full_name": " Jordan <3 "}, {}, "Jordan (3", "", id="named, no note"),
        pytest.param(
            {"full_name": "Jordan"},
            {"outcome": "Solved", "content": "Sent the refund"},
            "Jordan",
            "Solved: Sent the refund",
            id="named, with a note",
        ),
        pytest.param({}, {"outcome": "Solved"}, "a colleague", "Solved", id="unnamed, an outcome"),
        pytest.param({"full_name": 7}, ["Solved"], "a colleague", "", id="nothing of use"),
    ],
)
async def test_model_is_told_who_had_the_conversation_and_what_they_noted(
    desk: Desk, worker: dict[str, Any], conversations: object, name: str, note: str
) -> None:
    customer = await desk.customer()
    task = await desk.hand_over(customer)
    task_of = {"TaskSid": task.task_sid}
    await desk.tell(
        "reservation.accepted",
        json.dumps(task.attributes),
        WorkerAttributes=json.dumps(worker),
        **task_of,
    )
    await desk.tell("task.wrapup", json.dumps(task.attributes), **task_of)
    noted = {**task.attributes, "conversations": conversations}
    await desk.tell("task.completed", json.dumps(noted), **task_of)

    assert HOURS in await customer.ask(ASKS_HOURS)

    told = str((await desk.model_requests())[-1]["input"])
    [record] = await desk.records()
    assert f"Who had the conversation: {name}\\n" in told
    assert (f"Their note at the end: {note}\\n" in told) == bool(note)
    assert record.wrap_up_note == note


async def test_human_seen_in_the_conversation_first_is_named_all_the_same(desk: Desk) -> None:
    task = await desk.hand_over(await desk.customer())

    await desk.driver.flex.accept(task.task_sid)

    async def named() -> str | None:
        return (await desk.records())[0].worker_name or None

    assert await desk.driver.until(named, "the name of the human", poll_seconds=0.1) == HUMAN


async def test_model_is_told_once_that_it_has_the_conversation_again(desk: Desk) -> None:
    customer = await desk.customer()
    await desk.finish_task(await desk.hand_over(customer))

    await customer.ask(ASKS_HOURS)
    await customer.ask(ASKS_HOURS)

    told = str((await desk.model_requests())[-1]["input"])
    assert told.count("human colleague had this conversation") == 1


async def test_customer_may_be_handed_over_again(desk: Desk) -> None:
    customer = await desk.customer()
    await desk.finish_task(await desk.hand_over(customer))
    await customer.ask(ASKS_HOURS)

    await desk.hand_over(customer)

    assert [record.attempt for record in await desk.records()] == [2, 1]
    assert len(await desk.driver.flex.tasks()) == 2


async def test_customer_is_told_when_the_task_is_canceled(desk: Desk) -> None:
    customer = await desk.customer()
    task = await desk.hand_over(customer)

    await desk.stack.twilio.taskrouter.cancel(task.task_sid, "Task TTL Exceeded")

    assert await customer.listen() == ENGLISH.here_again
    record = await desk.wait_for(_S.FAILED)
    assert record.failure == "task_canceled"
    assert record.detail == f"task {task.task_sid}: Task TTL Exceeded"
    assert HOURS in await customer.ask(ASKS_HOURS)


async def test_caller_who_leaves_the_queue_has_abandoned_it(desk: Desk) -> None:
    call = await desk.driver.phone.call(CUSTOMER_NUMBER, AGENT_NUMBER)
    await call.listen("AI_AGENT")
    await call.say(WANTS_HUMAN)
    await desk.driver.flex.wait_for_task()

    await call.hang_up()

    assert (await desk.wait_for(_S.ABANDONED)).detail == "hangup"


async def test_call_is_followed_to_its_end(desk: Desk) -> None:
    call = await desk.driver.phone.call(CUSTOMER_NUMBER, AGENT_NUMBER)
    await call.listen("AI_AGENT")
    await call.say(WANTS_HUMAN)
    task = await desk.driver.flex.wait_for_task()
    await desk.driver.flex.accept(task.task_sid)
    await desk.driver.flex.complete(task.task_sid)

    record = await desk.wait_for(_S.ENDED)

    assert record.task_sid == task.task_sid


@pytest.mark.parametrize(
    ("events", "state"),
    [
        pytest.param(["task.created", "task.created"], "queued", id="repeated"),
        pytest.param(["reservation.accepted", "task.created"], "accepted", id="created late"),
        pytest.param(["task.completed", "reservation.accepted"], "ended", id="accepted late"),
        pytest.param(["task.wrapup", "reservation.accepted"], "ended", id="accepted after wrap-up"),
        pytest.param(["task.wrapup", "task.completed"], "ended", id="wrap-up, then completed"),
        pytest.param(["task.canceled", "task.created"], "failed", id="created after the end"),
        pytest.param(["task.deleted", "task.canceled"], "failed", id="deleted, and told twice"),
        pytest.param(["task.set-aside", "worker.created"], "queued", id="unknown events"),
    ],
)
async def test_events_in_any_order_are_harmless(desk: Desk, events: list[str], state: str) -> None:
    task = await desk.hand_over(await desk.customer())
    attributes = json.dumps(task.attributes)

    answers = [await desk.tell(event, attributes, TaskSid=task.task_sid) for event in events]

    await desk.wait_for(HandoffState(state))
    assert answers == [204, 204]
    assert len(await desk.driver.flex.tasks()) == 1
    assert len(await desk.records()) == 1


async def test_transfer_keeps_the_agent_silent_until_the_last_human_goes(desk: Desk) -> None:
    customer = await desk.customer()
    task = await desk.hand_over(customer)
    await desk.driver.flex.accept(task.task_sid)
    await desk.wait_for(_S.ACCEPTED)
    to_colleague = await desk.ask_in("Maria")

    await desk.driver.flex.complete(task.task_sid)
    await desk.settle()
    received = await customer.received()
    await customer.send(ASKS_HOURS)
    await desk.settle()

    assert await customer.received() == received
    [record] = await desk.records()
    assert (record.state, record.task_sid) == (_S.ACCEPTED, to_colleague.task_sid)
    await desk.driver.flex.complete(to_colleague.task_sid, close=False)
    await desk.wait_for(_S.ENDED)
    assert HOURS in await customer.ask(ASKS_HOURS)


@pytest.mark.parametrize(
    "attributes",
    ["", "{", "[]", "[" * 5000, "{}", '{"handoffId": 7}', '{"handoffId": "handoff_of_others"}'],
)
async def test_foreign_task_moves_nothing(desk: Desk, attributes: str) -> None:
    await desk.hand_over(await desk.customer())

    assert await desk.tell("task.completed", attributes, TaskSid="WT" + "0" * 32) == 204
    assert [record.state for record in await desk.records()] == [_S.QUEUED]


async def test_second_task_of_the_conversation_does_not_end_it(desk: Desk) -> None:
    task = await desk.hand_over(await desk.customer())

    attributes = json.dumps(task.attributes)
    await desk.tell("task.completed", attributes, TaskSid="WT" + "0" * 32)

    assert [record.state for record in await desk.records()] == [_S.QUEUED]


async def test_unsigned_event_is_refused(desk: Desk) -> None:
    form = {"EventType": "task.completed", "TaskAttributes": "{}"}
    async with httpx.AsyncClient() as client:
        answer = await client.post(f"{desk.stack.agent_url}/taskrouter/events", data=form)

    assert answer.status_code == 403


async def test_agent_stays_silent_where_that_is_wanted() -> None:
    async with running_locally({"AGENT_AFTER_HUMAN": "silent"}) as stack:
        desk = Desk(stack, Driver(stack.emulator_url))
        async with desk.driver:
            customer = await desk.customer()
            await desk.finish_task(await desk.hand_over(customer))
            received = await customer.received()

            await customer.send(ASKS_HOURS)
            await desk.settle()

            assert await customer.received() == received
            assert [record.state for record in await desk.records()] == [_S.ENDED]


async def test_handoffs_of_one_conversation_are_limited() -> None:
    async with running_locally({"AGENT_MAX_HANDOFFS": "1"}) as stack:
        desk = Desk(stack, Driver(stack.emulator_url))
        async with desk.driver:
            customer = await desk.customer()
            await desk.finish_task(await desk.hand_over(customer))

            await customer.ask(WANTS_HUMAN)

            outputs = [
                item["output"]
                for item in (await desk.model_requests())[-1]["input"]
                if item.get("type") == "function_call_output"
            ]
            assert "no further handoff" in outputs[-1]
            assert HOURS in await customer.ask(ASKS_HOURS)
            assert len(await desk.records()) == 1


@pytest.mark.parametrize(
    ("failures", "state"),
    [
        pytest.param({"send_conversation_to_flex": "failedToEnqueue"}, "failed", id="Flex refuses"),
        pytest.param({"get_participants": "failed failed failed"}, "failed", id="nothing found"),
        pytest.param({"get_participants": "failed"}, "delivered", id="overcome"),
    ],
)
async def test_flow_that_failed_leaves_the_agent_serving(
    failures: dict[str, str], state: str
) -> None:
    async with running_locally({"AGENT_TAKEOVER_SECONDS": "1"}) as stack:
        desk = Desk(stack, Driver(stack.emulator_url))
        _without_receipts(stack)
        for widget, events in failures.items():
            for event in events.split():
                stack.twilio.studio.forced.append(ForcedEvent(widget=widget, event=event))
        async with desk.driver, asyncio.timeout(30):
            customer = await desk.customer()
            await customer.ask(WANTS_HUMAN)
            await _looked_at(desk)

            record = await desk.wait_for(HandoffState(state))
            if state == "failed":
                assert record.failure == "flow_failed"
                assert record.detail
                while await customer.listen() != ENGLISH.here_again:
                    pass  # what the flow says, where it reaches the customer
                assert HOURS in await customer.ask(ASKS_HOURS)
                assert desk.conversation_of(customer).status == "ACTIVE"


def _without_receipts(stack: LocalStack) -> None:
    for workspace in stack.twilio.taskrouter.workspaces.values():
        workspace.event_callback_url = ""


async def _looked_at(desk: Desk) -> None:
    """Until the agent has read the execution's context."""
    await desk.driver.journal.wait_for(
        "request", lambda detail: detail["product"] == "studio" and "/Context" in detail["path"]
    )


async def test_handoff_unknown_to_studio_holds_nothing(tmp_path: Path) -> None:
    """Left behind by an earlier process, with another account or another emulator."""
    url = f"sqlite:///{tmp_path}/agent.db"
    await migrate(url)
    engine = connect(url)
    store = HandoffStore(engine)
    attributes = build_attributes(Escalation(reason="a person"), {}, handoff_id="handoff_1")
    payload = HandoffPayload(
        conversation_id="conv_1", memory_store_id="mem_1", profile_id="", attributes=attributes
    )
    record = await store.claim(
        thread="CH1", channel="CHAT", customer_address="ana", agent_address="ai", payload=payload
    )
    record = await store.move(record, HandoffState.DELIVERING)
    await store.move(record, HandoffState.DELIVERED, execution_sid="FN" + "0" * 32)

    async with (
        running_locally({"AGENT_DATABASE_URL": url}) as stack,
        Driver(stack.emulator_url) as driver,
    ):

        async def let_go() -> HandoffRecord | None:
            found = await store.get("handoff_1")
            return found if found and found.state is HandoffState.FAILED else None

        record = await driver.until(let_go, "the handoff to be let go", poll_seconds=0.1)
        assert record.failure == "flow_failed"
    await engine.dispose()
