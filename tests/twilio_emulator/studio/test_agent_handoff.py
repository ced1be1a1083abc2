"""The flow that receives a handoff, walked through every transition and for its real causes."""

from __future__ import annotations

import json
from contextlib import AsyncExitStack
from typing import Any
from xml.etree.ElementTree import Element

import pytest
from fastapi import FastAPI
from fastapi.responses import JSONResponse, Response

from agent.phrases import ENGLISH
from getting_started.serving import listen, serving, url_of
from getting_started.twilio_emulator.faults import Fault
from getting_started.twilio_emulator.studio.execution import Execution
from getting_started.twilio_emulator.studio.models import ForcedEvent
from getting_started.twilio_emulator.twilio import Twilio
from studio_templates.render import EXAMPLE, render
from tests.twilio_emulator.studio.caller import CUSTOMER, Caller
from tests.twilio_emulator.studio.center import Center, open_center
from tests.twilio_emulator.studio.conftest import path_of, variables_of

RESUMED = "get_participants read_participants get_conversation read_conversation"
LOOKUP = "get_participants note_lookup_failure split_on_attempts"
HANDED = "split_on_handoff read_voice_handoff send_call_to_flex"
CRASHED = "split_on_handoff split_on_caller"
ASKED = f"{CRASHED} split_on_app get_pending_handoff"
OFFERED = "split_on_offer note_offer offer_agent_again split_on_second_handoff"
TO_A_PERSON = "send_call_to_flex split_on_queue_result noMatch"
REFUSED = {"send_call_to_flex": "failedToEnqueue", "queue_call": "failedToEnqueue"}

# The fields of the call (None: a request), the widgets made to fail, and the path walked.
PATHS: list[tuple[dict[str, str] | None, dict[str, str], str]] = [
    ({"HandoffData": "yes"}, {}, f"{HANDED} split_on_queue_result noMatch"),
    (
        {"HandoffData": "yes", "QueueResult": "leave"},
        {"ask_next_step": "failed"},
        f"{HANDED} split_on_queue_result note_queue_failure ask_next_step apologize_for_queue "
        "audioComplete",
    ),
    ({"CallStatus": "completed"}, {}, f"{CRASHED} match"),
    ({"HandoffData": '{"callEnded":"silence"}'}, {}, "split_on_handoff match"),
    (
        {},
        {"send_call_to_flex": "failedToEnqueue"},
        f"{CRASHED} split_on_app note_agent_failure apologize_for_agent send_call_to_flex "
        "note_flex_failure queue_call split_on_queue_result noMatch",
    ),
    (
        {"HandoffData": "yes"},
        {
            "send_call_to_flex": "callFailure",
            "queue_call": "callFailure",
            "ask_next_step": "failed",
        },
        f"{HANDED} note_flex_failure queue_call note_queue_failure ask_next_step "
        "apologize_for_queue audioComplete",
    ),
    (
        {"HandoffData": "yes"},
        {**REFUSED, "ask_next_step": "failed"},
        f"{HANDED} note_flex_failure queue_call note_queue_failure ask_next_step "
        "apologize_for_queue audioComplete",
    ),
    (None, {}, f"{RESUMED} resume_conversation send_conversation_to_flex callComplete"),
    (
        None,
        {"get_participants": "failed"},
        f"{LOOKUP} {RESUMED} resume_conversation send_conversation_to_flex callComplete",
    ),
    (
        None,
        {"get_participants": "failed failed failed"},
        f"{LOOKUP} {LOOKUP} {LOOKUP} apologize_through_orchestrator apologize_by_message "
        "note_silence next",
    ),
    (
        None,
        {"get_conversation": "failed failed failed"},
        "get_participants read_participants get_conversation note_lookup_failure "
        "split_on_attempts " * 3 + "apologize_through_orchestrator success",
    ),
    (
        None,
        {"resume_conversation": "failed"},
        f"{RESUMED} resume_conversation note_resume_failure open_interaction success",
    ),
    (
        None,
        {"resume_conversation": "failed", "open_interaction": "failed"},
        f"{RESUMED} resume_conversation note_resume_failure open_interaction "
        "note_interaction_failure apologize_through_orchestrator success",
    ),
    (
        None,
        {"send_conversation_to_flex": "failedToEnqueue"},
        f"{RESUMED} resume_conversation send_conversation_to_flex note_conversation_failure "
        "apologize_in_conversation sent",
    ),
    (
        None,
        {
            "send_conversation_to_flex": "callFailure",
            "apologize_in_conversation": "failed",
            "apologize_through_orchestrator": "failed",
            "apologize_by_message": "sent",
        },
        f"{RESUMED} resume_conversation send_conversation_to_flex note_conversation_failure "
        "apologize_in_conversation apologize_through_orchestrator apologize_by_message sent",
    ),
]

