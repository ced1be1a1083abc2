"""Conversations (Classic), driven by Twilio's library and by a customer's web chat."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from getting_started.twilio_emulator.orchestrator.models import Conversation
from getting_started.twilio_emulator.outgoing import new_client
from getting_started.twilio_emulator.twilio import Twilio
from tests.twilio_emulator.conftest import Receiver, Rest

CUSTOMER = "+15550100001"
AGENT = "+15550100002"
ANA = "ana@example.org"


def bridge(twilio: Twilio) -> str:
    """A service that a configuration mirrors; its SID."""
    service = twilio.classic.create_service("chat")
    twilio.orchestrator.create_configuration(
        {
            "displayName": "acme",
            "conversationGroupingType": "GROUP_BY_PROFILE",
            "memoryStoreId": twilio.memory.create_store("acme").id,
            "conversationsV1Bridge": {"serviceId": service.sid},
        }
    )
    return service.sid


async def chat(twilio: Twilio, service_sid: str) -> str:
    """A web chat of Ana's; the conversation's SID."""
    conversation = twilio.classic.create_conversation(service_sid)
    await twilio.classic.add_participant(conversation.sid, identity=ANA)
    return conversation.sid


def mirrored(twilio: Twilio) -> Conversation:
    (conversation,) = twilio.orchestrator.conversations.values()
    return conversation


def authors(twilio: Twilio) -> list[tuple[str, str]]:
    """Type of author and words, as Orchestrator keeps them."""
    conversation = mirrored(twilio)
    return [
        (conversation.participants[one.author.participant_id].type, one.content.text)
        for one in conversation.communications.values()
    ]


# Resources


async def test_conversation_lives_in_its_service(twilio: Twilio, rest: Rest) -> None:
    service = await rest(lambda client: client.conversations.v1.services.create("chat"))
    created = await rest(
        lambda client: client.conversations.v1.services(service.sid).conversations.create(
            friendly_name="web chat", unique_name="order-8812", attributes='{"a": 1}'
        )
    )

    found = await rest(
        lambda client: (
            client.conversations.v1.services(service.sid).conversations("order-8812").fetch()
        )
    )
    with pytest.raises(TwilioRestException) as refusal:
        await rest(lambda client: client.conversations.v1.conversations(created.sid).fetch())

    assert (found.sid, found.state, found.attributes) == (created.sid, "active", '{"a": 1}')
    assert (refusal.value.status, refusal.value.code) == (404, 20404)


async def test_default_service_answers_without_a_name(rest: Rest) -> None:
    created = await rest(lambda client: client.conversations.v1.conversations.create())

    configuration = await rest(lambda client: client.conversations.v1.configuration().fetch())

    assert created.chat_service_sid == configuration.default_chat_service_sid


async def test_messages_are_numbered_and_paged(twilio: Twilio, rest: Rest) -> None:
    conversation = await rest(lambda client: client.conversations.v1.conversations.create())
    for number in range(3):
        await twilio.classic.add_message(conversation.sid, author="bot", body=f"message {number}")

    found = await rest(
        lambda client: client.conversations.v1.conversations(conversation.sid).messages.list(
            order="desc", page_size=2
        )
    )

    assert [(one.index, one.body) for one in found] == [
        (2, "message 2"),
        (1, "message 1"),
        (0, "message 0"),
    ]


async def test_participant_is_added_listed_and_removed(rest: Rest) -> None:
    conversation = await rest(lambda client: client.conversations.v1.conversations.create())

    added = await rest(
        lambda client: client.conversations.v1.conversations(conversation.sid).participants.create(
            messaging_binding_address=CUSTOMER, messaging_binding_proxy_address=AGENT
        )
    )
    where = await rest(
        lambda client: client.conversations.v1.participant_conversations.list(address=CUSTOMER)
    )
    await rest(
        lambda client: (
            client.conversations.v1.conversations(conversation.sid).participants(added.sid).delete()
        )
    )
    left = await rest(
        lambda client: client.conversations.v1.conversations(conversation.sid).participants.list()
    )

    assert added.messaging_binding == {
        "type": "sms",
        "address": CUSTOMER,
        "proxy_address": AGENT,
    }
    assert [one.conversation_sid for one in where] == [conversation.sid]
    assert left == []


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"identity": ANA}, 50433),
        (
            {"messaging_binding_address": CUSTOMER, "messaging_binding_proxy_address": AGENT},
            50416,
        ),
    ],
)
async def test_participant_is_there_once(rest: Rest, fields: dict[str, str], code: int) -> None:
    conversation = await rest(lambda client: client.conversations.v1.conversations.create())

    def add(client: Client) -> Any:
        return client.conversations.v1.conversations(conversation.sid).participants.create(**fields)

    await rest(add)
    with pytest.raises(TwilioRestException) as refusal:
        await rest(add)

    assert (refusal.value.status, refusal.value.code) == (409, code)


async def test_sixth_webhook_is_refused(rest: Rest) -> None:
    conversation = await rest(lambda client: client.conversations.v1.conversations.create())

    def add(client: Client) -> Any:
        return client.conversations.v1.conversations(conversation.sid).webhooks.create(
            target="studio", configuration_flow_sid="FW" + "0" * 32
        )

    for _number in range(5):
        await rest(add)
    with pytest.raises(TwilioRestException) as refusal:
        await rest(add)

    assert (refusal.value.status, refusal.value.code) == (400, 50361)


async def test_closed_conversation_takes_no_message(twilio: Twilio, rest: Rest) -> None:
    conversation = await rest(lambda client: client.conversations.v1.conversations.create())
    await rest(
        lambda client: client.conversations.v1.conversations(conversation.sid).update(
            state="closed"
        )
    )

    with pytest.raises(TwilioRestException) as refusal:
        await rest(
            lambda client: client.conversations.v1.conversations(conversation.sid).messages.create(
                author="bot", body="Hello"
            )
        )

    assert refusal.value.status == 400
    assert twilio.classic.list_messages(conversation.sid) == []


async def test_address_is_configured_and_switched_off(rest: Rest) -> None:
    service = await rest(lambda client: client.conversations.v1.services.create("chat"))
    address = await rest(
        lambda client: client.conversations.v1.address_configurations.create(
            type="sms",
            address=AGENT,
            auto_creation_enabled=True,
            auto_creation_type="default",
            auto_creation_conversation_service_sid=service.sid,
        )
    )

    changed = await rest(
        lambda client: client.conversations.v1.address_configurations(address.sid).update(
            auto_creation_enabled=False
        )
    )

    assert address.auto_creation["enabled"]
    assert changed.auto_creation == {
        "enabled": False,
        "type": "default",
        "conversation_service_sid": service.sid,
    }


# Webhooks


async def webhook_form(
    twilio: Twilio, receiver: Receiver, *, source: str, **options: Any
) -> dict[str, str]:
    """What the webhook of a conversation gets for one message; empty when it gets none."""
    conversation_sid = await chat(twilio, twilio.classic.create_service("chat").sid)
    twilio.classic.add_webhook(
        conversation_sid, target="webhook", configuration={"url": receiver.url, "method": "POST"}
    )
    await twilio.classic.add_message(
        conversation_sid, author=ANA, body="Hello", source=source, **options
    )
    await twilio.settle()
    if not receiver.requests:
        return {}
    return {name: values[0] for name, values in parse_qs(receiver.requests[0][2].decode()).items()}


async def test_customers_message_is_told_to_the_webhook(twilio: Twilio, receiver: Receiver) -> None:
    form = await webhook_form(twilio, receiver, source="SDK")

    assert form["EventType"] == "onMessageAdded"
    assert (form["Author"], form["Body"], form["ClientIdentity"]) == (ANA, "Hello", ANA)


async def test_message_by_api_is_told_on_request(twilio: Twilio, receiver: Receiver) -> None:
    assert await webhook_form(twilio, receiver, source="API") == {}
    assert await webhook_form(twilio, receiver, source="API", webhook_enabled=True)


# The bridge


async def test_chat_is_mirrored_with_its_sid(twilio: Twilio) -> None:
    conversation_sid = await chat(twilio, bridge(twilio))

    await twilio.classic.add_message(conversation_sid, author=ANA, body="Hello", source="SDK")

    (customer,) = mirrored(twilio).participants.values()
    assert (customer.type, bool(customer.profile_id)) == ("CUSTOMER", True)
    assert customer.addresses[0].to_json() == {
        "channel": "CHAT",
        "address": ANA,
        "channelId": conversation_sid,
    }
    assert authors(twilio) == [("CUSTOMER", "Hello")]


async def test_unbridged_service_stays_apart(twilio: Twilio) -> None:
    bridge(twilio)
    conversation_sid = await chat(twilio, twilio.classic.create_service("other").sid)

    await twilio.classic.add_message(conversation_sid, author=ANA, body="Hello")

    assert twilio.orchestrator.conversations == {}


async def test_human_joins_answers_and_leaves(twilio: Twilio) -> None:
    conversation_sid = await chat(twilio, bridge(twilio))
    await twilio.classic.add_message(conversation_sid, author=ANA, body="Hello", source="SDK")

    human = await twilio.classic.add_participant(
        conversation_sid, identity="lee", is_human_agent=True
    )
    await twilio.classic.add_message(conversation_sid, author="lee", body="I am Lee")
    joined = mirrored(twilio).of_type("HUMAN_AGENT")
    await twilio.classic.remove_participant(conversation_sid, human.sid)

    assert [one.name for one in joined] == ["lee"]
    assert words(twilio) == ["Hello", "I am Lee"]
    assert mirrored(twilio).of_type("HUMAN_AGENT") == []


def words(twilio: Twilio) -> list[str]:
    return [one.content.text for one in mirrored(twilio).communications.values()]


async def test_closed_chat_ends_the_exchange(twilio: Twilio) -> None:
    conversation_sid = await chat(twilio, bridge(twilio))
    await twilio.classic.add_message(conversation_sid, author=ANA, body="Hello", source="SDK")

    twilio.classic.close_conversation(conversation_sid)
    await twilio.settle()

    assert mirrored(twilio).status == "CLOSED"


async def test_customer_drives_a_chat(twilio: Twilio) -> None:
    bridge(twilio)
    async with new_client(base_url=twilio.url("_emulator")) as client:
        started = (await client.post("/chat", json={"identity": ANA})).json()
        messages = f"/chat/{started['conversation_sid']}/messages"
        await client.post(messages, json={"identity": ANA, "body": "Hello"})
        found = (await client.get(messages)).json()["messages"]
        newer = (await client.get(messages, params={"after_index": 0})).json()["messages"]

    assert [(one["author"], one["body"], one["source"]) for one in found] == [(ANA, "Hello", "SDK")]
    assert newer == []
