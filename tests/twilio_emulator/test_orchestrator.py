"""Conversation Orchestrator, driven by Twilio's library and by traffic."""

from __future__ import annotations

from typing import Any

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.request_validator import RequestValidator

from getting_started.twilio_emulator.errors import TwilioError
from getting_started.twilio_emulator.orchestrator.models import Configuration, Conversation
from getting_started.twilio_emulator.outgoing import new_client
from getting_started.twilio_emulator.twilio import Twilio
from tests.twilio_emulator.conftest import JsonBody, Receiver, Rest

CUSTOMER = "+15550100001"
AGENT = "+15550100002"
CALL = "CA00000000000000000000000000000001"


def settings(twilio: Twilio, **changes: Any) -> dict[str, Any]:
    return {
        "displayName": "acme",
        "description": "Acme",
        "conversationGroupingType": "GROUP_BY_PARTICIPANT_ADDRESSES_AND_CHANNEL_TYPE",
        "memoryStoreId": twilio.memory.create_store("acme").id,
        "channelSettings": {"SMS": {"statusTimeouts": {"inactive": 10, "closed": 60}}},
        **changes,
    }


def configure(twilio: Twilio, **changes: Any) -> Configuration:
    return twilio.orchestrator.create_configuration(settings(twilio, **changes))


async def text(
    twilio: Twilio,
    configuration: Configuration,
    *,
    customer: str = CUSTOMER,
    channel: str = "SMS",
    channel_id: str = "SM1",
    words: str = "Where is my parcel?",
) -> Conversation:
    """A customer's message, captured."""
    prefix = "whatsapp:" if channel == "WHATSAPP" else ""
    communication = await twilio.orchestrator.traffic.capture_message(
        configuration_id=configuration.id,
        channel=channel,
        channel_id=channel_id,
        resource_id=twilio.sids.sid("SM"),
        customer_address=prefix + customer,
        agent_address=prefix + AGENT,
        author="CUSTOMER",
        author_address=prefix + customer,
        text=words,
    )
    return twilio.orchestrator.conversations[communication.conversation_id]


async def call(twilio: Twilio, configuration: Configuration) -> Conversation:
    return await twilio.orchestrator.open_call(
        configuration_id=configuration.id, call_sid=CALL, customer=CUSTOMER, agent=AGENT
    )


async def send(twilio: Twilio, conversation: Conversation, **changes: Any) -> dict[str, Any]:
    """POST a SEND_MESSAGE action as the agent; the action once it is done."""
    customer = conversation.of_type("CUSTOMER")[0]
    agent = conversation.of_type("UNKNOWN", "AI_AGENT")[0]
    payload = {
        "from": {"participantId": agent.id, "channel": "SMS"},
        "to": [{"participantId": customer.id, "channel": "SMS"}],
        "content": {"text": "It arrives tomorrow."},
        **changes,
    }
    account = twilio.account
    async with new_client(auth=(account.api_key, account.api_secret)) as client:
        url = twilio.url("conversations", f"/v2/Conversations/{conversation.id}/Actions")
        answer = await client.post(url, json={"type": "SEND_MESSAGE", "payload": payload})
        assert (answer.status_code, answer.json()["status"]) == (202, "PENDING")
        await twilio.settle()
        action: dict[str, Any] = (await client.get(f"{url}/{answer.json()['id']}")).json()
    return action


# Configurations


async def test_configuration_is_created_by_an_operation(twilio: Twilio, rest: Rest) -> None:
    accepted = await rest(
        lambda client: client.conversations.v2.configurations.create(
            create_configuration_request=JsonBody(settings(twilio))
        )
    )

    operation_id = accepted.status_url.rsplit("/", 1)[1]
    operation = await rest(lambda client: client.conversations.v2.operations(operation_id).fetch())
    found = await rest(
        lambda client: client.conversations.v2.configurations(
            operation.related["configurationId"]
        ).fetch()
    )

    assert operation.status == "COMPLETED"
    assert (found.display_name, found.version, found.trait_extraction_strategy_ids) == (
        "acme",
        1,
        [],
    )