# What the agent answers about a pending handoff (None: an error), the fields at the end of the
# second session, and the path walked.
APP_PATHS: list[tuple[bool | None, dict[str, str], str]] = [
    (True, {}, f"{ASKED} split_on_pending read_pending_handoff announce_person {TO_A_PERSON}"),
    (
        False,
        {"SessionStatus": "ended", "HandoffData": "yes"},
        f"{ASKED} split_on_pending {OFFERED} read_second_handoff {TO_A_PERSON}",
    ),
    (False, {"SessionStatus": "completed"}, f"{ASKED} split_on_pending {OFFERED} match"),
    (
        False,
        {"SessionStatus": "ended", "HandoffData": '{"callEnded":"limit"}'},
        f"{ASKED} split_on_pending {OFFERED} match",
    ),
    (
        None,
        {"SessionStatus": "failed", "ErrorCode": "64102"},
        f"{ASKED} {OFFERED} get_pending_handoff split_on_offer note_agent_failure "
        f"apologize_for_agent {TO_A_PERSON}",
    ),
    (
        False,
        {"SessionStatus": "ended"},
        f"{ASKED} split_on_pending {OFFERED} get_pending_handoff split_on_pending split_on_offer "
        f"note_agent_failure apologize_for_agent {TO_A_PERSON}",
    ),
]


@pytest.fixture
async def center(twilio: Twilio) -> Center:
    return await open_center(twilio)


def execution_of(center: Center) -> Execution:
    (execution,) = center.twilio.studio.executions.values()
    return execution


def force(center: Center, failures: dict[str, str]) -> None:
    for name, events in failures.items():
        for event in events.split():
            center.twilio.studio.forced.append(ForcedEvent(widget=name, event=event))


async def call_in(center: Center, caller: Caller, fields: dict[str, str]) -> list[Element]:
    """The call with everything that it is told done; the TwiML, one document a step."""
    fields = with_payload(center, fields)
    left = {"QueueResult": fields.get("QueueResult", "bridged")}
    told = [await caller.reach(center.flow_sid, **fields)]
    while told[-1][0].tag != "Hangup":
        told.append(await caller.follow(**left))
    return told


def with_payload(center: Center, fields: dict[str, str]) -> dict[str, str]:
    if fields.get("HandoffData") != "yes":
        return fields
    return {**fields, "HandoffData": json.dumps(center.payload(), separators=(",", ":"))}


@pytest.mark.parametrize(("fields", "failures", "path"), PATHS)
async def test_path(
    center: Center,
    caller: Caller,
    fields: dict[str, str] | None,
    failures: dict[str, str],
    path: str,
) -> None:
    force(center, failures)

    if fields is None:
        await center.hand_over()
    else:
        await call_in(center, caller, fields)

    execution = execution_of(center)
    assert path_of(execution) == ["Trigger", *path.split()]
    assert execution.status == "ended"


def answering(is_pending: bool | None, payload: dict[str, Any]) -> FastAPI:
    """An agent that knows of a pending handoff, or not, or answers with an error."""
    app = FastAPI()

    @app.get("/handoffs/pending")
    async def tell() -> JSONResponse:
        content = {"pending": is_pending, "HandoffData": payload if is_pending else None}
        return JSONResponse(content, 500 if is_pending is None else 200)

    return app


