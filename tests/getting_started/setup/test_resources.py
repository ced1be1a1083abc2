"""What each resource keeps, changes and refuses."""

from __future__ import annotations

from typing import Any

import pytest

from getting_started.setup.account import Account
from getting_started.setup.plan import make_plan
from getting_started.setup.resource import Action, Change
from getting_started.twilio_emulator.new_account import open_begun_account
from getting_started.twilio_emulator.twilio import Twilio
from tests.getting_started.setup.applying import apply_all
from tests.getting_started.setup.conftest import AGENT_URL, NewAccount
from tests.getting_started.setup.console import (
    add_configuration,
    add_intelligence,
    write_configuration,
)

CORE = ("memory-store", "intelligence", "conversation-configuration")
ELSEWHERE = "https://crm.example.org/events"
OLD_AGENT = "https://old.example.org/webhook"
OTHER_SERVICE = "IS" + "9" * 32


def change_of(account: Account, name: str) -> Change:
    return next(one for one in make_plan(account).changes if one.resource == name)


@pytest.mark.parametrize(
    "fields",
    [
        {"memoryExtractionEnabled": False, "description": "Ours"},
        {"channelSettings": {"SMS": {"statusTimeouts": {"closed": 7}}}},
        {"conversationGroupingType": "GROUP_BY_PROFILE"},
    ],
    ids=str,
)
def test_settings_that_do_no_harm_are_kept(
    flex: Twilio, account: Account, fields: dict[str, Any]
) -> None:
    apply_all(account, CORE)
    write_configuration(flex, **fields)

    assert change_of(account, "conversation-configuration").action is Action.KEEP


@pytest.mark.parametrize(
    ("fields", "difference", "cuts"),
    [
        (
            {"channelSettings": {"VOICE": {"statusTimeouts": {"closed": 7}}}},
            ("channelSettings.VOICE.statusTimeouts.closed", 7, None),
            (),
        ),
        (
            {"channelSettings": {"CHAT": {"captureRules": [{"from": "*", "to": "ai"}]}}},
            ("channelSettings.CHAT.captureRules.0.from", "*", None),
            ("CHAT from * to ai is no longer captured by rule",),
        ),
        (
            {"statusCallbacks": [{"url": ELSEWHERE, "method": "POST"}]},
            ("statusCallbacks.1.url", None, f"{AGENT_URL}/webhook"),
            (),
        ),
        (
            {"statusCallbacks": [{"url": OLD_AGENT, "method": "POST"}]},
            ("statusCallbacks.0.url", OLD_AGENT, f"{AGENT_URL}/webhook"),
            (f"{OLD_AGENT} is no longer told of conversations",),
        ),
    ],
    ids=["voice time-out", "capture rule", "no callback", "callback of an old domain"],
)
def test_what_harms_is_put_right(
    flex: Twilio,
    account: Account,
    fields: dict[str, Any],
    difference: tuple[str, Any, Any],
    cuts: tuple[str, ...],
) -> None:
    apply_all(account, CORE)
    write_configuration(flex, **fields)

    change = change_of(account, "conversation-configuration")
    apply_all(account, CORE)

    assert difference in [(one.field, one.old, one.new) for one in change.differences]
    assert change.cuts == cuts
    assert change_of(account, "conversation-configuration").action is Action.KEEP


def test_flex_is_connected_instead_of_another_service(flex: Twilio, account: Account) -> None:
    apply_all(account, CORE)
    write_configuration(flex, conversationsV1Bridge={"serviceId": OTHER_SERVICE})

    change = change_of(account, "conversation-configuration")

    assert change.cuts == (f"the conversation service {OTHER_SERVICE} is no longer connected",)


def test_service_that_another_configuration_has_blocks(
    flex: Twilio, new_account: NewAccount
) -> None:
    apply_all(new_account(), CORE)
    other = add_configuration(flex, displayName="other")

    account = new_account(TWILIO_CONVERSATION_CONFIGURATION_ID=other)
    change = change_of(account, "conversation-configuration")

    assert change.action is Action.BLOCKED
    assert "is connected to configuration conv_configuration_" in change.reason


def test_configuration_that_is_gone_is_made_anew(flex: Twilio, new_account: NewAccount) -> None:
    account = new_account(TWILIO_CONVERSATION_CONFIGURATION_ID="conv_configuration_gone")

    assert change_of(account, "conversation-configuration").action is Action.CREATE


def test_store_of_the_configuration_is_kept(cloud: Twilio, account: Account) -> None:
    open_begun_account(cloud, AGENT_URL)

    change = change_of(account, "memory-store")

    assert (change.action, change.title) == (Action.KEEP, 'memory store "acme-customers"')


def test_linked_summaries_of_others_serve(flex: Twilio, account: Account) -> None:
    apply_all(account, CORE)
    theirs = add_intelligence(flex, "theirs", "CONVERSATION_INACTIVE", "CONVERSATION_END")
    write_configuration(flex, intelligenceConfigurationIds=[theirs])

    assert change_of(account, "intelligence").id == theirs
    assert change_of(account, "conversation-configuration").action is Action.KEEP


def test_summaries_that_lack_a_rule_are_replaced(flex: Twilio, account: Account) -> None:
    lacking = add_intelligence(flex, "virtual-agent-summary", "CONVERSATION_END")
    theirs = add_intelligence(flex, "sentiment")
    apply_all(account, CORE)
    [complete] = {*flex.intelligence.configurations} - {lacking, theirs}
    write_configuration(flex, intelligenceConfigurationIds=[theirs, lacking])

    apply_all(account, CORE)

    [configuration] = flex.orchestrator.configurations.values()
    assert configuration.intelligence_configuration_ids == [theirs, complete]
    assert len(flex.intelligence.configurations) == 3
