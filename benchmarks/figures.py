"""What was measured, as it is written to JSON: times in milliseconds, over the model's own time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Percentiles:
    p50: float
    p95: float
    p99: float


@dataclass(frozen=True)
class Harness:
    """Whether the measuring itself was in the way: shares of one core that driver and model used,
    p99 of the lateness of the driver's own timer, and the model's latest first token."""

    driver_cpu: float
    model_cpu: float
    driver_late_ms: float
    model_late_ms: float


@dataclass(frozen=True)
class VoiceFigures:
    """One load of calls. `cpu` is the share of one core that the contender used; what a turn costs
    includes its share of connecting the calls."""

    calls: int
    turns: int
    lost: int
    first_ms: Percentiles
    whole_ms: Percentiles
    cpu: float
    cpu_ms_per_turn: float
    kilobytes_per_call: float
    harness: Harness


@dataclass(frozen=True)
class WritingFigures:
    """Messages after the first one of each conversation, unless it says first."""

    messages: int
    lost: int
    answered_ms: Percentiles
    cpu_ms_per_message: float
    twilio_calls_first: float
    twilio_calls_later: float


@dataclass(frozen=True)
class LengthFigures:
    """Early turns of long calls and the last ones."""

    early_cpu_ms_per_turn: float
    early_characters_to_model: float
    late_cpu_ms_per_turn: float
    late_characters_to_model: float
    lost: int


@dataclass(frozen=True)
class ShortFigures:
    """Calls that end as soon as they stand: what connecting costs, and how much more memory is in
    use after all of them than it was after the first ones."""

    calls: int
    cpu_ms_per_call: float
    megabytes_grown: float
    lost: int


@dataclass(frozen=True)
class Figures:
    """All of one contender."""

    name: str
    ready_seconds: float
    voice: list[VoiceFigures]
    writing: WritingFigures | None
    length: LengthFigures
    short_calls: ShortFigures


def percentiles(seconds: Sequence[float], *, over: float = 0.0) -> Percentiles:
    """In milliseconds above `over` seconds; not a number where there is nothing."""
    ordered = sorted(seconds)

    def at(share: float) -> float:
        if not ordered:
            return float("nan")
        return (ordered[min(int(len(ordered) * share), len(ordered) - 1)] - over) * 1000

    return Percentiles(at(0.50), at(0.95), at(0.99))
