"""Planning and applying, on emulated accounts."""

from __future__ import annotations

from typing import Any

import pytest

from agent.errors import SettingsError
from getting_started.setup.account import Account
from getting_started.setup.errors import SetupError
from getting_started.setup.plan import apply_plan, make_plan
from getting_started.setup.resource import PENDING, Action
from getting_started.setup.resources import NAMES
from getting_started.twilio_emulator.faults import Fault
from getting_started.twilio_emulator.new_account import open_begun_account
from getting_started.twilio_emulator.pace import Pace
from getting_started.twilio_emulator.twilio import Twilio
from tests.getting_started.setup.applying import actions_of, apply_all, keep_nothing
from tests.getting_started.setup.conftest import AGENT_URL, NewAccount

CORE = ("memory-store", "intelligence", "conversation-configuration")
CONFIGURATION = "TWILIO_CONVERSATION_CONFIGURATION_ID"


def test_plan_changes_nothing(flex: Twilio, account: Account) -> None:
    plan = make_plan(account)

    assert {actions_of(plan)[name] for name in CORE} == {Action.CREATE}
    assert plan.environment[CONFIGURATION] == PENDING
    assert len(flex.memory.stores) == len(flex.orchestrator.configurations) == 0


def test_second_run_has_nothing_to_do(flex: Twilio, account: Account) -> None:
    apply_all(account)

    assert set(actions_of(make_plan(account)).values()) == {Action.KEEP}
    assert len(flex.memory.stores) == len(flex.orchestrator.configurations) == 1


def test_new_account_is_linked_as_the_blueprint_says(flex: Twilio, account: Account) -> None:
    done = apply_all(account, CORE)

    [configuration] = flex.orchestrator.configurations.values()
    [intelligence] = flex.intelligence.configurations.values()
    assert done.environment == {CONFIGURATION: configuration.id}
    assert configuration.memory_store_id in flex.memory.stores
    assert configuration.intelligence_configuration_ids == [intelligence.id]
    assert [one.url for one in configuration.status_callbacks] == [f"{AGENT_URL}/webhook"]
    assert configuration.conversations_v1_bridge is not None
    service_sid = configuration.conversations_v1_bridge.service_id
    assert service_sid == flex.classic.default_service().sid
    assert not any(one.capture_rules for one in configuration.channel_settings.values())


def test_begun_account_is_completed(cloud: Twilio, account: Account) -> None:
    open_begun_account(cloud, AGENT_URL)

    plan = make_plan(account, CORE)
    apply_plan(account, plan, keep_nothing)

    assert [*actions_of(plan).values()] == [Action.KEEP, Action.CREATE, Action.CHANGE]
    assert plan.changes[2].cuts == ("VOICE from * to +15550100002 is no longer captured by rule",)
    [configuration] = cloud.orchestrator.configurations.values()
    assert configuration.display_name == "acme-support"
    assert configuration.channel_settings["VOICE"].status_timeouts is None
    assert configuration.channel_settings["SMS"].status_timeouts is not None
    assert not make_plan(account, CORE).work


def test_account_without_flex_gets_its_default_service(cloud: Twilio, account: Account) -> None:
    cloud.faults.add(Fault(product="flex-api", status=404, code=20404))

    apply_all(account, CORE)

    [configuration] = cloud.orchestrator.configurations.values()
    assert configuration.conversations_v1_bridge is not None


def test_only_what_is_named_is_made(flex: Twilio, account: Account) -> None:
    apply_all(account, ["memory-store"])

    assert flex.memory.stores
    assert not flex.intelligence.configurations


def test_what_needs_others_first_is_blocked(flex: Twilio, account: Account) -> None:
    [change] = apply_all(account, ["conversation-configuration"]).changes

    assert change.action is Action.BLOCKED
    assert change.reason == "needs memory-store, intelligence first (--only takes several)"
    assert not flex.orchestrator.configurations


@pytest.mark.parametrize("pace", [Pace(pending_reads=3), Pace(pending_reads=2, stale_reads=2)])
def test_slow_control_planes_are_waited_for(flex: Twilio, account: Account, pace: Pace) -> None:
    flex.pace = pace

    apply_all(account)

    assert not make_plan(account).work
    assert len(flex.memory.stores) == len(flex.orchestrator.configurations) == 1


def test_endless_operation_is_given_up(flex: Twilio, new_account: NewAccount) -> None:
    flex.pace = Pace(pending_reads=1000)
    account = new_account(patience=0)

    with pytest.raises(SetupError, match=r"not done after 0 seconds. Run the same command again"):
        apply_all(account)


def test_failed_operation_is_told(flex: Twilio, account: Account) -> None:
    failed = {"operationId": "mem_operation_1", "status": "FAILED", "error": "no capacity"}
    flex.faults.add(Fault(path="/v1/ControlPlane/Operations/*", status=200, body=failed))

    with pytest.raises(SetupError, match=r"memory store .* is FAILED: no capacity"):
        apply_all(account)


@pytest.mark.parametrize("status", [409, 412])
def test_change_of_somebody_else_is_read_again(flex: Twilio, account: Account, status: int) -> None:
    flex.faults.add(Fault(product="conversations", method="POST", status=status, times=1))

    apply_all(account)

    assert not make_plan(account).work


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"status": 409}, "Somebody else changes it at this moment"),
        ({"status": 401, "code": 20003}, "Check TWILIO_API_KEY and TWILIO_API_SECRET"),
        ({"status": 403, "code": 20403}, "permission to create or change ControlPlane/Stores"),
        ({"status": 429, "code": 20429}, "Wait a moment"),
        ({"status": 400, "code": 20001}, "memory-store: Twilio answered 400: .*Fault injected"),
        ({"drop": "before"}, r"no answer from Twilio \(the connection failed\)"),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else "",
)
def test_refusal_says_what_to_do(
    flex: Twilio, account: Account, fault: dict[str, Any], words: str
) -> None:
    flex.faults.add(Fault(product="memory", method="POST", **fault))

    with pytest.raises(SetupError, match=words):
        apply_all(account)


def test_more_than_was_agreed_to_is_not_done(flex: Twilio, account: Account) -> None:
    apply_all(account)
    plan = make_plan(account)
    [configuration] = flex.orchestrator.configurations.values()
    configuration.status_callbacks.clear()

    with pytest.raises(SetupError, match="not as it was when the plan was made"):
        apply_plan(account, plan, keep_nothing)

    assert not configuration.status_callbacks


def test_auth_token_is_enough(
    flex: Twilio, environment: dict[str, str], new_account: NewAccount
) -> None:
    account = new_account(TWILIO_API_KEY="", TWILIO_API_SECRET="")

    assert make_plan(account).work


def test_region_is_in_the_addresses_of_regional_products(
    flex: Twilio, new_account: NewAccount
) -> None:
    account = new_account(TWILIO_REGION="ie1")

    assert make_plan(account, ["taskrouter"]).changes
    with pytest.raises(SetupError, match=r"/conversations.ie1/v2/Control"):
        make_plan(account, ["memory-store"])


def test_everything_missing_is_listed() -> None:
    with pytest.raises(SettingsError) as raised:
        Account({})

    names = ("ACCOUNT_SID", "AUTH_TOKEN", "PHONE_NUMBER", "VOICE_PUBLIC_DOMAIN")
    assert all(f"TWILIO_{name}: is not set" in str(raised.value) for name in names)


def test_resources_come_after_what_they_need() -> None:
    from getting_started.setup.resources import RESOURCES

    places = {name: place for place, name in enumerate(NAMES)}
    assert all(places[need] < places[one.name] for one in RESOURCES for need in one.needs)
