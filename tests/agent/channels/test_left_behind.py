"""Whether a message that a process left was answered, as the conversation shows it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from agent.channels.left_behind import is_answered

PAUSE = timedelta(seconds=0.7)
LEFT = {"left", "left too"}
AT = "2026-11-02T10:15:10Z"


def written(name: str, second: float) -> dict[str, Any]:
    """A communication; the agent's are named so."""
    return {"id": name, "createdAt": f"2026-11-02T10:15:{second:09.6f}Z"}


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        pytest.param([], False, id="nothing since"),
        pytest.param([written("agent", 12)], True, id="the agent since"),
        pytest.param([written("agent", 9)], False, id="the agent before"),
        pytest.param([written("agent", 10.3)], False, id="to what came before"),
        pytest.param([written("agent", 9), written("agent 2", 12)], True, id="before and since"),
        pytest.param([written("human", 12)], False, id="somebody else"),
        pytest.param([written("left too", 11), written("agent", 12)], True, id="to a burst"),
        pytest.param([written("next", 11), written("agent", 12)], False, id="to another's message"),
        pytest.param([written("agent", 12), written("next", 13)], True, id="and another message"),
        pytest.param([{"id": "agent", "createdAt": None}], False, id="nobody knows when"),
    ],
)
async def test_answer_is_told_from_other_words(
    others: list[dict[str, Any]], expected: bool
) -> None:
    message = {"id": "left", "createdAt": AT}
    ours = {one["id"] for one in others if one["id"].startswith("agent")}

    for listed in ([message, *others], [*reversed(others), message]):
        assert is_answered(message, listed, ours, LEFT, PAUSE) is expected


async def test_message_without_a_time_counts_as_unanswered() -> None:
    assert not is_answered({"id": "left"}, [written("agent", 12)], {"agent"}, LEFT, PAUSE)
