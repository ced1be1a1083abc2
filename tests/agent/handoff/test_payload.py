"""The handoff payload: its schema, and attributes that always fit and stay what they were."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.errors import HandoffError
from agent.handoff.payload import (
    ATTRIBUTES_BUDGET,
    CUT_MARK,
    Escalation,
    HandoffAttributes,
    HandoffPayload,
    ReasonCode,
    build_attributes,
    check_attributes,
)

SCHEMA = Path(__file__).parents[3] / "tools" / "handoff.schema.json"
TEXT = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=2_000)
SHORT = st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"]), max_size=40)
HANDOFF_ID = "handoff_" + "0" * 20
LONG = "The customer said “it's broken”\nand wants 120 € back 😡. " * 40
LARGEST = Escalation(
    reason=LONG,
    reason_code=ReasonCode.CUSTOMER_REQUEST,
    summary=LONG,
    department='"' * 40,
    customer_choice="callback",
    callback_number="+155501000010000",
)


def build(escalation: Escalation, added: dict[str, Any]) -> HandoffAttributes:
    return build_attributes(escalation, added, handoff_id=HANDOFF_ID)


def to_payload(escalation: Escalation, added: dict[str, Any]) -> HandoffPayload:
    return HandoffPayload(
        conversation_id="conv_conversation_1",
        memory_store_id="mem_store_1",
        profile_id="",
        attributes=build(escalation, added),
    )


def test_published_schema_is_the_models() -> None:
    published = json.loads(SCHEMA.read_text("utf-8"))

    assert published == HandoffPayload.model_json_schema(by_alias=True)


def test_wire_form_has_exactly_these_names() -> None:
    payload = to_payload(Escalation(reason="wants a person"), {"priority": "high"})

    wire = json.loads(payload.to_json())

    assert list(wire) == ["conversationId", "storeId", "profileId", "attributes"]
    assert wire["attributes"]["reason"] == "wants a person"
    assert wire["attributes"]["priority"] == "high"


@given(reason=TEXT.filter(str.strip), summary=TEXT, department=SHORT, note=SHORT)
def test_any_text_fits_and_is_valid_json(
    reason: str, summary: str, department: str, note: str
) -> None:
    escalation = Escalation(reason=reason, summary=summary, department=department)

    attributes = json.loads(to_payload(escalation, {"note": note}).to_json())["attributes"]

    rendered = json.dumps(attributes, ensure_ascii=False)
    assert len(rendered.encode("utf-16-le")) // 2 <= ATTRIBUTES_BUDGET
    assert (attributes["department"], attributes["note"]) == (department, note)
    for name, whole in [("reason", reason), ("summary", summary)]:
        assert whole.startswith(attributes[name].removesuffix(CUT_MARK))


@given(added=st.dictionaries(SHORT.filter(str.strip), TEXT | st.integers(), max_size=5))
def test_what_is_accepted_at_start_always_stays_whole(added: dict[str, Any]) -> None:
    try:
        check_attributes(added)
    except HandoffError:
        return

    attributes = to_payload(LARGEST, {"language": "en-US", **added}).to_task_attributes()

    assert attributes == attributes | {"language": "en-US", **added}


@pytest.mark.parametrize(
    ("own_characters", "is_reason_whole"),
    [
        pytest.param(100, True, id="the summary is cut, with room for more"),
        pytest.param(250, True, id="the summary is cut to next to nothing"),
        pytest.param(400, False, id="the reason too"),
    ],
)
def test_summary_is_cut_first_then_the_reason(own_characters: int, is_reason_whole: bool) -> None:
    reason = "The parcel never came, and the customer wants to speak to a person about it. " * 2
    own = {"crm_url": "https://crm.example.org/" + "7" * (own_characters - 24)}

    attributes = build(Escalation(reason=reason, summary=LONG, department="billing"), own)

    assert attributes.summary.endswith(CUT_MARK)
    assert (attributes.reason == reason) is is_reason_whole
    assert len(attributes.reason) > 60
    assert attributes.model_extra == own
    assert attributes.department == "billing"


def test_cut_is_at_the_end_of_a_word() -> None:
    attributes = build(Escalation(reason="hello world " * 200), {})

    assert attributes.reason.removesuffix(CUT_MARK).split()[-1] in {"hello", "world"}


@pytest.mark.parametrize(
    ("added", "said"),
    [
        ({"conversationId": "x"}, "conversationId"),
        ({"storeId": "x", "profileId": "y"}, "profileId, storeId"),
        ({"type": "outbound"}, "type"),
        ({"handoffId": "mine"}, "handoffId"),
        ({"when": object()}, "JSON"),
        ({"ratio": float("nan")}, "JSON"),
        ({"list": ["x" * 100] * 10}, "too much room"),
    ],
)
def test_unusable_attributes_are_refused(added: dict[str, Any], said: str) -> None:
    with pytest.raises(HandoffError, match=said):
        build(Escalation(reason="r"), added)


def test_the_models_words_win_over_added_ones() -> None:
    attributes = build(Escalation(reason="the model's"), {"reason": "added"})

    assert attributes.reason == "the model's"
