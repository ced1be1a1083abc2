"""How a way to a human is gone: once, with a look before any second attempt."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import NamedTuple

from agent.errors import TwilioApiError
from agent.handoff.reasons import FailureReason, reason_of_error
from agent.handoff.record import HandoffRecord
from agent.handoff.ways import WayTaken

ATTEMPTS = 4
"""At least so many, while another one can help."""
FIRST_DELAY_SECONDS = 0.2
LONGEST_RETRY_SECONDS = 30.0
"""So long at most a way is waited for that says when to ask again."""


class Outcome(NamedTuple):
    """Which way has worked and what it made (a SID); or why none has, and the particulars. All
    empty: nothing is known of any.

    `retry_in` seconds the same way is to be tried again, if at all; `was_lost` says whether
    something may have been made on it, unheard of.
    """

    way: str = ""
    made: str = ""
    failure: str = ""
    detail: str = ""
    retry_in: float = 0.0
    was_lost: bool = False


class Tried(NamedTuple):
    """Earlier attempts on a way: how many, over how many seconds, and what `Outcome.was_lost`."""

    attempts: int = 0
    seconds: float = 0.0
    was_lost: bool = False


async def take(
    way: WayTaken,
    record: HandoffRecord,
    tried: Tried,
    *,
    may_have_begun: bool,
    may_send: bool,
    retry_seconds: float,
) -> Outcome:
    """Go one way, once. Before an attempt that could be the second one, the first is looked for.

    `may_have_begun`: an earlier process, or the flow, may have gone it already. `may_send`:
    nobody has the handoff, and it is not called off. `retry_seconds`: how long to try again.
    """
    try:
        if (may_have_begun or tried.attempts) and (found := await way.find(record)):
            return Outcome(way.way.value, found)
        if not may_send:
            failure = FailureReason.INTERNAL.value
            return Outcome(failure=failure, detail=f"the handoff is {record.state}")
        return Outcome(way.way.value, await way.send(record))
    except TwilioApiError as error:
        was_lost = tried.was_lost or may_have_begun or error.is_lost
        if wait := retry_in(error, tried, retry_seconds):
            return Outcome(detail=str(error), retry_in=wait, was_lost=was_lost)
        return await _explain(way, record, error, was_lost=was_lost)


def retry_in(error: TwilioApiError, tried: Tried, retry_seconds: float) -> float:
    """The seconds until the next attempt, after those `tried` and one that ended in `error`; 0
    when there is to be none."""
    if not error.may_pass:
        return 0.0
    wait: float = FIRST_DELAY_SECONDS * 2**tried.attempts
    if error.retry_after > wait:
        wait, retry_seconds = error.retry_after, max(retry_seconds, LONGEST_RETRY_SECONDS)
    elif tried.attempts + 1 < ATTEMPTS:
        return wait
    return wait if tried.seconds + wait <= retry_seconds else 0.0


async def look(ways: Sequence[WayTaken], earlier: Sequence[HandoffRecord]) -> Outcome:
    """What came of earlier handoffs of which nobody knew, on whatever way."""
    try:
        for record, way in itertools.product(earlier, ways):
            if found := await way.find(record):
                return Outcome(way.way.value, found)
    except TwilioApiError as error:
        return Outcome(failure=FailureReason.OUTCOME_UNKNOWN.value, detail=str(error))
    return Outcome()


async def _explain(
    way: WayTaken, record: HandoffRecord, error: TwilioApiError, *, was_lost: bool
) -> Outcome:
    """After the last attempt: it may have worked after all."""
    detail = str(error)
    is_unknown = was_lost and not way.can_find
    try:
        if found := await way.find(record):
            return Outcome(way.way.value, found)
    except TwilioApiError as failed:
        is_unknown = was_lost or error.may_pass
        detail = f"{error}; {failed}"
    failure = FailureReason.OUTCOME_UNKNOWN if is_unknown else reason_of_error(way.way, error)
    return Outcome(failure=failure.value, detail=detail)