async def test_repeat_with_idempotency_key_changes_nothing(twilio: Twilio, rest: Rest) -> None:
    for _attempt in range(2):
        await rest(
            lambda client: client.conversations.v2.configurations.create(
                create_configuration_request=JsonBody(settings(twilio)), idempotency_key="b7e0"
            )
        )

    assert len(twilio.orchestrator.configurations) == 1


def test_put_drops_what_it_leaves_out(twilio: Twilio) -> None:
    configuration = configure(twilio)

    changed = twilio.orchestrator.control_plane.replace(
        configuration.id, settings(twilio, channelSettings=None)
    )

    assert (changed.channel_settings, changed.version) == ({}, 2)


def test_patch_merges_channel_settings(twilio: Twilio) -> None:
    configuration = configure(twilio)

    changed = twilio.orchestrator.control_plane.merge(
        configuration.id, {"channelSettings": {"SMS": None, "CHAT": {"statusTimeouts": None}}}
    )

    assert list(changed.channel_settings) == ["CHAT"]
    assert changed.display_name == "acme"


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"displayName": "a/b"}, "displayName"),
        ({"displayName": "a" * 33}, "displayName"),
        ({"conversationGroupingType": "BY_MOON"}, "conversationGroupingType"),
        ({"memoryStoreId": None}, "memoryStoreId"),
        ({"channelSettings": {"SMS": {"statusTimeouts": {"inactive": 5}}}}, "closed"),
        ({"channelSettings": {"FAX": {}}}, "channelSettings"),
        ({"conversationsV1Bridge": {"serviceId": "nope"}}, "serviceId"),
        ({"statusCallbacks": [{"url": "https://a.example"}] * 21}, "statusCallbacks"),
    ],
)
def test_wrong_field_is_refused_by_name(
    twilio: Twilio, changes: dict[str, Any], named: str
) -> None:
    with pytest.raises(TwilioError, match=named) as refusal:
        configure(twilio, **changes)

    assert (refusal.value.status, refusal.value.code) == (400, 20422)


def test_service_is_bridged_once(twilio: Twilio) -> None:
    bridge = {"serviceId": twilio.classic.create_service("chat").sid}
    configure(twilio, conversationsV1Bridge=bridge)

    with pytest.raises(TwilioError, match="bridged") as refusal:
        configure(twilio, conversationsV1Bridge=bridge)

    assert refusal.value.status == 409


async def test_form_body_is_refused(twilio: Twilio) -> None:
    account = twilio.account
    async with new_client(auth=(account.sid, account.auth_token)) as client:
        url = twilio.url("conversations", "/v2/Conversations")
        answer = await client.post(url, data={"configurationId": "x"})

    assert (answer.status_code, answer.json()["code"]) == (415, 20422)


# Conversations and grouping


async def test_create_with_known_addresses_conflicts(twilio: Twilio) -> None:
    configuration = configure(twilio)
    conversation = await text(twilio, configuration)
    account = twilio.account
    sides = [
        {"type": "CUSTOMER", "addresses": [{"channel": "SMS", "address": CUSTOMER}]},
        {"type": "AI_AGENT", "addresses": [{"channel": "SMS", "address": AGENT}]},
    ]

    async with new_client(auth=(account.sid, account.auth_token)) as client:
        answer = await client.post(
            twilio.url("conversations", "/v2/Conversations"),
            json={"configurationId": configuration.id, "participants": sides},
        )

    assert answer.status_code == 409
    assert answer.headers["X-Conflicting-Resource-Id"] == conversation.id
    assert answer.json()["code"] == 400