@pytest.mark.parametrize(("is_pending", "second", "path"), APP_PATHS)
async def test_path_of_a_call_the_agent_lost(
    twilio: Twilio, caller: Caller, is_pending: bool | None, second: dict[str, str], path: str
) -> None:
    listener = listen()
    center = await open_center(twilio, url_of(listener))
    async with serving(answering(is_pending, center.payload()), listener):
        told = await caller.reach(center.flow_sid)
        while told[0].tag != "Hangup":
            fields = with_payload(center, second) if told[0].tag == "Connect" else {}
            told = await caller.follow(**fields)

    execution = execution_of(center)
    assert path_of(execution) == ["Trigger", *path.split()]
    assert execution.status == "ended"


def test_paths_cover_every_transition() -> None:
    flow = render(EXAMPLE)
    walked = set()
    for _, failures, path in [*PATHS, *((None, {}, path) for _, _, path in APP_PATHS)]:
        *names, last = path.split()
        walked |= set(zip(["Trigger", *names], [*names, last], strict=False))
        walked |= {(name, event) for name, events in failures.items() for event in events.split()}
    missing = [
        (widget.name, transition.event, transition.next)
        for widget in flow.states
        for transition in widget.transitions
        if not {(widget.name, transition.next), (widget.name, transition.event)} & walked
    ]

    unused = {"incomingMessage", "incomingConversationMessage", "incomingParent"}
    assert [one for one in missing if one[1] not in unused] == []


@pytest.mark.parametrize(("fields", "failures"), [row[:2] for row in PATHS if row[1]])
async def test_failure_leaves_a_trace(
    center: Center, caller: Caller, fields: dict[str, str] | None, failures: dict[str, str]
) -> None:
    force(center, failures)

    if fields is None:
        await center.hand_over()
    else:
        await call_in(center, caller, fields)

    assert variables_of(execution_of(center))["handoff_failure"]


# Voice, for its real causes


def task_of(twiml: Element) -> dict[str, Any]:
    task: dict[str, Any] = json.loads(twiml.findtext("Enqueue/Task") or "")
    return task


async def test_call_reaches_the_queue_with_everything(center: Center, caller: Caller) -> None:
    told = await call_in(center, caller, {"HandoffData": "yes"})

    assert task_of(told[0]) == {
        "type": "inbound",
        "name": CUSTOMER,
        "conversationId": center.conversation.id,
        "storeId": "mem_store_1",
        "profileId": "mem_profile_1",
        "reason": "refund",
    }


async def test_caller_left_by_the_agent_hears_why_and_is_queued(
    center: Center, caller: Caller
) -> None:
    told = await call_in(center, caller, {"ErrorCode": "64105", "SessionStatus": "failed"})

    assert "unavailable" in (told[0].findtext("Say") or "")
    assert task_of(told[1])["reason"] == "virtual agent unavailable"
    assert "64105" in variables_of(execution_of(center))["handoff_failure"]


async def test_unreadable_handoff_data_still_reaches_a_person(
    center: Center, caller: Caller
) -> None:
    told = await call_in(center, caller, {"HandoffData": '{"conversationId":"c","attributes":{"r'})

    assert task_of(told[0]) == {
        "type": "inbound",
        "name": CUSTOMER,
        "conversationId": "c",
        "reason": "handoff whose details could not be passed on",
    }


CALLED_BACK = "Ein Kollege ruft Sie zurück."


