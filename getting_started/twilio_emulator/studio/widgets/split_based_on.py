"""https://www.twilio.com/docs/studio/widget-library/split-based"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, time

from getting_started.twilio_emulator.studio.widgets.base import Outcome, Runner, Visit
from studio_templates.definition import Condition


class SplitBasedOn(Runner):
    """Takes the first branch all of whose conditions hold."""

    async def enter(self, visit: Visit) -> Outcome:
        for transition in visit.widget.transitions:
            conditions = transition.conditions or []
            if conditions and all(_holds(visit, condition) for condition in conditions):
                return transition
        return "noMatch"


def _holds(visit: Visit, condition: Condition) -> bool:
    tests = condition.arguments or [visit.widget.properties["input"]]
    value = visit.render(condition.value)
    return any(TESTS[condition.type](visit.render(test), value) for test in tests)


def _options(value: str) -> list[str]:
    return [option.strip() for option in value.split(",")]


def _compare(text: str, value: str) -> int:
    """-1, 0 or 1; 0 also where one of the two is no number."""
    try:
        difference = float(text) - float(value)
    except ValueError:
        return 0
    return (difference > 0) - (difference < 0)


def _compare_dates(text: str, value: str) -> int:
    try:
        first, second = (date.fromisoformat(one.strip()) for one in (text, value))
    except ValueError:
        return 0
    return (first > second) - (first < second)


def _compare_times(text: str, value: str) -> int:
    try:
        first, second = _to_time(text), _to_time(value)
    except ValueError:
        return 0
    return (first > second) - (first < second)


def _to_time(text: str) -> time:
    try:
        return time.fromisoformat(text.strip())
    except ValueError:
        return datetime.fromisoformat(text.strip()).time()


TESTS: dict[str, Callable[[str, str], bool]] = {
    "equal_to": lambda text, value: text == value,
    "not_equal_to": lambda text, value: text != value,
    "matches_any_of": lambda text, value: text in _options(value),
    "does_not_match_any_of": lambda text, value: text not in _options(value),
    "contains": lambda text, value: value in text,
    "does_not_contain": lambda text, value: value not in text,
    "starts_with": lambda text, value: text.startswith(value),
    "does_not_start_with": lambda text, value: not text.startswith(value),
    "is_blank": lambda text, _value: not text.strip(),
    "is_not_blank": lambda text, _value: bool(text.strip()),
    "regex": lambda text, value: bool(re.fullmatch(value, text, re.IGNORECASE)),
    "less_than": lambda text, value: _compare(text, value) < 0,
    "greater_than": lambda text, value: _compare(text, value) > 0,
    "is_before_date": lambda text, value: _compare_dates(text, value) < 0,
    "is_after_date": lambda text, value: _compare_dates(text, value) > 0,
    "is_before_time": lambda text, value: _compare_times(text, value) < 0,
    "is_after_time": lambda text, value: _compare_times(text, value) > 0,
}