@pytest.mark.parametrize(
    ("grouping", "channel", "customer", "is_same"),
    [
        ("GROUP_BY_PROFILE", "WHATSAPP", CUSTOMER, True),
        ("GROUP_BY_PROFILE", "SMS", "+15550100009", False),
        ("GROUP_BY_PARTICIPANT_ADDRESSES", "WHATSAPP", CUSTOMER, True),
        ("GROUP_BY_PARTICIPANT_ADDRESSES", "SMS", "+15550100009", False),
        ("GROUP_BY_PARTICIPANT_ADDRESSES_AND_CHANNEL_TYPE", "SMS", CUSTOMER, True),
        ("GROUP_BY_PARTICIPANT_ADDRESSES_AND_CHANNEL_TYPE", "WHATSAPP", CUSTOMER, False),
    ],
)
async def test_traffic_is_grouped(
    twilio: Twilio, grouping: str, channel: str, customer: str, is_same: bool
) -> None:
    configuration = configure(twilio, conversationGroupingType=grouping)
    first = await text(twilio, configuration, channel_id="SM1")

    second = await text(twilio, configuration, channel=channel, customer=customer, channel_id="SM2")

    assert (first.id == second.id) is is_same


async def test_closed_conversation_takes_no_traffic(twilio: Twilio) -> None:
    configuration = configure(twilio)
    first = await text(twilio, configuration)
    await twilio.orchestrator.lifecycle.move(first, "CLOSED", "test")

    second = await text(twilio, configuration)

    assert second.id != first.id


async def test_closed_conversation_is_immutable(twilio: Twilio, rest: Rest) -> None:
    conversation = await text(twilio, configure(twilio))
    await twilio.orchestrator.lifecycle.move(conversation, "CLOSED", "test")

    with pytest.raises(TwilioRestException) as refusal:
        await rest(
            lambda client: client.conversations.v2.conversations(conversation.id).update(
                JsonBody({"status": "ACTIVE"})
            )
        )

    assert refusal.value.status == 400


async def test_list_filters_by_status_and_call(twilio: Twilio, rest: Rest) -> None:
    configuration = configure(twilio)
    await text(twilio, configuration)
    on_call = await call(twilio, configuration)

    found = await rest(
        lambda client: client.conversations.v2.conversations.list(
            status=["ACTIVE"], channel_id=CALL
        )
    )

    assert [one.id for one in found] == [on_call.id]


async def test_list_is_paged(twilio: Twilio, rest: Rest) -> None:
    configuration = configure(twilio)
    for number in range(5):
        await text(twilio, configuration, customer=f"+1555010010{number}", channel_id=f"SM{number}")

    found = await rest(lambda client: client.conversations.v2.conversations.list(page_size=2))

    assert len(found) == 5


async def test_bridge_is_shown_in_both_places(twilio: Twilio, rest: Rest) -> None:
    service_sid = twilio.classic.create_service("chat").sid
    configuration = configure(twilio, conversationsV1Bridge={"serviceId": service_sid})
    conversation = await text(twilio, configuration)

    body = conversation.to_json()
    fetched = await rest(
        lambda client: client.conversations.v2.conversations(conversation.id).fetch()
    )

    both = {"serviceId": service_sid, "serviceSid": service_sid}
    assert body["conversationsV1Bridge"] == both
    assert fetched.configuration["conversationsV1Bridge"] == both


async def test_running_conversation_keeps_its_configuration(twilio: Twilio) -> None:
    configuration = configure(twilio)
    conversation = await text(twilio, configuration)

    twilio.orchestrator.control_plane.merge(configuration.id, {"description": "changed"})

    assert conversation.configuration.version == 1


# Participants and communications


async def test_participant_is_promoted_by_put(twilio: Twilio, rest: Rest) -> None:
    conversation = await text(twilio, configure(twilio))
    agent = conversation.of_type("UNKNOWN")[0]

    promoted = await rest(
        lambda client: client.conversations.v2.participants(conversation.id, agent.id).update(
            JsonBody({"type": "AI_AGENT", "addresses": [{"channel": "SMS", "address": AGENT}]})
        )
    )

    assert (promoted.type, promoted.name) == ("AI_AGENT", AGENT)


async def test_address_has_one_owner(twilio: Twilio, rest: Rest) -> None:
    conversation = await text(twilio, configure(twilio))

    with pytest.raises(TwilioRestException) as refusal:
        await rest(
            lambda client: client.conversations.v2.participants(conversation.id).create(
                JsonBody({"type": "AI_AGENT", "addresses": [{"channel": "SMS", "address": AGENT}]})
            )
        )

    assert refusal.value.status == 409


