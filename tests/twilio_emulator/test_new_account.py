"""Accounts on which the agent is not set up, read by Twilio's own library."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twilio.rest import Client

from getting_started.twilio_emulator.new_account import (
    open_account,
    open_account_in_use,
    open_begun_account,
)
from getting_started.twilio_emulator.seed import AGENT_NUMBER, WHATSAPP_NUMBER
from getting_started.twilio_emulator.twilio import Twilio
from tests.twilio_emulator.conftest import Rest

AGENT_URL = "https://agent.example.org"
WHAT_SETUP_MAKES: dict[str, Callable[[Client], list[Any]]] = {
    "memory stores": lambda client: client.memory.v1.stores.list(),
    "configurations": lambda client: client.conversations.v2.configurations.list(),
    "intelligence": lambda client: client.intelligence.v3.configurations.list(),
    "flows": lambda client: client.studio.v2.flows.list(),
    "addresses": lambda client: client.conversations.v1.address_configurations.list(),
}


async def test_new_account_has_nothing_of_the_agents(twilio: Twilio, rest: Rest) -> None:
    open_account(twilio)

    found = {name: await rest(one) for name, one in WHAT_SETUP_MAKES.items()}
    [number] = await rest(lambda client: client.incoming_phone_numbers.list())
    [workspace] = await rest(lambda client: client.taskrouter.v1.workspaces.list())

    assert not any(found.values())
    assert (number.phone_number, number.voice_url, number.sms_url) == (AGENT_NUMBER, "", "")
    assert (workspace.friendly_name, workspace.event_callback_url) == ("Flex Task Assignment", "")


async def test_new_account_has_flex(twilio: Twilio, rest: Rest) -> None:
    account = open_account(twilio)

    flex = await rest(lambda client: client.flex_api.v1.configuration().fetch())
    [workflow] = await rest(
        lambda client: client.taskrouter.v1.workspaces(account.workspace.sid).workflows.list()
    )
    [service] = await rest(lambda client: client.conversations.v1.services.list())

    assert flex.taskrouter_workspace_sid == account.workspace.sid
    assert (flex.chat_service_instance_sid, flex.ui_version) == (service.sid, "2.17.1")
    assert (workflow.friendly_name, flex.taskrouter_target_workflow_sid) == (
        "Assign to Anyone",
        workflow.sid,
    )


async def test_begun_account_captures_calls_and_has_no_bridge(twilio: Twilio, rest: Rest) -> None:
    open_begun_account(twilio, AGENT_URL)

    [found] = await rest(lambda client: client.conversations.v2.configurations.list())

    assert found.channel_settings["VOICE"]["captureRules"][0]["to"] == AGENT_NUMBER
    assert (found.conversations_v1_bridge, found.intelligence_configuration_ids) == (None, [])


async def test_account_in_use_leads_to_a_flow(twilio: Twilio, rest: Rest) -> None:
    open_account_in_use(twilio)

    [flow] = await rest(lambda client: client.studio.v2.flows.list())
    [number] = await rest(lambda client: client.incoming_phone_numbers.list())
    addresses = await rest(lambda client: client.conversations.v1.address_configurations.list())

    assert number.voice_url == f"{flow.webhook_url}?Trigger=incomingCall"
    assert {one.address: one.auto_creation["studio_flow_sid"] for one in addresses} == {
        AGENT_NUMBER: flow.sid,
        WHATSAPP_NUMBER: flow.sid,
    }
