"""How long a way to a human is tried again."""

from __future__ import annotations

import pytest

from agent.errors import TwilioApiError
from agent.handoff.attempts import Tried, retry_in

PATIENCE = 15.0


def failed(status: int | None, retry_after: float = 0) -> TwilioApiError:
    return TwilioApiError("failed", status=status, retry_after=retry_after)


@pytest.mark.parametrize(
    ("error", "tried", "retry_seconds", "wait"),
    [
        pytest.param(failed(400), Tried(), PATIENCE, 0.0, id="refused for good"),
        pytest.param(failed(503), Tried(), PATIENCE, 0.2, id="first"),
        pytest.param(failed(None), Tried(1, 0.3), PATIENCE, 0.4, id="no answer"),
        pytest.param(failed(429), Tried(2, 1.0), 0.0, 0.8, id="a few attempts in any case"),
        pytest.param(failed(503), Tried(2, 60.0), 0.0, 0.8, id="however long they hang"),
        pytest.param(failed(503), Tried(3, 1.4), 0.0, 0.0, id="no more without patience"),
        pytest.param(failed(503), Tried(5, 6.2), PATIENCE, 6.4, id="a blip is outlived"),
        pytest.param(failed(503), Tried(6, 12.6), PATIENCE, 0.0, id="patience is over"),
        pytest.param(failed(503, 8), Tried(), 0.0, 8.0, id="as long as is said"),
        pytest.param(failed(429, 8), Tried(3, 20.0), 0.0, 8.0, id="and again"),
        pytest.param(failed(503, 8), Tried(3, 24.0), 0.0, 0.0, id="but not for ever"),
        pytest.param(failed(503, 300), Tried(), PATIENCE, 0.0, id="longer than customers wait"),
        pytest.param(failed(503, 0), Tried(), PATIENCE, 0.2, id="at once: not quite"),
    ],
)
def test_next_attempt(
    error: TwilioApiError, tried: Tried, retry_seconds: float, wait: float
) -> None:
    assert retry_in(error, tried, retry_seconds) == pytest.approx(wait)


def test_default_patience_outlives_ten_seconds() -> None:
    tried = Tried()
    while wait := retry_in(failed(503), tried, PATIENCE):
        tried = Tried(tried.attempts + 1, tried.seconds + wait)

    assert 10 < tried.seconds <= PATIENCE
