"""The widgets that hold a call: the TwiML they answer, and the event for what came of it."""

from __future__ import annotations

from typing import Any
from xml.etree.ElementTree import Element

import pytest

from getting_started.twilio_emulator.studio.execution import Execution
from getting_started.twilio_emulator.twilio import Twilio
from tests.twilio_emulator.studio.caller import CALL_SID, Caller
from tests.twilio_emulator.studio.conftest import path_of
from tests.twilio_emulator.studio.flows import flow, widget

WORKFLOW = "WW" + "7" * 32


def shape(element: Element) -> tuple[str, str, dict[str, str]]:
    """An element without the addresses that come back to Studio."""
    own = {key: value for key, value in element.attrib.items() if key not in {"action", "method"}}
    return element.tag, element.text or "", own


async def reach(twilio: Twilio, caller: Caller, kind: str, **properties: Any) -> Element:
    flow_sid = twilio.studio.create_flow(
        "test", flow(widget("it", kind, properties), event="incomingCall")
    ).sid
    return await caller.reach(flow_sid)


def execution_of(twilio: Twilio) -> Execution:
    (execution,) = twilio.studio.executions.values()
    return execution


SAY = ("Say", "Hi Ana", {"voice": "alice", "language": "en-US", "loop": "2"})


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ({"say": "Hi {{'Ana'}}", "voice": "alice", "language": "en-US", "loop": 2}, SAY),
        ({"play": "http://a.example/x.mp3"}, ("Play", "http://a.example/x.mp3", {})),
        ({"digits": "1w2"}, ("Play", "", {"digits": "1w2"})),
    ],
)
async def test_say_play(
    twilio: Twilio, caller: Caller, properties: dict[str, Any], expected: Any
) -> None:
    said = await reach(twilio, caller, "say-play", **properties)
    await caller.follow()

    assert shape(said[0]) == expected
    assert path_of(execution_of(twilio))[-1] == "audioComplete"


async def test_gather_asks_with_limits(twilio: Twilio, caller: Caller) -> None:
    asked = await reach(
        twilio,
        caller,
        "gather-input-on-call",
        say="Press one",
        timeout=7,
        number_of_digits=1,
        finish_on_key="#",
        gather_language="en-GB",
    )

    tag, _, attributes = shape(asked[0])
    assert (tag, asked[0][0].text, asked[1].tag) == ("Gather", "Press one", "Redirect")
    assert attributes == {
        "input": "dtmf speech",
        "timeout": "7",
        "numDigits": "1",
        "finishOnKey": "#",
        "language": "en-GB",
    }


@pytest.mark.parametrize(
    ("fields", "event", "outputs"),
    [
        ({"Digits": "1"}, "keypress", {"Digits": "1"}),
        (
            {"SpeechResult": "help", "Confidence": "0.9"},
            "speech",
            {"SpeechResult": "help", "Confidence": "0.9"},
        ),
        ({}, "timeout", {}),
    ],
)
async def test_gather_tells_keys_speech_and_silence(
    twilio: Twilio, caller: Caller, fields: dict[str, str], event: str, outputs: dict[str, str]
) -> None:
    await reach(twilio, caller, "gather-input-on-call", say="Press one")
    await caller.follow(**fields)

    execution = execution_of(twilio)
    assert path_of(execution)[-1] == event
    assert execution.context["widgets"]["it"] == outputs


FLEX = {"workflow": WORKFLOW, "channel": "TC" + "8" * 32, "priority": "3", "timeout": "60"}


@pytest.mark.parametrize(
    ("kind", "properties"),
    [
        ("send-to-flex", {**FLEX, "attributes": '{"name":"{{trigger.call.From}}"}'}),
        (
            "enqueue-call",
            {
                "workflow_sid": WORKFLOW,
                "priority": 3,
                "timeout": 60,
                "task_attributes": '{"name":"{{trigger.call.From}}"}',
            },
        ),
    ],
)
async def test_enqueue_with_a_task(
    twilio: Twilio, caller: Caller, kind: str, properties: dict[str, Any]
) -> None:
    told = await reach(twilio, caller, kind, **properties)

    assert shape(told[0]) == ("Enqueue", "", {"workflowSid": WORKFLOW})
    task = ("Task", '{"name":"+15550100001"}', {"priority": "3", "timeout": "60"})
    assert shape(told[0][0]) == task


async def test_enqueue_by_name(twilio: Twilio, caller: Caller) -> None:
    told = await reach(twilio, caller, "enqueue-call", queue_name="support", wait_url="http://m/")

    assert shape(told[0]) == ("Enqueue", "support", {"waitUrl": "http://m/"})


@pytest.mark.parametrize(
    ("fields", "event"),
    [
        ({"QueueResult": "bridged"}, "callComplete"),
        ({"QueueResult": "hangup", "CallStatus": "completed"}, "callComplete"),
        ({"QueueResult": "error"}, "failedToEnqueue"),
        ({"QueueResult": "queue-full"}, "failedToEnqueue"),
        ({"QueueResult": "system-error"}, "failedToEnqueue"),
        ({"CallStatus": "failed"}, "callFailure"),
    ],
)
async def test_leaving_the_queue(
    twilio: Twilio, caller: Caller, fields: dict[str, str], event: str
) -> None:
    await reach(twilio, caller, "send-to-flex", **FLEX, attributes="{}")
    await caller.follow(**fields)

    assert path_of(execution_of(twilio))[-1] == event


