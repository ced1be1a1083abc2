"""Conversation Intelligence: rules that run when a conversation rests or ends."""

from __future__ import annotations

from typing import Any

import pytest
from twilio.base.exceptions import TwilioRestException

from getting_started.twilio_emulator.intelligence.models import Configuration, ConfigurationRequest
from getting_started.twilio_emulator.intelligence.store import SUMMARY
from getting_started.twilio_emulator.orchestrator.models import Conversation
from getting_started.twilio_emulator.twilio import Twilio
from getting_started.twilio_emulator.wire import parse
from tests.twilio_emulator.conftest import JsonBody, Receiver, Rest

CALL = "CA00000000000000000000000000000001"
TALK = [
    ("AI_AGENT", "Hello, how can I help?"),
    ("CUSTOMER", "Hi"),
    ("CUSTOMER", "I want my money back for order 8812."),
    ("AI_AGENT", "I see the order. It was delivered on Monday."),
    ("CUSTOMER", "It came broken, let me talk to a person."),
]


def rules(*triggers: str, actions: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    return {
        "displayName": "virtual-agent-summary",
        "description": "handoff summary",
        "rules": [
            {"operators": [{"id": SUMMARY}], "triggers": [{"on": one}], "actions": actions or []}
            for one in triggers
        ],
    }


def configure(twilio: Twilio, body: dict[str, Any]) -> Configuration:
    return twilio.intelligence.create_configuration(parse(ConfigurationRequest, body))


async def talk(
    twilio: Twilio, configuration: Configuration, said: list[tuple[Any, str]] = TALK
) -> Conversation:
    settings = twilio.orchestrator.create_configuration(
        {
            "displayName": "acme",
            "conversationGroupingType": "GROUP_BY_PROFILE",
            "memoryStoreId": twilio.memory.create_store("acme").id,
            "intelligenceConfigurationIds": [configuration.id],
            "memoryExtractionEnabled": True,
        }
    )
    conversation = await twilio.orchestrator.open_call(
        configuration_id=settings.id,
        call_sid=CALL,
        customer="+15550100001",
        agent="+15550100002",
    )
    for speaker, words in said:
        await twilio.orchestrator.record_speech(call_sid=CALL, speaker=speaker, text=words)
    return conversation


async def test_configuration_is_kept_with_its_rules(rest: Rest) -> None:
    created = await rest(
        lambda client: client.intelligence.v3.configurations.create(
            create_configuration_request=JsonBody(rules("CONVERSATION_END"))
        )
    )

    changed = await rest(
        lambda client: client.intelligence.v3.configurations(created.id).update(
            update_configuration_request=JsonBody(
                rules("CONVERSATION_END", "CONVERSATION_INACTIVE")
            )
        )
    )

    assert (created.version, len(created.rules)) == (1, 1)
    assert (changed.version, len(changed.rules)) == (2, 2)


async def test_twilios_operators_are_there_and_stay(rest: Rest) -> None:
    operators = await rest(lambda client: client.intelligence.v3.operators.list())

    with pytest.raises(TwilioRestException) as refusal:
        await rest(lambda client: client.intelligence.v3.operators(SUMMARY).delete())

    assert {one.author for one in operators} == {"TWILIO"}
    assert len(operators) == 4
    assert refusal.value.status == 404


@pytest.mark.parametrize(
    ("status", "trigger"),
    [("INACTIVE", "CONVERSATION_INACTIVE"), ("CLOSED", "CONVERSATION_END")],
)
async def test_rule_runs_on_its_trigger(
    twilio: Twilio, rest: Rest, status: Any, trigger: str
) -> None:
    conversation = await talk(twilio, configure(twilio, rules(trigger)))

    await twilio.orchestrator.lifecycle.move(conversation, status, "test")
    await twilio.settle()
    (result,) = await rest(
        lambda client: client.intelligence.v3.operator_results.list(
            conversation_id=conversation.id, operator_id=SUMMARY
        )
    )

    assert result.output_format == "TEXT"
    assert result.execution_details["trigger"]["on"] == trigger
    assert twilio.intelligence.latest_summary(conversation.id)


async def test_rule_waits_for_its_trigger(twilio: Twilio) -> None:
    conversation = await talk(twilio, configure(twilio, rules("CONVERSATION_END")))

    await twilio.orchestrator.lifecycle.move(conversation, "INACTIVE", "test")
    await twilio.settle()

    assert twilio.intelligence.latest_summary(conversation.id) is None


async def test_summary_tells_the_request_first(twilio: Twilio) -> None:
    conversation = await talk(twilio, configure(twilio, rules("CONVERSATION_END")))

    text = twilio.intelligence.summarize(conversation)

    assert text == (
        "The customer asked: “I want my money back for order 8812.” "
        "Last they said: “It came broken, let me talk to a person.” "
        "The virtual agent said: “I see the order. It was delivered on Monday.”"
    )


async def test_summary_is_short(twilio: Twilio) -> None:
    long = [(speaker, "words and words " * 50) for speaker, _words in TALK]
    conversation = await talk(twilio, configure(twilio, rules("CONVERSATION_END")), long)

    assert len(twilio.intelligence.summarize(conversation) or "") <= 500


async def test_silence_has_no_summary(twilio: Twilio) -> None:
    conversation = await talk(twilio, configure(twilio, rules("CONVERSATION_END")), [])

    await twilio.orchestrator.end_call(CALL)
    await twilio.settle()

    assert conversation.status == "CLOSED"
    assert twilio.intelligence.results == {}


async def test_webhook_action_gets_the_results(twilio: Twilio, receiver: Receiver) -> None:
    action = {"type": "WEBHOOK", "method": "POST", "url": receiver.url}
    configuration = configure(twilio, rules("CONVERSATION_END", actions=[action]))
    conversation = await talk(twilio, configuration)

    await twilio.orchestrator.end_call(CALL)
    await twilio.settle()

    (body,) = receiver.events
    assert body["conversationId"] == conversation.id
    assert body["intelligenceConfiguration"]["id"] == configuration.id
    assert body["operatorResults"][0]["operator"]["id"] == SUMMARY
    assert "conversationId" not in body["operatorResults"][0]


async def test_rule_is_run_by_hand(twilio: Twilio, rest: Rest) -> None:
    configuration = configure(twilio, rules("CONVERSATION_END"))
    conversation = await talk(twilio, configuration)
    request = {
        "intelligenceConfigurationId": configuration.id,
        "ruleId": configuration.rules[0].id,
        "conversationId": conversation.id,
    }

    await rest(
        lambda client: client.intelligence.v3.rule_executions.create(
            create_rule_execution_request=JsonBody(request)
        )
    )

    assert twilio.intelligence.latest_summary(conversation.id)


async def test_memory_keeps_the_summary(twilio: Twilio) -> None:
    conversation = await talk(twilio, configure(twilio, rules("CONVERSATION_END")))

    await twilio.orchestrator.end_call(CALL)
    await twilio.settle()

    store = twilio.memory.stores[conversation.configuration.memory_store_id]
    (profile,) = store.profiles.values()
    assert [one.conversation_id for one in profile.summaries.values()] == [conversation.id]
