"""An account whose number and senders lead elsewhere: what is cut, kept, and put back."""

from __future__ import annotations

import asyncio
from itertools import count

import pytest

from agent.handoff.receipts import RECEIPTS
from getting_started.setup.account import Account
from getting_started.setup.errors import REQUEST_ERRORS
from getting_started.setup.plan import make_plan, plan_restore
from getting_started.setup.resource import Action, Change, Known
from getting_started.setup.resources import RESOURCES
from getting_started.setup.resources.event_callback import EVENTS
from getting_started.twilio_emulator.driver import Driver
from getting_started.twilio_emulator.faults import Fault
from getting_started.twilio_emulator.new_account import (
    ELSEWHERE,
    lead_elsewhere,
    open_account_in_use,
)
from getting_started.twilio_emulator.new_account import NewAccount as NewFlexAccount
from getting_started.twilio_emulator.seed import (
    AGENT_NUMBER,
    CUSTOMER_NUMBER,
    WHATSAPP_NUMBER,
    seed_completely,
)
from getting_started.twilio_emulator.twilio import Twilio
from tests.getting_started.setup.applying import apply_all
from tests.getting_started.setup.conftest import AGENT_URL, NewAccount
from tests.getting_started.setup.wiring import WIRING, wire

NEEDED = tuple(one.name for one in RESOURCES if one.name not in WIRING)
WRITES = 5


@pytest.fixture
def in_use(cloud: Twilio) -> NewFlexAccount:
    return open_account_in_use(cloud)


@pytest.fixture
def account(new_account: NewAccount) -> Account:
    return new_account(TWILIO_WHATSAPP_NUMBER=WHATSAPP_NUMBER)


def plan_of(account: Account, name: str) -> Change:
    """The plan of one resource, what it needs being there."""
    apply_all(account, NEEDED)
    [change] = make_plan(account, [name]).changes
    return change


def test_events_are_those_that_move_a_handoff() -> None:
    assert set(EVENTS) == set(RECEIPTS)


def test_plan_says_what_will_be_cut(
    cloud: Twilio, in_use: NewFlexAccount, account: Account
) -> None:
    [flow_sid] = cloud.studio.flows.flows
    flow = f'Studio flow "Flex Messaging Flow" ({flow_sid})'
    apply_all(account, NEEDED)

    plan = make_plan(account, WIRING)

    assert [cut for change in plan.changes for cut in change.cuts] == [
        f"{ELSEWHERE}/taskrouter is no longer told of tasks",
        f"calls to {AGENT_NUMBER} no longer go to {flow}",
        f"calls to {AGENT_NUMBER} no longer fall back to {ELSEWHERE}/voice-fallback",
        f"messages to {AGENT_NUMBER} no longer go to {flow}",
        f"messages to {AGENT_NUMBER} no longer go to {flow}",
        f"messages to {WHATSAPP_NUMBER} no longer go to {flow}",
    ]


def test_everything_leads_to_the_agent_afterwards(
    cloud: Twilio, in_use: NewFlexAccount, account: Account
) -> None:
    done = apply_all(account)

    [workspace] = cloud.taskrouter.workspaces.values()
    [number] = cloud.voice.numbers.values()
    flow_sid = done.environment["TWILIO_STUDIO_HANDOFF_FLOW_SID"]
    service_sid = cloud.classic.default_service().sid
    ways = {one.address: one.auto_creation for one in cloud.classic.addresses.values()}
    assert workspace.event_callback_url == f"{AGENT_URL}/taskrouter/events"
    assert set(workspace.events_filter.split(",")) == set(EVENTS)
    assert (number.voice_url, number.sms_url) == (f"{AGENT_URL}/twiml", "")
    assert number.voice_fallback_url == cloud.url(
        "webhooks", f"/v1/Accounts/{cloud.account.sid}/Flows/{flow_sid}?Trigger=incomingCall"
    )
    assert set(ways) == {AGENT_NUMBER, WHATSAPP_NUMBER, "ai-assistant"}
    assert {(one["type"], one["conversation_service_sid"]) for one in ways.values()} == {
        ("default", service_sid)
    }