@pytest.mark.parametrize(
    "attributes", ["{not json}", "[1]", '{"a":}', '{"a":"' + "x" * 1020 + '"}']
)
async def test_attributes_taskrouter_would_refuse(
    twilio: Twilio, caller: Caller, attributes: str
) -> None:
    told = await reach(twilio, caller, "send-to-flex", **FLEX, attributes=attributes)

    assert told[0].tag == "Hangup"
    assert path_of(execution_of(twilio))[-1] == "failedToEnqueue"


@pytest.mark.parametrize(
    ("properties", "child"),
    [
        ({"noun": "number", "to": "+15550100009"}, ("Number", "+15550100009", {})),
        ({"noun": "client", "to": "ana"}, ("Client", "ana", {})),
        (
            {"noun": "sip", "sip_endpoint": "sip:a@b.example", "sip_username": "u"},
            ("Sip", "sip:a@b.example", {"username": "u"}),
        ),
        ({"noun": "conference", "to": "room"}, ("Conference", "room", {})),
    ],
)
async def test_connect_call_to(
    twilio: Twilio, caller: Caller, properties: dict[str, Any], child: Any
) -> None:
    dial = (await reach(twilio, caller, "connect-call-to", **properties, time_limit="60"))[0]
    await caller.follow(DialCallStatus="completed", DialCallSid="CA2")

    execution = execution_of(twilio)
    assert shape(dial) == ("Dial", "", {"timeLimit": "60"})
    assert shape(dial[0]) == child
    assert path_of(execution)[-1] == "callCompleted"
    assert execution.context["widgets"]["it"]["DialCallStatus"] == "completed"


async def test_caller_hangs_up_while_connected(twilio: Twilio, caller: Caller) -> None:
    await reach(twilio, caller, "connect-call-to", noun="client", to="ana")
    await caller.follow(CallStatus="completed")

    assert path_of(execution_of(twilio))[-1] == "hangup"


async def test_twiml_elsewhere_comes_back_by_flow_event(twilio: Twilio, caller: Caller) -> None:
    told = await reach(twilio, caller, "add-twiml-redirect", url="http://a.example/", method="GET")
    execution = execution_of(twilio)

    await caller.post(f"{caller.hook_url(execution.flow_sid)}?FlowEvent=return", answer="42")

    assert shape(told[0]) == ("Redirect", "http://a.example/", {})
    assert path_of(execution)[-1] == "return"
    assert execution.context["widgets"]["it"]["answer"] == "42"


async def test_twiml_elsewhere_that_never_returns_times_out(twilio: Twilio, caller: Caller) -> None:
    await reach(twilio, caller, "add-twiml-redirect", url="http://a.example/", timeout="60")

    before = twilio.journal.since(0)[-1].number
    twilio.clock.advance(61)
    await twilio.journal.wait_since(before, "step", seconds=2)

    assert path_of(execution_of(twilio))[-1] == "timeout"


RELAY = {
    "url": "wss://agent.example/ws",
    "welcome_greeting": "Hello",
    "interruptible": "true",
    "parameters": [{"key": "from", "value": "{{trigger.call.From}}"}],
}


@pytest.mark.parametrize(("status", "event"), [("ended", "success"), ("failed", "failed")])
async def test_conversation_relay(twilio: Twilio, caller: Caller, status: str, event: str) -> None:
    relay = (await reach(twilio, caller, "run-conversation-relay", **RELAY))[0][0]
    await caller.follow(SessionStatus=status, HandoffData="{}")

    execution = execution_of(twilio)
    attributes = {"url": RELAY["url"], "welcomeGreeting": "Hello", "interruptible": "true"}
    assert shape(relay) == ("ConversationRelay", "", attributes)
    assert shape(relay[0]) == ("Parameter", "", {"name": "from", "value": "+15550100001"})
    assert path_of(execution)[-1] == event
    assert execution.context["widgets"]["it"] == {"SessionStatus": status, "HandoffData": "{}"}


async def test_subflow_holds_the_call_and_gives_it_back(twilio: Twilio, caller: Caller) -> None:
    hello = flow(widget("hello", "say-play", {"say": "inner"}), event="incomingParent")
    child = twilio.studio.create_flow("child", hello).sid
    properties = {"flow_sid": child, "flow_revision": "LatestPublished"}
    outer = flow(
        widget("inner", "run-subflow", properties, completed="bye"),
        widget("bye", "say-play", {"say": "outer"}),
        event="incomingCall",
    )

    first = await caller.reach(twilio.studio.create_flow("outer", outer).sid)
    second = await caller.follow()
    last = await caller.follow()

    assert [shape(told[0])[:2] for told in (first, second, last)] == [
        ("Say", "inner"),
        ("Say", "outer"),
        ("Hangup", ""),
    ]
    assert {one.call_sid for one in twilio.studio.executions.values()} == {CALL_SID}
