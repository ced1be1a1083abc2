"""However number, senders and events are wired: once applied there is nothing to do, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from getting_started.setup.account import Account
from getting_started.setup.resource import Known
from getting_started.setup.resources.event_callback import EVENTS
from getting_started.twilio_emulator.new_account import open_account
from getting_started.twilio_emulator.seed import AGENT_NUMBER, WHATSAPP_NUMBER
from getting_started.twilio_emulator.twilio import Twilio
from tests.getting_started.setup.conftest import AGENT_URL, environment_of
from tests.getting_started.setup.console import empty
from tests.getting_started.setup.wiring import put_back, wire

KINDS = {AGENT_NUMBER: "sms", WHATSAPP_NUMBER: "whatsapp", "ai-assistant": "chat"}
FLOW = "FW" + "7" * 32

url = st.sampled_from(["", f"{AGENT_URL}/twiml", "https://ivr.example.org/"])
hook = st.just(f"https://webhooks.twilio.com/v1/Accounts/AC{'0' * 32}/Flows/{FLOW}")
numbers = st.fixed_dictionaries(
    {
        "voice_url": url | hook,
        "voice_method": st.sampled_from(["GET", "POST"]),
        "voice_fallback_url": url,
        "voice_application_sid": st.sampled_from(["", "AP" + "1" * 32]),
        "trunk_sid": st.sampled_from(["", "TK" + "1" * 32]),
        "sms_url": url | hook,
    }
)
creations = st.fixed_dictionaries(
    {
        "enabled": st.booleans(),
        "type": st.sampled_from(["default", "studio", "webhook"]),
        "conversation_service_sid": st.sampled_from(["Flex's", "IS" + "9" * 32]),
        "studio_flow_sid": st.just(FLOW),
        "webhook_url": st.just("https://crm.example.org/chat"),
    }
)
workspaces = st.fixed_dictionaries(
    {
        "event_callback_url": st.sampled_from(["", f"{AGENT_URL}/taskrouter/events", "https://x"]),
        "events_filter": st.lists(st.sampled_from([*EVENTS, "worker.deleted"])).map(",".join),
    }
)


@settings(max_examples=15, deadline=None)
@given(
    number=numbers,
    senders=st.dictionaries(st.sampled_from(sorted(KINDS)), creations),
    workspace=workspaces,
)
def test_applied_once_leaves_nothing_to_do_and_can_be_put_back(
    emulator: Twilio,
    number: dict[str, str],
    senders: dict[str, dict[str, Any]],
    workspace: dict[str, str],
) -> None:
    known = wire_at_random(empty(emulator), number, senders, workspace)
    account = Account({**environment_of(emulator), "TWILIO_WHATSAPP_NUMBER": WHATSAPP_NUMBER})
    before = state_of(emulator)

    changes = wire(account, known)
    again = wire(account, known)
    put_back(account, changes)
    account.close()

    after = state_of(emulator)
    assert again == []
    assert {name: after[name] for name in before} == before


def wire_at_random(
    twilio: Twilio,
    number: Mapping[str, str],
    senders: Mapping[str, dict[str, Any]],
    workspace: Mapping[str, str],
) -> Known:
    opened = open_account(twilio)
    vars(twilio.voice.numbers[opened.number_sid]).update(number)
    vars(opened.workspace).update(workspace)
    for address, creation in senders.items():
        if creation["conversation_service_sid"] == "Flex's":
            creation = {**creation, "conversation_service_sid": opened.service_sid}
        twilio.classic.add_address(type_=KINDS[address], address=address, auto_creation=creation)
    return {"flex_workspace_sid": opened.workspace.sid}


def state_of(twilio: Twilio) -> dict[str, Any]:
    [number] = twilio.voice.numbers.values()
    [workspace] = twilio.taskrouter.workspaces.values()
    return {
        "number": dict(vars(number)),
        "events": (workspace.event_callback_url, workspace.events_filter),
        **{one.address: dict(one.auto_creation) for one in twilio.classic.addresses.values()},
    }
