"""The hook: who gets in, and how calls and messages come and come back."""

from __future__ import annotations

from typing import Any

import pytest

from getting_started.twilio_emulator.twilio import Twilio
from tests.twilio_emulator.studio.caller import CALL_SID, COMPANY, CUSTOMER, Caller
from tests.twilio_emulator.studio.conftest import variables_of
from tests.twilio_emulator.studio.flows import Definition, flow, set_variables, widget

FORM = {"CallSid": CALL_SID, "From": CUSTOMER, "To": COMPANY, "Direction": "inbound"}


def greeting(event: str = "incomingCall") -> Definition:
    hello = widget("hello", "say-play", {"say": "Hello"}, audioComplete="after")
    return flow(hello, set_variables("after", said="{{trigger.call.From}}"), event=event)


@pytest.fixture
def flow_sid(twilio: Twilio) -> str:
    return twilio.studio.create_flow("greeting", greeting()).sid


def execution_of(twilio: Twilio) -> Any:
    (execution,) = twilio.studio.executions.values()
    return execution


async def test_call_gets_twiml_and_comes_back(
    twilio: Twilio, caller: Caller, flow_sid: str
) -> None:
    first = await caller.reach(flow_sid)
    second = await caller.follow()

    assert [verb.tag for verb in first] == ["Say", "Redirect"]
    assert [verb.tag for verb in second] == ["Hangup"]
    assert variables_of(execution_of(twilio)) == {"said": CUSTOMER}


@pytest.mark.parametrize("signed_as", ["http://elsewhere.example/", "http://127.0.0.1:1/webhooks"])
async def test_wrong_signature_is_refused(
    twilio: Twilio, caller: Caller, flow_sid: str, signed_as: str
) -> None:
    url = f"{caller.hook_url(flow_sid)}?Trigger=incomingCall"

    answer = await caller.send(url, FORM, signed_as=signed_as)

    assert (answer.status_code, twilio.studio.executions) == (403, {})


async def test_changed_field_is_refused(twilio: Twilio, caller: Caller, flow_sid: str) -> None:
    url = f"{caller.hook_url(flow_sid)}?Trigger=incomingCall"
    signature = twilio.webhooks.sign(url, FORM)

    answer = await caller.client.post(url, data={**FORM, "From": "+15550109"}, headers=signature)

    assert answer.status_code == 403


async def test_signature_over_twilios_own_host_is_accepted(
    twilio: Twilio, caller: Caller, flow_sid: str
) -> None:
    path = f"/v1/Accounts/{twilio.account.sid}/Flows/{flow_sid}?Trigger=incomingCall"
    signature = twilio.webhooks.sign(f"https://webhooks.twilio.com{path}", FORM)
    headers = {**signature, "Host": "webhooks.twilio.com"}

    answer = await caller.client.post(twilio.base_url + path, data=FORM, headers=headers)

    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("query", "fields", "status"),
    [
        ("Trigger=incomingCall", {"Direction": "outbound-api"}, 400),
        ("Trigger=somethingElse", {}, 400),
        ("FlowEvent=return&ExecutionSid=FN1", {}, 404),
    ],
)
async def test_hook_refuses(
    caller: Caller, flow_sid: str, query: str, fields: dict[str, str], status: int
) -> None:
    answer = await caller.send(f"{caller.hook_url(flow_sid)}?{query}", {**FORM, **fields})

    assert answer.status_code == status


@pytest.mark.parametrize("flow_name", ["FW" + "0" * 32, "draft"])
async def test_flow_that_is_not_published_is_refused(
    twilio: Twilio, caller: Caller, flow_name: str
) -> None:
    if flow_name == "draft":
        flow_name = twilio.studio.create_flow("draft", greeting(), status="draft").sid

    answer = await caller.send(f"{caller.hook_url(flow_name)}?Trigger=incomingCall", FORM)

    assert answer.status_code in {400, 404}


async def test_get_request_carries_the_form_in_its_query(twilio: Twilio, caller: Caller) -> None:
    flow_sid = twilio.studio.create_flow("greeting", greeting()).sid
    url = f"{caller.hook_url(flow_sid)}?Trigger=incomingCall&CallSid={CALL_SID}&From=%2B15550100001"

    answer = await caller.client.get(url, headers=twilio.webhooks.sign(url))

    assert answer.status_code == 200
    assert execution_of(twilio).context["trigger"]["call"]["From"] == CUSTOMER


async def test_event_nobody_waits_for_gets_empty_twiml(caller: Caller, flow_sid: str) -> None:
    await caller.reach(flow_sid)
    url = caller.twiml.findtext("Redirect") or ""
    await caller.post(url)

    again = await caller.post(url)

    assert len(again) == 0


async def test_another_calls_execution_is_refused(caller: Caller, flow_sid: str) -> None:
    await caller.reach(flow_sid)
    url = caller.twiml.findtext("Redirect") or ""

    answer = await caller.send(url, {**FORM, "CallSid": "CA" + "2" * 32})

    assert answer.status_code == 400


async def test_caller_who_left_ends_the_execution(
    twilio: Twilio, caller: Caller, flow_sid: str
) -> None:
    await caller.reach(flow_sid)

    await twilio.studio.call_ended(CALL_SID)

    assert execution_of(twilio).status == "ended"


async def test_gone_caller_hears_nothing(twilio: Twilio, caller: Caller, flow_sid: str) -> None:
    told = await caller.reach(flow_sid, CallStatus="completed")

    assert [verb.tag for verb in told] == ["Hangup"]
    assert execution_of(twilio).status == "ended"


async def test_message_starts_and_continues_a_flow(twilio: Twilio, caller: Caller) -> None:
    ask = widget("ask", "send-and-wait-for-reply", {"body": "Name?"}, incomingMessage="note")
    definition = flow(
        ask, set_variables("note", name="{{widgets.ask.inbound.Body}}"), event="incomingMessage"
    )
    flow_sid = twilio.studio.create_flow("survey", definition).sid
    url = f"{caller.hook_url(flow_sid)}?Trigger=incomingMessage"

    for body in ("hello", "Ana"):
        form = {"MessageSid": "SM1", "From": CUSTOMER, "To": COMPANY, "Body": body}
        (await caller.send(url, form)).raise_for_status()

    assert [message.body for message in twilio.messaging.inbox(CUSTOMER)] == ["Name?"]
    assert variables_of(execution_of(twilio)) == {"name": "Ana"}
