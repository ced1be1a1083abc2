"""Control planes that take their time, as Twilio's library meets them."""

from __future__ import annotations

from typing import Any

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from getting_started.twilio_emulator.driver import Driver
from getting_started.twilio_emulator.intelligence.models import ConfigurationRequest
from getting_started.twilio_emulator.twilio import Twilio
from tests.twilio_emulator.conftest import JsonBody, Rest


def settings(twilio: Twilio, name: str = "acme") -> dict[str, Any]:
    return {
        "displayName": name,
        "description": "Acme",
        "conversationGroupingType": "GROUP_BY_PARTICIPANT_ADDRESSES_AND_CHANNEL_TYPE",
        "memoryStoreId": next(iter(twilio.memory.stores), "mem_store_none"),
    }


async def slow_down(twilio: Twilio, **pace: int) -> None:
    async with Driver(twilio.base_url) as driver:
        await driver.post("/pace", pace)


def operation_id(accepted: Any) -> str:
    return str(accepted.status_url.rpartition("/")[2])


async def test_operation_is_pending_for_so_many_reads(twilio: Twilio, rest: Rest) -> None:
    await slow_down(twilio, pending_reads=2)
    accepted = await rest(
        lambda client: client.conversations.v2.configurations.create(
            create_configuration_request=JsonBody(settings(twilio))
        )
    )

    operation = [
        await rest(
            lambda client: client.conversations.v2.operations(operation_id(accepted)).fetch()
        )
        for _ in range(3)
    ]

    assert [one.status for one in operation] == ["PENDING", "PENDING", "COMPLETED"]
    assert [bool(one.completed_at) for one in operation] == [False, False, True]


async def test_new_configuration_is_not_there_before_its_operation_is_done(
    twilio: Twilio, rest: Rest
) -> None:
    def list_names(client: Client) -> list[str]:
        return [one.display_name for one in client.conversations.v2.configurations.list()]

    await slow_down(twilio, pending_reads=1, stale_reads=1)
    accepted = await rest(
        lambda client: client.conversations.v2.configurations.create(
            create_configuration_request=JsonBody(settings(twilio))
        )
    )
    pending = await rest(list_names)
    for _ in range(2):
        await rest(
            lambda client: client.conversations.v2.operations(operation_id(accepted)).fetch()
        )

    assert (pending, await rest(list_names), await rest(list_names)) == ([], [], ["acme"])


@pytest.mark.parametrize("change", ["put", "patch"])
async def test_changed_configuration_is_read_as_it_was_for_a_while(
    twilio: Twilio, rest: Rest, change: str
) -> None:
    made = twilio.orchestrator.create_configuration(settings(twilio))
    await slow_down(twilio, stale_reads=2)

    def write(client: Client) -> None:
        found = client.conversations.v2.configurations(made.id)
        body = JsonBody(settings(twilio, "other"))
        if change == "put":
            found.update(update_configuration_request=body)
        else:
            found.patch(patch_configuration_request=body)

    await rest(write)
    names = [
        (await rest(lambda client: client.conversations.v2.configurations(made.id).fetch()))
        for _ in range(3)
    ]

    assert [one.display_name for one in names] == ["acme", "acme", "other"]


async def test_deleted_configuration_lingers(twilio: Twilio, rest: Rest) -> None:
    made = twilio.orchestrator.create_configuration(settings(twilio))
    await slow_down(twilio, stale_reads=1)

    await rest(lambda client: client.conversations.v2.configurations(made.id).delete())
    lingering = await rest(lambda client: client.conversations.v2.configurations.list())
    gone = await rest(lambda client: client.conversations.v2.configurations.list())

    assert ([one.id for one in lingering], gone) == ([made.id], [])


@pytest.mark.parametrize("poll", ["operation", "store"])
async def test_new_store_becomes_active(twilio: Twilio, rest: Rest, poll: str) -> None:
    await slow_down(twilio, pending_reads=2)
    accepted = await rest(
        lambda client: client.memory.v1.stores.create(JsonBody({"displayName": "acme"}))
    )
    [store_id] = twilio.memory.stores

    def look(client: Client) -> str:
        if poll == "operation":
            client.memory.v1.operations(operation_id(accepted)).fetch()
        return str(client.memory.v1.stores(store_id).fetch().status)

    seen = [await rest(look) for _ in range(4)]

    assert seen[0] in {"QUEUED", "PROVISIONING"}
    assert seen[-1] == "ACTIVE"


async def test_operation_of_a_store_names_it_when_done(twilio: Twilio, rest: Rest) -> None:
    await slow_down(twilio, pending_reads=1)
    accepted = await rest(
        lambda client: client.memory.v1.stores.create(JsonBody({"displayName": "acme"}))
    )

    first, second = [
        await rest(lambda client: client.memory.v1.operations(operation_id(accepted)).fetch())
        for _ in range(2)
    ]

    assert (first.status, first.result) == ("PENDING", None)
    assert (second.status, second.result["id"]) == ("COMPLETED", next(iter(twilio.memory.stores)))


async def test_new_intelligence_configuration_is_not_found_at_first(
    twilio: Twilio, rest: Rest
) -> None:
    await slow_down(twilio, stale_reads=1)
    made = twilio.intelligence.create_configuration(ConfigurationRequest(display_name="acme"))

    with pytest.raises(TwilioRestException) as refusal:
        await rest(lambda client: client.intelligence.v3.configurations(made.id).fetch())
    found = await rest(lambda client: client.intelligence.v3.configurations(made.id).fetch())

    assert (refusal.value.status, found.display_name) == (404, "acme")


async def test_reset_brings_back_the_usual_pace(twilio: Twilio) -> None:
    await slow_down(twilio, pending_reads=5, stale_reads=5)

    async with Driver(twilio.base_url) as driver:
        await driver.reset()
        pace = await driver.get("/pace")

    assert pace == {"pending_reads": 0, "stale_reads": 0}
