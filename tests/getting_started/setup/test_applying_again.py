"""Whatever an account has: once applied, there is nothing to do."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from getting_started.setup.account import Account
from getting_started.setup.plan import make_plan
from getting_started.setup.resources.intelligence import TRIGGERS
from getting_started.twilio_emulator.new_account import open_account
from getting_started.twilio_emulator.twilio import Twilio
from tests.getting_started.setup.applying import apply_all
from tests.getting_started.setup.conftest import AGENT_URL, environment_of
from tests.getting_started.setup.console import add_configuration, add_intelligence, empty

minutes = st.integers(1, 90)
time_outs = st.none() | st.fixed_dictionaries({"closed": minutes}, optional={"inactive": minutes})
rule = st.fixed_dictionaries({"from": st.just("*"), "to": st.sampled_from(["+15550100002", "ai"])})
channel = st.fixed_dictionaries(
    {"statusTimeouts": time_outs}, optional={"captureRules": st.lists(rule, max_size=2)}
)
urls = [f"{AGENT_URL}/webhook", "https://old.example.org/webhook", "https://crm.example.org/"]
callback = st.builds(lambda url: {"url": url, "method": "POST"}, st.sampled_from(urls))
configurations = st.fixed_dictionaries(
    {
        "displayName": st.sampled_from(["virtual-agent", "acme-support"]),
        "channelSettings": st.dictionaries(st.sampled_from(["VOICE", "SMS", "CHAT"]), channel),
        "statusCallbacks": st.lists(callback, max_size=3),
        "memoryExtractionEnabled": st.booleans(),
    }
)
names = st.sampled_from(["virtual-agent-summary", "theirs"])
triggers = st.lists(st.sampled_from(TRIGGERS), max_size=3)


@settings(max_examples=10, deadline=None)
@given(
    configuration=st.none() | configurations,
    summaries=st.none() | st.tuples(names, triggers),
    is_linked=st.booleans(),
)
def test_applied_once_leaves_nothing_to_do(
    emulator: Twilio,
    tmp_path_factory: pytest.TempPathFactory,
    configuration: dict[str, Any] | None,
    summaries: tuple[str, list[str]] | None,
    is_linked: bool,
) -> None:
    open_account(empty(emulator))
    intelligence = add_intelligence(emulator, summaries[0], *summaries[1]) if summaries else None
    if configuration is not None:
        links = [intelligence] if intelligence and is_linked else []
        add_configuration(emulator, **configuration, intelligenceConfigurationIds=links)
    folder = tmp_path_factory.mktemp("run")
    account = Account(environment_of(emulator), patience=5, pause=0, folder=folder)

    apply_all(account)
    plan = make_plan(account)
    account.close()

    assert not plan.work
    assert not plan.blocked
