"""Twilio Agent Connect, unmodified, with its own clients and channels on the emulator."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import pytest
from fastapi import FastAPI, Request
from tac import TAC
from tac.channels.chat import ChatChannel
from tac.channels.messaging import MessagingChannel
from tac.channels.sms import SMSChannel
from tac.context.conversation import ConversationClient
from tac.context.memory import MemoryClient
from tac.core.config import TACConfig
from tac.models.conversation import ParticipantAddress, ParticipantRequest
from tac.models.session import ConversationSession
from tac.models.tac import TACMemoryResponse

from getting_started.serving import listen, serving
from getting_started.twilio_emulator.memory.models import ObservationRequest
from getting_started.twilio_emulator.orchestrator.models import Configuration, Conversation
from getting_started.twilio_emulator.twilio import Twilio

CUSTOMER = "+15550100001"
AGENT = "+15550100002"
ANA = "ana@example.org"
CALL = "CA00000000000000000000000000000001"


@dataclass
class Setup:
    """An application on TAC, and the account that it serves."""

    tac: TAC
    orchestrator: ConversationClient
    memory: MemoryClient
    configuration: Configuration


@pytest.fixture
async def setup(twilio: Twilio, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Setup]:
    """A bridged account; TAC with an SMS and a chat channel behind a webhook."""
    monkeypatch.setenv("TAC_ANALYTICS_DISABLED", "true")
    app = FastAPI()
    async with serving(app, listen()) as url:
        setup = connect(twilio, configure(twilio, f"{url}/webhook"))
        channels: list[MessagingChannel] = [
            SMSChannel(setup.tac, config={"memory_mode": "always"}),
            ChatChannel(setup.tac),
        ]

        @app.post("/webhook")
        async def receive(request: Request) -> None:
            token = request.headers["i-twilio-idempotency-token"]
            for channel in channels:
                await channel.process_webhook(await request.json(), token)

        yield setup


def configure(twilio: Twilio, callback: str) -> Configuration:
    service = twilio.classic.create_service("chat")
    twilio.classic.add_address(
        type_="sms",
        address=AGENT,
        auto_creation={
            "enabled": True,
            "type": "default",
            "conversation_service_sid": service.sid,
        },
    )
    return twilio.orchestrator.create_configuration(
        {
            "displayName": "acme",
            "description": "Acme",
            "conversationGroupingType": "GROUP_BY_PARTICIPANT_ADDRESSES_AND_CHANNEL_TYPE",
            "memoryStoreId": twilio.memory.create_store("acme").id,
            "channelSettings": {"VOICE": {"statusTimeouts": None}},
            "conversationsV1Bridge": {"serviceId": service.sid},
            "statusCallbacks": [{"url": callback}],
        }
    )


def connect(twilio: Twilio, configuration: Configuration) -> Setup:
    account = twilio.account
    tac = TAC(
        TACConfig(
            account_sid=account.sid,
            auth_token=account.auth_token,
            api_key=account.api_key,
            api_secret=account.api_secret,
            phone_number=AGENT,
        )
    )
    orchestrator = ConversationClient(account.api_key, account.api_secret, configuration.id)
    orchestrator.base_url = twilio.url("conversations")
    memory = MemoryClient(configuration.memory_store_id, account.api_key, account.api_secret)
    memory.base_url = twilio.url("memory")
    tac.conversation_orchestrator_client = orchestrator
    tac.conversation_memory_client = memory
    tac.config.conversation_configuration_id = configuration.id
    return Setup(tac, orchestrator, memory, configuration)


Callback = Callable[[str, ConversationSession, TACMemoryResponse | None], Awaitable[str | None]]


def answer_with(reply: str, remembered: list[str] | None = None) -> Callback:
    async def answer(
        _text: str, _session: ConversationSession, memory: TACMemoryResponse | None
    ) -> str:
        if memory and remembered is not None:
            remembered.extend(one.content for one in memory.observations)
        return reply

    return answer


def mirrored(twilio: Twilio) -> Conversation:
    (conversation,) = twilio.orchestrator.conversations.values()
    return conversation


def types(conversation: Conversation) -> list[str]:
    return sorted(one.type for one in conversation.participants.values())


async def test_configuration_parses(setup: Setup) -> None:
    found = await asyncio.to_thread(setup.orchestrator.get_configuration, setup.configuration.id)

    assert found.memory_store_id == setup.configuration.memory_store_id


async def test_sms_is_answered(twilio: Twilio, setup: Setup) -> None:
    setup.tac.on_message_ready(answer_with("Good morning"))

    await twilio.messaging.receive(from_=CUSTOMER, to=AGENT, body="Hello")
    await twilio.settle()

    assert [one.body for one in twilio.messaging.inbox(CUSTOMER)] == ["Good morning"]
    assert types(mirrored(twilio)) == ["AI_AGENT", "CUSTOMER"]


async def test_chat_is_answered(twilio: Twilio, setup: Setup) -> None:
    setup.tac.on_message_ready(answer_with("Good morning"))
    bridge = setup.configuration.conversations_v1_bridge
    assert bridge
    chat = twilio.classic.create_conversation(bridge.service_id)
    await twilio.classic.add_participant(chat.sid, identity=ANA)

    for words in ("Hello", "Are you there?"):
        await twilio.classic.add_message(chat.sid, author=ANA, body=words, source="SDK")
        await twilio.settle()

    assert [(one.author, one.body) for one in chat.messages] == [
        (ANA, "Hello"),
        ("ai-assistant", "Good morning"),
        (ANA, "Are you there?"),
        ("ai-assistant", "Good morning"),
    ]
    assert types(mirrored(twilio)) == ["AI_AGENT", "CUSTOMER"]


async def test_memory_reaches_the_callback(twilio: Twilio, setup: Setup) -> None:
    remembered: list[str] = []
    setup.tac.on_message_ready(answer_with("Good morning", remembered))
    store_id = setup.configuration.memory_store_id
    profile_id = twilio.memory.resolve_profile(store_id, "SMS", CUSTOMER) or ""
    profile = twilio.memory.get_profile_or_raise(store_id, profile_id)
    twilio.memory.add_observation(profile, ObservationRequest(content="prefers email"))

    await twilio.messaging.receive(from_=CUSTOMER, to=AGENT, body="Hello")
    await twilio.settle()

    assert remembered == ["prefers email"]


async def test_existing_conversation_is_reused(twilio: Twilio, setup: Setup) -> None:
    sides = [
        ParticipantRequest(
            type=kind, addresses=[ParticipantAddress(channel="SMS", address=address)]
        )
        for kind, address in (("CUSTOMER", CUSTOMER), ("AI_AGENT", AGENT))
    ]

    first = await setup.orchestrator.create_or_reuse_conversation(participants=sides)
    second = await setup.orchestrator.create_or_reuse_conversation(participants=sides)

    assert first == (mirrored(twilio).id, False)
    assert second == (mirrored(twilio).id, True)


async def test_call_is_found_by_its_sid(twilio: Twilio, setup: Setup) -> None:
    opened = await twilio.orchestrator.open_call(
        configuration_id=setup.configuration.id, call_sid=CALL, customer=CUSTOMER, agent=AGENT
    )

    found = await setup.orchestrator.list_conversations(status=["ACTIVE"], channel_id=CALL)
    participants = await setup.orchestrator.list_participants(opened.id)

    assert [one.id for one in found] == [opened.id]
    assert [(one.type, one.addresses[0].channel_id) for one in participants] == [
        ("CUSTOMER", CALL),
        ("AI_AGENT", CALL),
    ]


async def test_profile_is_looked_up_and_made(setup: Setup) -> None:
    nobody = await setup.memory.lookup_profile("phone", CUSTOMER)
    profile_id = await setup.memory.create_profile({"Contact": {"phone": CUSTOMER}})
    somebody = await setup.memory.lookup_profile("phone", CUSTOMER)
    profile = await setup.memory.get_profile(profile_id)

    assert (nobody.profiles, somebody.profiles) == ([], [profile_id])
    assert profile.traits == {"Contact": {"phone": CUSTOMER}}


async def test_handed_off_thread_is_silent(twilio: Twilio, setup: Setup) -> None:
    setup.tac.on_message_ready(answer_with("Good morning"))
    await twilio.messaging.receive(from_=CUSTOMER, to=AGENT, body="Hello")
    await twilio.settle()
    conversation = mirrored(twilio)

    await setup.orchestrator.update_conversation(conversation.id, "INACTIVE")
    await setup.orchestrator.clear_status_callbacks(conversation.id)
    await twilio.messaging.receive(from_=CUSTOMER, to=AGENT, body="Hello?")
    await twilio.settle()

    assert len(twilio.messaging.inbox(CUSTOMER)) == 1
    assert conversation.status == "ACTIVE"
