"""An account whose number and senders lead elsewhere: what is cut, kept, and put back."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest

from agent.handoff.receipts import RECEIPTS
from getting_started.setup.account import Account, Json
from getting_started.setup.errors import SetupError
from getting_started.setup.plan import Plan, apply_plan, make_plan
from getting_started.setup.resource import Action, Change
from getting_started.setup.resources import RESOURCES
from getting_started.setup.resources.event_callback import EVENTS
from getting_started.twilio_emulator.faults import Fault
from getting_started.twilio_emulator.new_account import ELSEWHERE, open_account_in_use
from getting_started.twilio_emulator.seed import AGENT_NUMBER, WHATSAPP_NUMBER
from getting_started.twilio_emulator.twilio import Twilio

AGENT_URL = "https://agent.example.org"
WIRING = ("event-callback", "phone-number", "messaging-addresses", "chat-address")
NEEDED = ("memory-store", "intelligence", "conversation-configuration", "taskrouter")
FLOW = "FW" + "1" * 32


@pytest.fixture
def in_use(cloud: Twilio) -> Twilio:
    return use(cloud)


@pytest.fixture
def account(environment: dict[str, str], tmp_path: Path) -> Iterator[Account]:
    account = open_run(environment, tmp_path)
    yield account
    account.close()


def use(twilio: Twilio) -> Twilio:
    httpx.post(f"{twilio.base_url}/_emulator/reset", trust_env=False).raise_for_status()
    open_account_in_use(twilio)
    return twilio


def open_run(environment: dict[str, str], folder: Path) -> Account:
    """One run of setup."""
    more = {"TWILIO_WHATSAPP_NUMBER": WHATSAPP_NUMBER, "TWILIO_STUDIO_HANDOFF_FLOW_SID": FLOW}
    return Account({**environment, **more}, patience=5, pause=0, folder=folder / ".agent")


def apply_all(account: Account, only: tuple[str, ...] = ()) -> Plan:
    return apply_plan(account, make_plan(account, only), lambda _change: None)


def plan_of(account: Account, name: str) -> Change:
    """The plan of one resource, what it needs being there."""
    apply_all(account, NEEDED)
    [change] = make_plan(account, [name]).changes
    return change


def test_events_are_those_that_move_a_handoff() -> None:
    assert set(EVENTS) == set(RECEIPTS)


def test_plan_says_what_will_be_cut(in_use: Twilio, account: Account) -> None:
    [flow_sid] = in_use.studio.flows.flows
    apply_all(account, NEEDED)

    plan = make_plan(account, WIRING)

    assert [cut for change in plan.changes for cut in change.cuts] == [
        f"{ELSEWHERE}/taskrouter is no longer told of tasks",
        f"calls to {AGENT_NUMBER} no longer go to Studio flow {flow_sid}",
        f"calls to {AGENT_NUMBER} no longer fall back to {ELSEWHERE}/voice-fallback",
        f"messages to {AGENT_NUMBER} no longer go to Studio flow {flow_sid}",
        f"messages to {AGENT_NUMBER} no longer go to Studio flow {flow_sid}",
        f"messages to {WHATSAPP_NUMBER} no longer go to Studio flow {flow_sid}",
    ]


def test_everything_leads_to_the_agent_afterwards(in_use: Twilio, account: Account) -> None:
    apply_all(account, (*NEEDED, *WIRING))

    [workspace] = in_use.taskrouter.workspaces.values()
    [number] = in_use.voice.numbers.values()
    service_sid = in_use.classic.default_service().sid
    ways = {one.address: one.auto_creation for one in in_use.classic.addresses.values()}
    assert workspace.event_callback_url == f"{AGENT_URL}/taskrouter/events"
    assert set(workspace.events_filter.split(",")) == set(EVENTS)
    assert (number.voice_url, number.sms_url) == (f"{AGENT_URL}/twiml", "")
    assert number.voice_fallback_url == in_use.url(
        "webhooks", f"/v1/Accounts/{in_use.account.sid}/Flows/{FLOW}?Trigger=incomingCall"
    )
    assert set(ways) == {AGENT_NUMBER, WHATSAPP_NUMBER, "ai-assistant"}
    assert {(one["type"], one["conversation_service_sid"]) for one in ways.values()} == {
        ("default", service_sid)
    }


def test_second_run_has_nothing_to_do(in_use: Twilio, account: Account) -> None:
    apply_all(account, (*NEEDED, *WIRING))

    assert not make_plan(account, (*NEEDED, *WIRING)).work


def test_what_was_there_can_be_put_back(in_use: Twilio, account: Account) -> None:
    before = state_of(in_use)
    apply_all(account, NEEDED)
    changes = [one for one in make_plan(account, WIRING).changes if one.current]
    apply_all(account, WIRING)

    for change in changes:
        resource = next(one for one in RESOURCES if one.name == change.resource)
        resource.apply(account, resource.restore(account, change.current))

    after = state_of(in_use)
    assert {address: after[address] for address in before} == before


def state_of(twilio: Twilio) -> Json:
    """What the wiring resources change."""
    [workspace] = twilio.taskrouter.workspaces.values()
    [number] = twilio.voice.numbers.values()
    addresses = {one.address: _without_none(one.auto_creation) for one in _addresses(twilio)}
    return {
        "workspace": (workspace.event_callback_url, workspace.events_filter),
        "number": dict(number.__dict__),
        **addresses,
    }


def _addresses(twilio: Twilio) -> list[Any]:
    return list(twilio.classic.addresses.values())


def _without_none(fields: Json) -> Json:
    return {name: value for name, value in fields.items() if value is not None}


def test_nothing_is_made_twice(
    emulator: Twilio, environment: dict[str, str], tmp_path: Path
) -> None:
    """Broken off at each of the requests that write, and run again."""
    for number in count():
        twilio = use(emulator)
        account = open_run(environment, tmp_path / str(number))
        was_broken_off = break_off(twilio, account, number)
        apply_all(account, (*NEEDED, *WIRING))
        assert not make_plan(account, (*NEEDED, *WIRING)).work
        account.close()
        assert len(twilio.classic.addresses) == 3
        if not was_broken_off:
            break
    assert number > 4


def break_off(twilio: Twilio, account: Account, number: int) -> bool:
    """Apply up to the answer of a request, which is lost; whether there were so many."""
    apply_all(account, NEEDED)
    if number:
        twilio.faults.add(Fault(method="POST", times=number))
    twilio.faults.add(Fault(method="POST", drop="after", times=1))
    try:
        apply_all(account, WIRING)
    except SetupError:
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
    in_use: Twilio, account: Account, fields: dict[str, str], cut: str
) -> None:
    [number] = in_use.voice.numbers.values()
    for name, value in fields.items():
        setattr(number, name, value)

    change = plan_of(account, "phone-number")
    apply_all(account, ("phone-number",))

    assert change.cuts[0] == cut
    assert number.answering_url == f"{AGENT_URL}/twiml"


def test_messages_to_another_server_are_left_alone(in_use: Twilio, account: Account) -> None:
    [number] = in_use.voice.numbers.values()
    number.sms_url = "https://crm.example.org/sms"

    plan_of(account, "phone-number")
    apply_all(account, ("phone-number",))

    assert number.sms_url == "https://crm.example.org/sms"


def test_number_of_another_account_is_refused(
    in_use: Twilio, environment: dict[str, str], tmp_path: Path
) -> None:
    account = open_run(environment | {"TWILIO_PHONE_NUMBER": "+15550100099"}, tmp_path)

    change = plan_of(account, "phone-number")
    account.close()

    assert change.action is Action.BLOCKED
    assert "the account has no number +15550100099" in change.reason
