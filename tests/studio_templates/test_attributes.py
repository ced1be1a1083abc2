"""The task attributes that the flow renders: valid JSON, nothing changed, within the budget."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio_templates.definition import FlowDefinition
from studio_templates.liquid import render_text
from studio_templates.render import EXAMPLE, render

FLOW = render(EXAMPLE)
IDS = {
    "conversationId": "conv_conversation_01hx0000000000000000000000",
    "storeId": "mem_store_01hx0000000000000000000000",
    "profileId": "mem_profile_01hx0000000000000000000000",
}
CALLER = "+15550100001"
RESERVED = {*IDS, "type", "name"}
LIMIT, PAYLOAD = 1_024, 700

keys = st.text(min_size=1).filter(lambda key: key not in RESERVED)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
attributes = st.builds(
    lambda extras, reason: {**extras, "reason": reason},
    st.dictionaries(keys, values, max_size=4),
    st.text(),
)


def to_text(payload: dict[str, Any], *, ascii_only: bool = False) -> str:
    return json.dumps(payload, ensure_ascii=ascii_only, separators=(",", ":"))


def set_by(flow: FlowDefinition, name: str, context: dict[str, Any]) -> dict[str, str]:
    """What a set-variables widget makes of the context."""
    widget = flow.find(name)
    assert widget is not None
    pairs = widget.properties["variables"]
    return {pair["key"]: render_text(pair["value"], context) for pair in pairs}


def rendered(name: str, context: dict[str, Any], variables: dict[str, str]) -> str:
    widget = FLOW.find(name)
    assert widget is not None
    context = {**context, "flow": {**context.get("flow", {}), "variables": variables}}
    text = widget.properties.get("attributes") or widget.properties["task_attributes"]
    return render_text(text, context)


def on_voice(payload_text: str, widget: str = "send_call_to_flex") -> str:
    context = {"trigger": {"call": {"From": CALLER, "HandoffData": payload_text}}}
    return rendered(widget, context, set_by(FLOW, "read_voice_handoff", context))


def on_pending(payload: dict[str, Any]) -> str:
    body = to_text({"pending": True, "HandoffData": payload})
    context = {
        "trigger": {"call": {"From": CALLER}},
        "widgets": {"get_pending_handoff": {"body": body}},
    }
    return rendered("send_call_to_flex", context, set_by(FLOW, "read_pending_handoff", context))


def on_second_session(payload: dict[str, Any]) -> str:
    context = {
        "trigger": {"call": {"From": CALLER}},
        "widgets": {"offer_agent_again": {"HandoffData": to_text(payload)}},
    }
    return rendered("send_call_to_flex", context, set_by(FLOW, "read_second_handoff", context))


def on_messaging(payload: dict[str, Any]) -> str:
    context = {"flow": {"data": {"HandoffData": payload}}}
    variables = set_by(FLOW, "read_conversation", context)
    return rendered("send_conversation_to_flex", context, variables)


AWKWARD = [
    'she said "no" \\ and left\n\ttwice',
    "🙂 ünïcödé \u2028 \x00",
    '}"end }}"end {{x}} {% y %} ',
    '"attributes":{ "attributes": {',
    '{"conversationId":"other"}',
]


@settings(deadline=None)  # a shared machine may be slow
@given(attributes, st.booleans())
def test_call_attributes_are_the_payload_flattened(
    given_attributes: dict[str, Any], ascii_only: bool
) -> None:
    text = to_text({**IDS, "attributes": given_attributes}, ascii_only=ascii_only)

    expected = {"type": "inbound", "name": CALLER, **IDS, **given_attributes}
    assert json.loads(on_voice(text)) == expected


@pytest.mark.parametrize("way", [on_pending, on_second_session])
@settings(deadline=None)  # a shared machine may be slow
@given(given_attributes=attributes)
def test_attributes_are_the_same_by_every_way(way: Any, given_attributes: dict[str, Any]) -> None:
    payload = {**IDS, "attributes": given_attributes}

    assert json.loads(way(payload)) == json.loads(on_voice(to_text(payload)))


@settings(deadline=None)  # a shared machine may be slow
@given(attributes)
def test_conversation_attributes_are_the_payload_flattened(
    given_attributes: dict[str, Any],
) -> None:
    payload = {**IDS, "attributes": given_attributes}

    assert json.loads(on_messaging(payload)) == {**IDS, **given_attributes}


@pytest.mark.parametrize("reason", AWKWARD)
def test_awkward_reason_survives_on_both_channels(reason: str) -> None:
    payload = {**IDS, "attributes": {"reason": reason, "attributes": {"attributes": reason}}}

    for text in (on_voice(to_text(payload)), on_pending(payload), on_messaging(payload)):
        assert json.loads(text)["reason"] == reason


def test_data_with_spaces_after_colons_is_read_too() -> None:
    payload = {**IDS, "attributes": {"reason": "refund"}}

    assert json.loads(on_voice(json.dumps(payload)))["reason"] == "refund"


@settings(deadline=None)  # a shared machine may be slow
@given(attributes)
def test_second_try_does_not_depend_on_the_details(given_attributes: dict[str, Any]) -> None:
    text = on_voice(to_text({**IDS, "attributes": given_attributes}), "queue_call")

    assert IDS.items() <= json.loads(text).items()
    assert len(text) <= LIMIT


@settings(deadline=None)  # a shared machine may be slow
@given(attributes.filter(lambda made: len(to_text(made)) <= PAYLOAD))
def test_payload_within_its_budget_fits_the_task(given_attributes: dict[str, Any]) -> None:
    payload = {**IDS, "attributes": given_attributes}

    assert len(on_voice(to_text(payload))) <= LIMIT
    assert len(on_messaging(payload)) <= LIMIT


def test_payload_of_the_full_budget_fits_the_task() -> None:
    full = {"reason": "x" * (PAYLOAD - len(to_text({"reason": ""})))}

    assert len(to_text(full)) == PAYLOAD
    assert len(on_voice(to_text({**IDS, "attributes": full}))) <= LIMIT
