"""Start and Resume Conversation, the messages, and Send To Flex on a conversation."""

from __future__ import annotations

from typing import Any

import pytest

from getting_started.twilio_emulator.classic.models import Conversation
from getting_started.twilio_emulator.twilio import Twilio
from tests.twilio_emulator.studio.caller import COMPANY, CUSTOMER
from tests.twilio_emulator.studio.conftest import Run, path_of, variables_of
from tests.twilio_emulator.studio.flows import Definition, flow, set_variables, widget


@pytest.fixture
def conversation(twilio: Twilio) -> Conversation:
    return twilio.classic.create_conversation(twilio.classic.create_service("chat").sid)


def resume(following: str = "", /, **properties: Any) -> Definition:
    properties = {
        "conversation_service_sid": "{{flow.data.service}}",
        "conversation_sid": "{{flow.data.conversation}}",
        **properties,
    }
    return widget("resume", "resume-conversation", properties, resumed=following, failed="")


def ids(conversation: Conversation) -> dict[str, str]:
    return {"service": conversation.service_sid, "conversation": conversation.sid}


WAIT = widget("wait", "send-and-wait-for-reply", {"body": "Well?"}, incomingMessage="", timeout="")


async def test_resume_listens_and_fills_the_channel(run: Run, conversation: Conversation) -> None:
    execution = await run(flow(resume("wait"), WAIT), **ids(conversation))

    (webhook,) = conversation.webhooks.values()
    assert webhook.configuration["flow_sid"] == execution.flow_sid
    assert execution.channel["sid"] == conversation.sid
    assert execution.channel["type"] == "conversation"
    details = execution.channel["details"]
    assert details["chat_service_sid"] == conversation.service_sid
    assert details["webhook_sid"] == webhook.sid


async def test_webhook_goes_with_the_execution(run: Run, conversation: Conversation) -> None:
    execution = await run(flow(resume()), **ids(conversation))

    assert path_of(execution)[-1] == "resumed"
    assert conversation.webhooks == {}


async def resume_twice(run: Run, conversation: Conversation) -> list[str]:
    again = {**resume(), "name": "again"}
    return path_of(await run(flow(resume("again"), again), **ids(conversation)))


async def test_second_channel_is_refused(run: Run, conversation: Conversation) -> None:
    assert (await resume_twice(run, conversation))[-2:] == ["again", "failed"]


@pytest.mark.parametrize("obstacle", ["closed", "webhooks", "service", "conversation"])
async def test_resume_fails(
    twilio: Twilio, run: Run, conversation: Conversation, obstacle: str
) -> None:
    parameters = ids(conversation)
    if obstacle == "closed":
        twilio.classic.close_conversation(conversation.sid)
    elif obstacle == "webhooks":
        for number in range(5):
            url = {"url": f"http://a.example/{number}"}
            twilio.classic.add_webhook(conversation.sid, target="webhook", configuration=url)
    else:
        parameters[obstacle] = ""

    execution = await run(flow(resume()), **parameters)

    assert path_of(execution)[-1] == "failed"
    assert "sid" not in execution.channel


def start(*participants: dict[str, str]) -> Definition:
    properties = {
        "conversation_service_sid": "{{flow.data.service}}",
        "participants": list(participants),
        "friendly_name": "for {{contact.channel.address}}",
    }
    return widget("start", "start-conversation", properties, created="", failed="")


async def test_start_makes_a_conversation(twilio: Twilio, run: Run) -> None:
    phone = {
        "type": "sms",
        "messaging_binding_address": "{{contact.channel.address}}",
        "messaging_binding_proxy_address": "{{flow.channel.address}}",
    }
    service_sid = twilio.classic.create_service("chat").sid

    execution = await run(
        flow(start(phone, {"type": "chat", "identity": "ana"})), service=service_sid
    )

    (conversation,) = twilio.classic.conversations.values()
    people = [(one.identity, one.address) for one in conversation.participants.values()]
    assert people == [(None, CUSTOMER), ("ana", None)]
    assert conversation.friendly_name == f"for {CUSTOMER}"
    assert path_of(execution)[-1] == "created"


async def test_start_in_an_unknown_service_fails(run: Run) -> None:
    execution = await run(flow(start()), service="IS" + "0" * 32)

    assert path_of(execution)[-1] == "failed"


def send(**properties: str) -> Definition:
    return widget("send", "send-message", {"body": "Hi", **properties}, sent="", failed="")


async def test_message_goes_to_the_customers_phone(twilio: Twilio, run: Run) -> None:
    execution = await run(flow(send(body="Hi {{contact.channel.address}}")))

    (message,) = twilio.messaging.inbox(CUSTOMER)
    assert (message.from_, message.body) == (COMPANY, f"Hi {CUSTOMER}")
    assert execution.context["widgets"]["send"]["outbound"]["Sid"] == message.sid


async def test_message_goes_into_the_conversation(
    twilio: Twilio, run: Run, conversation: Conversation
) -> None:
    await run(flow(resume("send"), send()), **ids(conversation))

    assert [(m.author, m.body) for m in conversation.messages] == [(COMPANY, "Hi")]


async def test_message_to_no_phone_fails(run: Run) -> None:
    execution = await run(flow(send(to="ana@example.org")))

    assert path_of(execution)[-1] == "failed"


async def test_template_is_sent_with_its_variables(twilio: Twilio, run: Run) -> None:
    properties = {
        "content_sid": "HX1",
        "content_variables": [{"key": "1", "value": "{{flow.data.who}}"}],
    }
    await run(flow(widget("send", "send-message", properties, sent="")), who="Ana")

    assert twilio.messaging.inbox(CUSTOMER)[0].body == '[HX1 {"1": "Ana"}]'