async def test_same_resource_is_updated(twilio: Twilio, rest: Rest) -> None:
    conversation = await text(twilio, configure(twilio))
    body = {
        "author": {"address": CUSTOMER, "channel": "SMS"},
        "content": {"type": "TEXT", "text": "Hello"},
        "channelId": "SM1",
        "resourceId": "SM7",
        "recipients": [],
    }

    for words in ("Hello", "Hello again"):
        body["content"] = {"type": "TEXT", "text": words}
        await rest(
            lambda client: client.conversations.v2.communications(conversation.id).create(
                JsonBody(body)
            )
        )
    found = await rest(
        lambda client: client.conversations.v2.communications(conversation.id).list()
    )

    assert [one.content["text"] for one in found] == ["Where is my parcel?", "Hello again"]
    assert found[1].author["participantId"] == conversation.of_type("CUSTOMER")[0].id


# Actions


async def test_action_reaches_the_phone(twilio: Twilio) -> None:
    conversation = await text(twilio, configure(twilio))

    action = await send(twilio, conversation)

    inbox = twilio.messaging.inbox(CUSTOMER)
    assert [one.body for one in inbox] == ["It arrives tomorrow."]
    assert action["status"] == "COMPLETED"
    assert action["related"]["messageSid"] == inbox[0].sid
    assert action["related"]["communicationId"] in conversation.communications


async def test_action_too_long_for_sms_fails(twilio: Twilio) -> None:
    conversation = await text(twilio, configure(twilio))

    action = await send(twilio, conversation, content={"text": "a" * 1601})

    assert action["status"] == "FAILED"
    assert "1600" in action["failureReason"]


async def test_action_wakes_an_inactive_conversation(twilio: Twilio) -> None:
    conversation = await text(twilio, configure(twilio))
    await twilio.orchestrator.lifecycle.move(conversation, "INACTIVE", "test")

    await send(twilio, conversation)

    assert conversation.status == "ACTIVE"


# Lifecycle


@pytest.mark.parametrize(
    ("minutes", "status"), [(9, "ACTIVE"), (11, "INACTIVE"), (59, "INACTIVE"), (61, "CLOSED")]
)
async def test_silence_moves_a_conversation(
    twilio: Twilio, rest: Rest, minutes: int, status: str
) -> None:
    conversation = await text(twilio, configure(twilio))

    twilio.clock.advance(minutes * 60)
    found = await rest(
        lambda client: client.conversations.v2.conversations(conversation.id).fetch()
    )

    assert found.status == status


async def test_time_out_happens_unasked(twilio: Twilio) -> None:
    await text(twilio, configure(twilio))
    seen = twilio.journal.since(0, "conversation")[-1].number

    twilio.clock.advance(11 * 60)

    (entry,) = await twilio.journal.wait_since(seen, "conversation", seconds=5)
    assert (entry.detail["status"], entry.detail["cause"]) == ("INACTIVE", "timeout")


async def test_traffic_wakes_an_inactive_conversation(twilio: Twilio) -> None:
    configuration = configure(twilio)
    conversation = await text(twilio, configuration)
    twilio.clock.advance(11 * 60)
    await twilio.orchestrator.apply_timeouts()

    await text(twilio, configuration)

    statuses = [entry.detail["status"] for entry in twilio.journal.since(0, "conversation")]
    assert conversation.status == "ACTIVE"
    assert statuses == ["ACTIVE", "INACTIVE", "ACTIVE"]


@pytest.mark.parametrize(
    ("voice", "status"),
    [
        ({}, "CLOSED"),
        ({"VOICE": {"statusTimeouts": None}}, "CLOSED"),
        ({"VOICE": {"statusTimeouts": {"closed": 5}}}, "ACTIVE"),
    ],
)
async def test_hang_up_closes_without_a_timeout(
    twilio: Twilio, voice: dict[str, Any], status: str
) -> None:
    conversation = await call(twilio, configure(twilio, channelSettings=voice))

    await twilio.orchestrator.end_call(CALL)

    assert conversation.status == status


