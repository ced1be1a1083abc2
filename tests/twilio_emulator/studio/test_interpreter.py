"""Walking a flow: Liquid, limits, waiting, ending."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from getting_started.twilio_emulator.driver import Driver
from getting_started.twilio_emulator.errors import TwilioError
from getting_started.twilio_emulator.outgoing import new_client
from getting_started.twilio_emulator.studio.execution import Execution
from getting_started.twilio_emulator.twilio import Twilio
from tests.twilio_emulator.studio.caller import COMPANY, CUSTOMER
from tests.twilio_emulator.studio.conftest import Run, path_of, variables_of
from tests.twilio_emulator.studio.flows import flow, set_variables, widget


@pytest.mark.parametrize(
    ("template", "rendered"),
    [
        ("{{flow.data.ana.name}}", "Ana"),
        ("{{trigger.request.parameters.ana.name}}", "Ana"),
        ("{{trigger.request.to}} {{trigger.request.from}}", f"{CUSTOMER} {COMPANY}"),
        ("{{contact.channel.address}} {{flow.channel.address}}", f"{CUSTOMER} {COMPANY}"),
        ("[{{flow.data.missing.name}}{{widgets.none.body}}{{nowhere}}]", "[]"),
        ("[{{flow.data.missing | to_json}}]", "[]"),
        ("{{flow.data.ana | to_json}}", '{"name":"Ana","tags":["ü","\\"q\\""]}'),
        ("{{flow.data.missing | default: 'none'}}", "none"),
        ("{% for n in flow.data.many %}x{% endfor %}", "x" * 15),
        ("{% for n in (1..3) %}{{n}}{% endfor %}", "123"),
        ("{% if flow.data.ana.name == 'Ana' %}yes{% else %}no{% endif %}", "yes"),
    ],
)
async def test_liquid_sees_the_context(run: Run, template: str, rendered: str) -> None:
    ana = {"name": "Ana", "tags": ["ü", '"q"']}

    execution = await run(flow(set_variables("read", value=template)), ana=ana, many=[1] * 20)

    assert variables_of(execution)["value"] == rendered


async def test_flow_sid_is_the_execution(run: Run) -> None:
    execution = await run(flow(set_variables("read", value="{{flow.sid}} {{flow.flow_sid}}")))

    assert variables_of(execution)["value"] == f"{execution.sid} {execution.flow_sid}"


async def test_steps_name_event_and_both_widgets(run: Run) -> None:
    execution = await run(flow(set_variables("first", "second"), set_variables("second")))

    walked = [(s.transitioned_from, s.name, s.transitioned_to) for s in execution.steps]
    assert walked == [
        ("Trigger", "incomingRequest", "first"),
        ("first", "next", "second"),
        ("second", "next", "Ended"),
    ]


async def test_step_keeps_its_context(run: Run) -> None:
    first, second = set_variables("first", "second", a="1"), set_variables("second", a="2")

    execution = await run(flow(first, second))

    values = [step.context["flow"]["variables"].get("a") for step in execution.steps]
    assert values == [None, "1", "2"]


async def test_trigger_without_a_branch_ends_the_execution(run: Run) -> None:
    execution = await run(flow(set_variables("unused"), event="incomingCall"))

    assert (execution.status, path_of(execution)) == ("ended", ["Trigger", "incomingRequest"])


def last_alert(twilio: Twilio) -> str:
    return str(twilio.journal.since(0, "alert")[-1].detail["message"])


@pytest.mark.parametrize(
    ("definition", "alert"),
    [
        (flow(set_variables("a", "a")), "widget 'a' came 10 times in a row"),
        (flow(set_variables("a", "b"), set_variables("b", "a")), "more than 1000 steps"),
        (
            flow(widget("bot", "connect-virtual-agent", {"connector": "x"})),
            "bot: no widget type 'connect-virtual-agent' is emulated",
        ),
        (flow(widget("hello", "say-play", {"say": "hi"})), "hello: say-play needs a call"),
        (
            flow(set_variables("a", value="{{ 5 | divided_by: 0 }}")),
            "a: Liquid: divided_by: can't divide by 0",
        ),
    ],
)
async def test_execution_ends_where_it_cannot_go_on(
    twilio: Twilio, run: Run, definition: dict[str, Any], alert: str
) -> None:
    execution = await run(definition)

    assert (execution.status, last_alert(twilio)) == ("ended", alert)


async def test_forced_event_replaces_a_widgets_work(twilio: Twilio, run: Run) -> None:
    definition = flow(
        widget("fetch", "run-function", {"url": "http://127.0.0.1:9/"}, success="", fail="")
    )
    async with new_client() as client:
        rule = {"widget": "fetch", "event": "success"}
        await client.post(f"{twilio.base_url}/_emulator/studio/events", json=rule)

    first, second = await run(definition), await run(definition)

    assert [path_of(one)[-1] for one in (first, second)] == ["success", "fail"]


async def test_second_request_for_a_busy_contact_is_refused(twilio: Twilio, run: Run) -> None:
    ask = widget("ask", "send-and-wait-for-reply", {"body": "Well?"}, incomingMessage="")
    waiting = await run(flow(ask))

    with pytest.raises(TwilioError) as refused:
        await run(flow(ask))

    assert refused.value.status == 409
    assert waiting.sid in refused.value.message


async def test_contact_is_free_after_the_end(twilio: Twilio, run: Run) -> None:
    ask = widget("ask", "send-and-wait-for-reply", {"body": "Well?"}, incomingMessage="")
    waiting = await run(flow(ask))

    await twilio.studio.end_execution(waiting.flow_sid, waiting.sid)

    assert (await run(flow(ask))).is_active


async def test_requests_in_a_rush_are_refused() -> None:
    twilio = Twilio("http://127.0.0.1:1", now=lambda: datetime(2026, 11, 2, tzinfo=UTC))
    flow_sid = twilio.studio.create_flow("test", flow(set_variables("a", value="1"))).sid

    def request(contact: int) -> None:
        twilio.clock.advance(0.01)
        to = f"+1555010{contact:04}"
        twilio.studio.request_execution(flow_sid, to=to, from_=COMPANY, parameters={})

    for contact in range(20):
        request(contact)
    with pytest.raises(TwilioError) as refused:
        request(20)
    twilio.clock.advance(1)
    request(21)

    assert (refused.value.status, refused.value.code) == (429, 20429)
    await twilio.close()


@pytest.mark.parametrize(("days", "status"), [(29, "active"), (31, "ended")])
async def test_execution_lives_thirty_days(
    twilio: Twilio, run: Run, days: int, status: str
) -> None:
    ask = widget("ask", "send-and-wait-for-reply", {"body": "Well?", "timeout": "0"})
    execution = await run(flow(ask))

    async with Driver(twilio.base_url) as driver:
        await driver.advance(days * 24 * 3600)

    assert execution.status == status


async def test_journal_tells_start_steps_and_end(twilio: Twilio, run: Run) -> None:
    execution = await run(flow(set_variables("note", a="1")))

    told: list[tuple[str, Any]] = [
        (entry.kind, entry.detail.get("widget") or entry.detail.get("event"))
        for entry in twilio.journal.since(0)
        if entry.detail.get("execution_sid") == execution.sid
    ]
    assert told == [
        ("execution", "started"),
        ("step", "Trigger"),
        ("step", "note"),
        ("execution", "ended"),
    ]


async def test_subflow_shares_contact_and_gives_its_variables(twilio: Twilio, run: Run) -> None:
    words = "{{trigger.parent.parameters.hello}} {{contact.channel.address}}"
    inner = flow(set_variables("greet", words=words), event="incomingParent")
    child = twilio.studio.create_flow("child", inner)
    properties = {
        "flow_sid": child.sid,
        "flow_revision": "LatestPublished",
        "parameters": [{"key": "hello", "value": "hi"}],
    }
    call = widget("inner", "run-subflow", properties, completed="read", failed="")

    execution = await run(flow(call, set_variables("read", words="{{widgets.inner.words}}")))

    assert variables_of(execution)["words"] == f"hi {CUSTOMER}"


@pytest.mark.parametrize("flow_sid", ["FW" + "0" * 32, "broken"])
async def test_subflow_that_cannot_run_fails(twilio: Twilio, run: Run, flow_sid: str) -> None:
    broken = flow(widget("hello", "say-play", {"say": "hi"}), event="incomingParent")
    if flow_sid == "broken":
        flow_sid = twilio.studio.create_flow("child", broken).sid
    properties = {"flow_sid": flow_sid, "flow_revision": "LatestPublished"}

    execution: Execution = await run(flow(widget("inner", "run-subflow", properties, failed="")))

    assert path_of(execution)[-1] == "failed"