async def test_caller_reaches_a_human_while_the_agent_is_down(
    cloud: Twilio, in_use: NewFlexAccount, new_account: NewAccount
) -> None:
    nowhere = {
        "AGENT_PUBLIC_URL": "http://127.0.0.1:1",
        "TWILIO_VOICE_PUBLIC_DOMAIN": "127.0.0.1:1",
    }
    await asyncio.to_thread(apply_all, new_account(**nowhere))

    async with Driver(cloud.base_url) as driver:
        await driver.phone.call(CUSTOMER_NUMBER, AGENT_NUMBER)
        task = await driver.flex.wait_for_task()

    assert (task.channel, task.attributes["reason"]) == ("voice", "virtual agent unavailable")


def test_second_run_has_nothing_to_do(
    cloud: Twilio, in_use: NewFlexAccount, account: Account
) -> None:
    apply_all(account)

    assert not make_plan(account).work


def test_ready_account_of_the_emulator_is_as_setup_leaves_one(
    cloud: Twilio, new_account: NewAccount
) -> None:
    account = new_account(**seed_completely(cloud, AGENT_URL))

    assert not make_plan(account).work


def test_number_that_is_gone_is_not_put_back(
    cloud: Twilio, in_use: NewFlexAccount, account: Account
) -> None:
    change = plan_of(account, "phone-number")
    cloud.voice.numbers.clear()

    [planned] = plan_restore(account, {"phone-number": change.current}).changes

    assert (planned.action, "is gone" in planned.reason) == (Action.BLOCKED, True)


def test_nothing_is_made_twice(cloud: Twilio, in_use: NewFlexAccount, account: Account) -> None:
    """The answer of each request that writes is lost once, and setup is run again."""
    known = {"flex_workspace_sid": in_use.workspace.sid}
    for number in count():
        cloud.classic.addresses.clear()
        lead_elsewhere(cloud, in_use)
        was_broken_off = break_off(cloud, account, known, number)
        wire(account, known)
        assert not wire(account, known)
        assert len(cloud.classic.addresses) == 3
        if not was_broken_off:
            break
    assert number == WRITES


def break_off(twilio: Twilio, account: Account, known: Known, number: int) -> bool:
    """Lose an answer after `number` others; whether there were so many."""
    if number:
        twilio.faults.add(Fault(method="POST", times=number))
    twilio.faults.add(Fault(method="POST", drop="after", times=1))
    try:
        wire(account, known)
    except REQUEST_ERRORS:
        return True
    finally:
        twilio.faults.clear()
    return False


@pytest.mark.parametrize(
    ("fields", "cut"),
    [
        ({"trunk_sid": "TK1"}, f"calls to {AGENT_NUMBER} no longer go to trunk TK1"),
        (
            {"voice_application_sid": "AP1"},
            f"calls to {AGENT_NUMBER} no longer go to TwiML application AP1",
        ),
        (
            {"voice_url": "https://ivr.example.org"},
            f"calls to {AGENT_NUMBER} no longer go to https://ivr.example.org",
        ),
    ],
    ids=["trunk", "TwiML application", "other server"],
)
def test_what_goes_before_our_url_leaves(
    cloud: Twilio, in_use: NewFlexAccount, account: Account, fields: dict[str, str], cut: str
) -> None:
    [number] = cloud.voice.numbers.values()
    for name, value in fields.items():
        setattr(number, name, value)

    change = plan_of(account, "phone-number")
    apply_all(account, ("phone-number",))

    assert change.cuts[0] == cut
    assert number.answering_url == f"{AGENT_URL}/twiml"


def test_messages_that_went_to_a_webhook_are_cut(
    cloud: Twilio, in_use: NewFlexAccount, account: Account
) -> None:
    address = cloud.classic.get_address_or_raise(WHATSAPP_NUMBER)
    address.auto_creation = {"enabled": True, "type": "webhook", "webhook_url": f"{ELSEWHERE}/chat"}

    change = plan_of(account, "messaging-addresses")

    assert change.cuts[1] == f"messages to {WHATSAPP_NUMBER} no longer go to {ELSEWHERE}/chat"


def test_messages_to_another_server_are_left_alone(
    cloud: Twilio, in_use: NewFlexAccount, account: Account
) -> None:
    [number] = cloud.voice.numbers.values()
    number.sms_url = "https://crm.example.org/sms"

    plan_of(account, "phone-number")
    apply_all(account, ("phone-number",))

    assert number.sms_url == "https://crm.example.org/sms"


def test_number_of_another_account_is_refused(
    in_use: NewFlexAccount, new_account: NewAccount
) -> None:
    change = plan_of(new_account(TWILIO_PHONE_NUMBER="+15550100099"), "phone-number")

    assert change.action is Action.BLOCKED
    assert "the account has no number +15550100099" in change.reason
