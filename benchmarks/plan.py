"""How much is measured: the whole, what fits into a minute, and the least."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.customers.callers import VoiceLoad
from benchmarks.customers.writers import WritingLoad


@dataclass(frozen=True)
class ShortCalls:
    """Calls that end as soon as they stand, `at_once` at a time: the first `before` of `calls` are
    not counted."""

    before: int
    calls: int
    at_once: int = 20


@dataclass(frozen=True)
class LongCalls:
    """A conversation of `turns`, of which the `sample` that follow the first `before` are held
    against the last."""

    calls: int
    turns: int
    before: int
    sample: int


@dataclass(frozen=True)
class Plan:
    """What one contender is put through, one after the other. `starts` come before the one that
    is measured further; the first of them is not counted."""

    starts: int
    voice: tuple[VoiceLoad, ...]
    writing: WritingLoad
    short: ShortCalls
    long: LongCalls


FULL = Plan(
    starts=3,
    voice=(
        VoiceLoad(calls=1, turns=8, door_seconds=0),
        VoiceLoad(calls=50, turns=10, door_seconds=2),
        VoiceLoad(calls=200, turns=3, door_seconds=8, every=5.0),
        VoiceLoad(calls=500, turns=2, door_seconds=20, every=10.0),
    ),
    writing=WritingLoad(conversations=20, messages=5),
    short=ShortCalls(before=1000, calls=10_000),
    long=LongCalls(calls=10, turns=100, before=15, sample=10),
)
QUICK = Plan(
    starts=1,
    voice=(
        VoiceLoad(calls=1, turns=2, door_seconds=0),
        VoiceLoad(calls=50, turns=4, door_seconds=2),
    ),
    writing=WritingLoad(conversations=10, messages=2),
    short=ShortCalls(before=50, calls=150),
    long=LongCalls(calls=5, turns=30, before=5, sample=5),
)
TINY = Plan(
    starts=0,
    voice=(VoiceLoad(calls=1, turns=1, door_seconds=0, greeting_seconds=0),),
    writing=WritingLoad(conversations=1, messages=1, pause=0),
    short=ShortCalls(before=1, calls=2),
    long=LongCalls(calls=1, turns=3, before=1, sample=1),
)
