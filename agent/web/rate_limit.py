"""How often one client may ask."""

from __future__ import annotations

import math
from collections import OrderedDict, deque
from collections.abc import Callable

PERIOD_SECONDS = 60.0
CLIENTS_REMEMBERED = 10_000


class RateLimit:
    """At most `most` in any minute for each client; of very many clients the newest count."""

    def __init__(self, most: int, clock: Callable[[], float]) -> None:
        self._most = most
        self._clock = clock
        self._taken: OrderedDict[str, deque[float]] = OrderedDict()

    def take(self, client: str) -> int:
        """0, and it counts; or in how many seconds the client may ask again."""
        now = self._clock()
        taken = self._taken.setdefault(client, deque())
        self._taken.move_to_end(client)
        if len(self._taken) > CLIENTS_REMEMBERED:
            self._taken.popitem(last=False)
        while taken and taken[0] <= now - PERIOD_SECONDS:
            taken.popleft()
        if len(taken) >= self._most:
            return math.ceil(taken[0] + PERIOD_SECONDS - now)
        taken.append(now)
        return 0