def arranging(answer: Response) -> FastAPI:
    """An agent that answers so when it is asked for the next step of a call."""
    app = FastAPI()

    @app.post("/handoffs/next-step")
    async def tell() -> Response:
        return answer

    return app


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        pytest.param(
            JSONResponse({"say": CALLED_BACK, "language": "de-DE"}), CALLED_BACK, id="arranged"
        ),
        pytest.param(JSONResponse({"detail": "no"}, 401), ENGLISH.nobody_there, id="refused"),
        pytest.param(Response("Bad gateway", 502), ENGLISH.nobody_there, id="a proxy's error"),
        pytest.param(Response("Hello"), ENGLISH.nobody_there, id="no words"),
        pytest.param(None, ENGLISH.nobody_there, id="not there"),
    ],
)
async def test_refused_caller_hears_what_comes_next(
    twilio: Twilio, caller: Caller, answer: Response | None, words: str
) -> None:
    listener = listen()
    center = await open_center(twilio, url_of(listener))
    force(center, REFUSED)
    async with AsyncExitStack() as running:
        if answer:
            await running.enter_async_context(serving(arranging(answer), listener))
        else:
            listener.close()
        told = await call_in(center, caller, {"HandoffData": "yes"})

    (said,) = told[0].findall("Say")
    assert said.text == words
    assert said.get("language") == ("de-DE" if words == CALLED_BACK else "en-US")


async def test_caller_nobody_took_hears_the_truth(center: Center, caller: Caller) -> None:
    force(center, {"ask_next_step": "failed"})

    told = await call_in(center, caller, {"HandoffData": "yes", "QueueResult": "leave"})

    assert told[1].findtext("Say") == ENGLISH.nobody_there
    assert variables_of(execution_of(center))["handoff_failure"] == "nobody took the call: leave "


# Messaging, for its real causes


async def test_chat_becomes_one_task_with_everything(center: Center) -> None:
    await center.hand_over(summary='says "no"', extra={"vip": True})

    (task,) = center.tasks
    expected = {
        "conversationId": center.conversation.id,
        "storeId": "mem_store_1",
        "profileId": "mem_profile_1",
        "reason": "refund",
        "summary": 'says "no"',
        "extra": {"vip": True},
    }
    assert expected.items() <= task.attributes.items()
    assert center.chat.webhooks == {}


APOLOGY = "I could not connect you"


@pytest.mark.parametrize("path", ["/v2/Conversations/*/Participants", "/v2/Conversations/*"])
async def test_brief_outage_is_overcome(center: Center, path: str) -> None:
    center.twilio.faults.add(
        Fault(product="conversations", path=path, method="GET", status=503, times=1)
    )

    await center.hand_over()

    assert (len(center.tasks), center.said) == (1, [])


async def test_lasting_outage_is_told_to_the_customer(center: Center) -> None:
    path = f"/v2/Conversations/{center.conversation.id}"
    center.twilio.faults.add(Fault(product="conversations", path=path, method="GET", status=500))

    await center.hand_over()

    assert center.tasks == []
    assert [APOLOGY in said for said in center.said] == [True]


def use_up_webhooks(center: Center) -> None:
    for number in range(5):
        url = {"url": f"http://a.example/{number}"}
        center.twilio.classic.add_webhook(center.chat.sid, target="webhook", configuration=url)


async def test_chat_that_cannot_be_resumed_still_reaches_a_person(center: Center) -> None:
    use_up_webhooks(center)

    await center.hand_over(summary="q\"\n'{{x}}'")

    (task,) = center.tasks
    assert task.attributes["summary"] == "q\"\n'{{x}}'"
    assert task.attributes["conversationSid"] == center.chat.sid


async def test_chat_nobody_takes_is_told_so(center: Center) -> None:
    use_up_webhooks(center)
    center.twilio.faults.add(Fault(product="flex-api", status=500))

    await center.hand_over()

    assert center.tasks == []
    assert [APOLOGY in said for said in center.said] == [True]


async def test_unknown_workflow_is_told_in_the_chat(center: Center) -> None:
    center.twilio.taskrouter.workflows.clear()

    await center.hand_over()

    assert [APOLOGY in said for said in center.said] == [True]
    assert center.chat.webhooks == {}


async def test_execution_without_data_ends_with_a_trace(center: Center) -> None:
    execution = center.twilio.studio.request_execution(
        center.flow_sid, to=CUSTOMER, from_="+15550100002", parameters={}
    )
    await center.twilio.settle()

    assert execution.status == "ended"
    assert variables_of(execution)["handoff_failure"]
    assert APOLOGY in center.twilio.messaging.inbox(CUSTOMER)[0].body