async def test_reply_in_the_conversation_continues(
    twilio: Twilio, run: Run, conversation: Conversation
) -> None:
    ask = widget("ask", "send-and-wait-for-reply", {"body": "Well?"}, incomingMessage="note")
    note = set_variables("note", reply="{{widgets.ask.inbound.Body}}")
    execution = await run(flow(resume("ask"), ask, note), **ids(conversation))

    await twilio.classic.add_message(conversation.sid, author="ana", body="Fine", source="SDK")
    await twilio.settle()

    assert variables_of(execution) == {"reply": "Fine"}


async def test_reply_reaches_the_subflow_that_waits(
    twilio: Twilio, run: Run, conversation: Conversation
) -> None:
    ask = widget("ask", "send-and-wait-for-reply", {"body": "Well?"}, incomingMessage="note")
    note = set_variables("note", reply="{{widgets.ask.inbound.Body}}")
    child = twilio.studio.create_flow("child", flow(ask, note, event="incomingParent"))
    properties = {"flow_sid": child.sid, "flow_revision": "LatestPublished"}
    inner = widget("inner", "run-subflow", properties, completed="")
    execution = await run(flow(resume("inner"), inner), **ids(conversation))

    await twilio.classic.add_message(conversation.sid, author="ana", body="Fine", source="SDK")
    await twilio.settle()

    assert execution.context["widgets"]["inner"] == {"reply": "Fine"}


async def test_no_reply_times_out_by_the_clock(twilio: Twilio, run: Run) -> None:
    ask = widget("ask", "send-and-wait-for-reply", {"body": "Well?", "timeout": "60"}, timeout="")
    execution = await run(flow(ask))

    before = twilio.journal.since(0)[-1].number
    twilio.clock.advance(61)
    await twilio.journal.wait_since(before, "step", seconds=2)

    assert path_of(execution)[-1] == "timeout"


async def test_question_that_cannot_be_sent_fails(run: Run) -> None:
    ask = widget("ask", "send-and-wait-for-reply", {"body": "?", "to": "ana"}, deliveryFailure="")

    assert path_of(await run(flow(ask)))[-1] == "deliveryFailure"


async def test_added_message_starts_a_flow_that_listens(twilio: Twilio) -> None:
    note = set_variables("note", heard="{{trigger.conversation.Body}}")
    flow_sid = twilio.studio.create_flow(
        "listener", flow(note, event="incomingConversationMessage")
    ).sid
    form = {"ConversationSid": "CH1", "Author": "ana", "Body": "hello"}

    await twilio.studio.message_added(flow_sid, form)

    (execution,) = twilio.studio.executions.values()
    assert variables_of(execution) == {"heard": "hello"}


@pytest.fixture
def to_flex(twilio: Twilio) -> Definition:
    """A Send To Flex widget whose workflow exists."""
    workspace = twilio.taskrouter.create_workspace("Flex")
    queue = twilio.taskrouter.create_queue(workspace.sid, "everyone")
    default = {"task_routing": {"filters": [], "default_filter": {"queue": queue.sid}}}
    workflow = twilio.taskrouter.create_workflow(workspace.sid, "handoff", default)
    channels = twilio.taskrouter.task_channels.values()
    properties = {
        "workflow": workflow.sid,
        "channel": next(one.sid for one in channels if one.unique_name == "chat"),
        "attributes": '{"reason":{{flow.data.reason | to_json}}}',
    }
    return widget("flex", "send-to-flex", properties, callComplete="send", failedToEnqueue="")


async def test_conversation_becomes_a_task(
    twilio: Twilio, run: Run, conversation: Conversation, to_flex: Definition
) -> None:
    execution = await run(
        flow(resume("flex"), to_flex, send()), **ids(conversation), reason='"a"\nb'
    )

    (task,) = twilio.taskrouter.tasks.values()
    assert task.attributes["reason"] == '"a"\nb'
    assert task.attributes["conversationSid"] == conversation.sid
    assert execution.context["widgets"]["flex"]["sid"].startswith("KD")


async def test_flow_is_silent_after_the_handoff(
    run: Run, conversation: Conversation, to_flex: Definition
) -> None:
    execution = await run(flow(resume("flex"), to_flex, send()), **ids(conversation), reason="a")

    assert path_of(execution)[-2:] == ["send", "failed"]
    assert execution.channel["status"] == "handed off"
    assert (conversation.webhooks, conversation.messages) == ({}, [])


async def test_flow_that_a_message_started_leaves_it_to_flex(
    twilio: Twilio, conversation: Conversation, to_flex: Definition
) -> None:
    to_flex["properties"]["attributes"] = "{}"
    listening = flow(to_flex, send(), event="incomingConversationMessage")
    flow_sid = twilio.studio.create_flow("listener", listening).sid
    configuration = {"flow_sid": flow_sid}
    twilio.classic.add_webhook(conversation.sid, target="studio", configuration=configuration)

    await twilio.classic.add_message(conversation.sid, author="ana", body="Help", source="SDK")
    await twilio.settle()

    assert len(twilio.taskrouter.tasks) == 1
    assert conversation.webhooks == {}


async def test_flex_without_a_conversation_fails(run: Run, to_flex: Definition) -> None:
    execution = await run(flow(to_flex, send()), reason="a")

    assert path_of(execution)[-1] == "failedToEnqueue"


async def test_flex_with_an_unknown_workflow_fails(
    run: Run, conversation: Conversation, to_flex: Definition
) -> None:
    to_flex["properties"]["workflow"] = "WW" + "0" * 32

    execution = await run(flow(resume("flex"), to_flex, send()), **ids(conversation), reason="a")

    assert path_of(execution)[-1] == "failedToEnqueue"
