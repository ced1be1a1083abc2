"""How often one client may ask, on a clock of the test's own."""

from __future__ import annotations

from agent.web.rate_limit import CLIENTS_REMEMBERED, RateLimit


class HandClock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_client_may_ask_again_a_minute_after_the_first_time() -> None:
    clock = HandClock()
    limit = RateLimit(2, clock)
    waits = []
    for moment in (0, 20, 30, 59.5, 60, 61, 80):
        clock.now = moment
        waits.append(limit.take("ana"))

    assert waits == [0, 0, 30, 1, 0, 19, 0]


def test_clients_are_counted_apart() -> None:
    limit = RateLimit(1, HandClock())

    assert [limit.take(client) for client in ("ana", "bo", "ana")] == [0, 0, 60]


def test_clients_remembered_are_bounded() -> None:
    limit = RateLimit(1, HandClock())
    limit.take("ana")
    for number in range(CLIENTS_REMEMBERED):
        limit.take(str(number))

    assert limit.take("ana") == 0