async def test_open_text_thread_outlives_the_call(twilio: Twilio) -> None:
    configuration = configure(twilio, conversationGroupingType="GROUP_BY_PROFILE")
    conversation = await text(twilio, configuration)
    assert (await call(twilio, configuration)).id == conversation.id

    await twilio.orchestrator.end_call(CALL)

    assert conversation.status == "ACTIVE"


async def test_call_in_progress_does_not_time_out(twilio: Twilio) -> None:
    voice = {"VOICE": {"statusTimeouts": {"inactive": 1, "closed": 2}}}
    conversation = await call(twilio, configure(twilio, channelSettings=voice))

    twilio.clock.advance(3600)
    await twilio.orchestrator.apply_timeouts()

    assert conversation.status == "ACTIVE"


async def test_speech_is_kept_as_transcription(twilio: Twilio) -> None:
    conversation = await call(twilio, configure(twilio))

    for speaker in ("CUSTOMER", "AI_AGENT", "HUMAN_AGENT"):
        await twilio.orchestrator.record_speech(call_sid=CALL, speaker=speaker, text="Hello")

    kept = list(conversation.communications.values())
    assert {one.content.type for one in kept} == {"TRANSCRIPTION"}
    assert [conversation.participants[one.author.participant_id].type for one in kept] == [
        "CUSTOMER",
        "AI_AGENT",
        "HUMAN_AGENT",
    ]


# Webhooks


async def test_events_arrive_signed_and_in_order(twilio: Twilio, receiver: Receiver) -> None:
    configuration = configure(twilio, statusCallbacks=[{"url": receiver.url}])

    conversation = await text(twilio, configuration)
    await twilio.orchestrator.lifecycle.move(conversation, "INACTIVE", "test")
    await twilio.settle()

    url, headers, _body = receiver.requests[0]
    validator = RequestValidator(twilio.account.auth_token)
    assert validator.validate(url, {}, headers["x-twilio-signature"])
    assert headers["i-twilio-idempotency-token"]
    assert receiver.types() == [
        "CONVERSATION_CREATED",
        "PARTICIPANT_ADDED",
        "PARTICIPANT_ADDED",
        "COMMUNICATION_CREATED",
        "CONVERSATION_UPDATED",
    ]
    assert receiver.events[-1]["data"]["status"] == "INACTIVE"


async def test_cleared_callbacks_fall_silent(
    twilio: Twilio, rest: Rest, receiver: Receiver
) -> None:
    configuration = configure(twilio, statusCallbacks=[{"url": receiver.url}])
    conversation = await text(twilio, configuration)
    await twilio.settle()
    received = len(receiver.events)

    await rest(
        lambda client: client.conversations.v2.conversations(conversation.id).patch(
            JsonBody({"configuration": {"statusCallbacks": []}})
        )
    )
    await text(twilio, configuration)
    await twilio.settle()

    assert len(receiver.events) == received
    assert twilio.orchestrator.configurations[configuration.id].status_callbacks


async def test_capture_rule_takes_plain_sms(twilio: Twilio) -> None:
    rule = {"from": "*", "to": AGENT, "metadata": {}}
    configure(twilio, channelSettings={"SMS": {"captureRules": [rule]}})

    await twilio.messaging.receive(from_=CUSTOMER, to=AGENT, body="Hello")

    (conversation,) = twilio.orchestrator.conversations.values()
    assert [one.content.text for one in conversation.communications.values()] == ["Hello"]


# Requests that make no sense


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/v2/Conversations?pageSize=0", 400, 20001),
        ("GET", "/v2/Conversations?pageToken=x", 400, 20001),
        ("GET", "/v1/Conversations?PageSize=-1", 400, 20001),
        ("GET", "/v2/Nothing", 404, 20404),
        ("PUT", "/v2/Conversations", 405, 20004),
    ],
)
async def test_bad_request_gets_twilios_error(
    twilio: Twilio, method: str, path: str, status: int, code: int
) -> None:
    account = twilio.account
    async with new_client(auth=(account.sid, account.auth_token)) as client:
        answer = await client.request(method, twilio.url("conversations", path))

    assert (answer.status_code, answer.json()["code"]) == (status, code)
