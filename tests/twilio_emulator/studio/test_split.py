"""The conditions of split-based-on."""

from __future__ import annotations

import pytest

from getting_started.twilio_emulator.studio.widgets.split_based_on import TESTS
from studio_templates.widget_types import CONDITION_TYPES
from tests.twilio_emulator.studio.conftest import Run, path_of
from tests.twilio_emulator.studio.flows import flow, set_variables, split

CASES = [
    ("equal_to", "yes", "yes", True),
    ("equal_to", "Yes", "yes", False),
    ("not_equal_to", "no", "yes", True),
    ("matches_any_of", "b", "a, b,c", True),
    ("matches_any_of", "d", "a,b,c", False),
    ("does_not_match_any_of", "d", "a,b,c", True),
    ("contains", '{"conversationId":""}', '"conversationId"', True),
    ("contains", "", '"conversationId"', False),
    ("does_not_contain", "abc", "d", True),
    ("starts_with", "whatsapp:+1", "whatsapp:", True),
    ("does_not_start_with", "+1", "whatsapp:", True),
    ("is_blank", " ", "", True),
    ("is_not_blank", " ", "", False),
    ("regex", "ORDER 12", "order \\d+", True),
    ("regex", "my order 12", "order \\d+", False),
    ("less_than", "2", "10", True),
    ("less_than", "two", "10", False),
    ("greater_than", "10.5", "10", True),
    ("is_before_date", "2026-01-01", "2026-02-01", True),
    ("is_after_date", "2026-01-01", "2026-02-01", False),
    ("is_after_date", "soon", "2026-02-01", False),
    ("is_before_time", "09:00", "17:00", True),
    ("is_after_time", "2026-01-01T18:00:00", "17:00", True),
    ("is_after_time", "late", "17:00", False),
]


@pytest.mark.parametrize(("kind", "text", "value", "holds"), CASES)
async def test_condition_decides_the_branch(
    run: Run, kind: str, text: str, value: str, holds: bool
) -> None:
    branch = split("choose", "{{flow.data.text}}", (kind, value, "taken"))

    execution = await run(flow(branch, set_variables("taken")), text=text)

    assert ("taken" in path_of(execution)) is holds


def test_every_condition_type_is_emulated_and_tested() -> None:
    assert set(TESTS) == set(CONDITION_TYPES) == {case[0] for case in CASES}


async def test_first_branch_that_holds_is_taken(run: Run) -> None:
    branch = split("choose", "abc", ("contains", "x", "one"), ("contains", "b", "two"))

    execution = await run(flow(branch, set_variables("one"), set_variables("two")))

    assert path_of(execution) == ["Trigger", "choose", "two", "next"]


async def test_conditions_of_one_branch_all_have_to_hold(run: Run) -> None:
    branch = split("choose", "abc", ("contains", "a", "taken"))
    branch["transitions"][0]["conditions"].append(
        {"type": "contains", "arguments": ["abc"], "value": "x"}
    )

    execution = await run(flow(branch, set_variables("taken")))

    assert path_of(execution)[-1] == "noMatch"
