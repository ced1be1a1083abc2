"""Flex: an interaction brings a human into a conversation and out again."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from getting_started.twilio_emulator.driver import ChatSession, Driver, DriverError
from getting_started.twilio_emulator.twilio import Twilio
from tests.twilio_emulator.conftest import Rest
from tests.twilio_emulator.contact_centre import ContactCentre, build_contact_centre


@pytest.fixture
def centre(twilio: Twilio) -> ContactCentre:
    return build_contact_centre(twilio)


@pytest.fixture
async def driver(twilio: Twilio) -> AsyncIterator[Driver]:
    async with Driver(twilio.base_url) as driver:
        yield driver


@pytest.fixture
async def chat(twilio: Twilio, driver: Driver) -> ChatSession:
    service_sid = twilio.classic.create_service("Flex Chat Service").sid
    return await driver.chat.start("ana", service_sid=service_sid)


def channel_of(chat: ChatSession) -> dict[str, Any]:
    properties = {"media_channel_sid": chat.conversation_sid}
    return {"type": "chat", "initiated_by": "customer", "properties": properties}


def routing_of(centre: ContactCentre, **attributes: Any) -> dict[str, Any]:
    return {
        "properties": {
            "workspace_sid": centre.workspace.sid,
            "workflow_sid": centre.workflow.sid,
            "task_channel_unique_name": "chat",
            "attributes": attributes,
        }
    }


async def interact(twilio: Twilio, centre: ContactCentre, chat: ChatSession) -> str:
    """An interaction for the chat; gives its task's SID."""
    interaction = await twilio.flex.create_interaction(
        channel=channel_of(chat), routing=routing_of(centre, reason="billing")
    )
    return interaction.task.sid


async def test_library_creates_an_interaction(
    rest: Rest, centre: ContactCentre, chat: ChatSession
) -> None:
    routing = routing_of(centre, conversationId="conv_1", customerName="Ana")

    interaction = await rest(
        lambda client: client.flex_api.v1.interaction.create(
            channel=channel_of(chat), routing=routing
        )
    )

    properties = interaction.routing["properties"]
    attributes = json.loads(properties["attributes"])
    assert interaction.sid.startswith("KD")
    assert properties["task_channel_unique_name"] == "chat"
    assert attributes["flexInteractionSid"] == interaction.sid
    assert attributes["flexInteractionChannelSid"] == interaction.channel["sid"]
    assert attributes["conversationSid"] == chat.conversation_sid
    assert (attributes["conversationId"], attributes["customerName"]) == ("conv_1", "Ana")
    assert (attributes["channelType"], attributes["customerAddress"]) == ("chat", "ana")


async def test_human_joins_writes_and_leaves(
    twilio: Twilio, driver: Driver, centre: ContactCentre, chat: ChatSession
) -> None:
    await chat.send("Help")
    task_sid = await interact(twilio, centre, chat)

    await driver.flex.accept(task_sid)
    await driver.flex.say(task_sid, "Maria here")
    message = await chat.listen()
    completed = await driver.flex.complete(task_sid)

    assert (message.speaker, message.text) == ("maria", "Maria here")
    assert [one.text for one in completed.transcript] == ["Help", "Maria here"]
    assert [one.identity for one in twilio.classic.participants(chat.conversation_sid)] == ["ana"]
    assert twilio.classic.conversations[chat.conversation_sid].state == "closed"


async def test_parked_conversation_stays_open(
    twilio: Twilio, driver: Driver, centre: ContactCentre, chat: ChatSession
) -> None:
    task_sid = await interact(twilio, centre, chat)
    await driver.flex.accept(task_sid)

    completed = await driver.flex.complete(task_sid, close=False)

    assert completed.status == "completed"
    assert [one.identity for one in twilio.classic.participants(chat.conversation_sid)] == ["ana"]
    assert twilio.classic.conversations[chat.conversation_sid].state == "active"


async def test_parking_says_what_becomes_of_the_task(
    twilio: Twilio, rest: Rest, centre: ContactCentre, chat: ChatSession
) -> None:
    await interact(twilio, centre, chat)

    def park(**routing: Any) -> Any:
        def update(client: Client) -> Any:
            [sid] = twilio.flex.interactions
            [channel] = client.flex_api.v1.interaction(sid).channels.list()
            return channel.update(status="inactive", **routing)

        return update

    with pytest.raises(TwilioRestException, match=r"Routing.status"):
        await rest(park())
    assert (await rest(park(routing={"status": "closed"}))).status == "inactive"


async def test_library_closes_the_channel(
    twilio: Twilio, rest: Rest, centre: ContactCentre, chat: ChatSession
) -> None:
    task_sid = await interact(twilio, centre, chat)

    def close(client: Client) -> Any:
        [sid] = twilio.flex.interactions
        [channel] = client.flex_api.v1.interaction(sid).channels.list()
        return channel.update(status="closed")

    assert (await rest(close)).status == "closed"
    assert twilio.taskrouter.tasks[task_sid].status == "canceled"


async def test_invite_asks_a_second_human(
    twilio: Twilio, rest: Rest, centre: ContactCentre, chat: ChatSession
) -> None:
    await interact(twilio, centre, chat)

    def invite(client: Client) -> Any:
        [interaction] = twilio.flex.interactions.values()
        channel = client.flex_api.v1.interaction(interaction.sid).channels(interaction.channel.sid)
        return channel.invites.create(routing=routing_of(centre))

    invited = await rest(invite)

    assert invited.sid.startswith("KG")
    assert len(twilio.taskrouter.tasks) == 2


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"attributes": {"reason": "x" * 1024}}, 400),
        ({"attributes": "not JSON"}, 400),
        ({"workflow_sid": "WW0"}, 400),
        ({"workspace_sid": ""}, 400),
        ({"task_channel_unique_name": "pigeon"}, 400),
    ],
)
async def test_bad_routing_is_refused(
    rest: Rest, centre: ContactCentre, chat: ChatSession, changes: dict[str, Any], status: int
) -> None:
    routing = {"properties": routing_of(centre)["properties"] | changes}

    with pytest.raises(TwilioRestException) as refused:
        await rest(
            lambda client: client.flex_api.v1.interaction.create(
                channel=channel_of(chat), routing=routing
            )
        )

    assert refused.value.status == status


async def test_closed_conversation_fails_the_channel(
    twilio: Twilio, driver: Driver, centre: ContactCentre, chat: ChatSession
) -> None:
    task_sid = await interact(twilio, centre, chat)
    twilio.classic.close_conversation(chat.conversation_sid)

    with pytest.raises(DriverError):
        await driver.flex.accept(task_sid)

    [interaction] = twilio.flex.interactions.values()
    assert (interaction.channel.status, interaction.channel.error_code) == ("failed", 45361)


async def test_nobody_speaks_for_an_unaccepted_task(
    twilio: Twilio, driver: Driver, centre: ContactCentre, chat: ChatSession
) -> None:
    task_sid = await interact(twilio, centre, chat)

    with pytest.raises(DriverError, match="nobody has it in hand"):
        await driver.flex.say(task_sid, "Hello")


async def test_availability_is_set_for_all(driver: Driver, centre: ContactCentre) -> None:
    await driver.flex.set_available(False)

    assert not centre.worker.available


async def test_configuration_tells_version_and_service(rest: Rest, twilio: Twilio) -> None:
    configuration = await rest(lambda client: client.flex_api.v1.configuration().fetch())

    assert configuration.ui_version == "2.17.1"
    service_sid = configuration.chat_service_instance_sid
    assert service_sid == twilio.classic.default_service().sid
