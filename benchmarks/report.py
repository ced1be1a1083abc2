"""The figures as tables of ratios and as JSON."""

from __future__ import annotations

import math
import os
import platform
from collections.abc import Callable, Iterator
from dataclasses import asdict, astuple
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil
from rich.console import Console
from rich.table import Table

from benchmarks.figures import Figures, Percentiles, VoiceFigures, WritingFigures
from benchmarks.stand_ins.model import Pace
from benchmarks.stand_ins.twilio import DELAY_SECONDS

Value = float | Percentiles | None
Row = tuple[str, Callable[[Figures], Value]]


def describe_machine() -> str:
    """Processor, cores, memory, Python, TAC, and how busy it is."""
    busy = os.getloadavg()[0]
    memory = round(psutil.virtual_memory().total / 2**30)
    return (
        f"{_processor()}, {psutil.cpu_count()} cores, {memory} GB, Python "
        f"{platform.python_version()}, TAC {version('twilio-agent-connect')}, load {busy:.1f}"
    )


def describe_stand_ins() -> str:
    pace = Pace()
    return (
        f"Model: first token after {pace.first_seconds * 1000:.0f} ms, then every "
        f"{pace.token_seconds * 1000:.0f} ms, {pace.tokens} tokens; "
        f"Twilio's APIs: {DELAY_SECONDS * 1000:.0f} ms. This agent does not wait for more messages "
        "(AGENT_BURST_SECONDS=0), nor keep ended calls (AGENT_REOPEN_SECONDS=0): TAC does neither."
    )


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.machine()
    names = (line.partition(": ")[2] for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


def to_json(machine: str, figures: list[Figures]) -> dict[str, Any]:
    return {
        "machine": machine,
        "stand_ins": describe_stand_ins(),
        "contenders": [asdict(one) for one in figures],
    }


def print_tables(console: Console, machine: str, figures: list[Figures]) -> None:
    """One row a figure, one column a contender; beside the others how many times the first's."""
    table = Table(box=None, pad_edge=False)
    table.add_column("ms above the model's own: p50 p95 p99")
    for place, one in enumerate(figures):
        table.add_column(one.name, justify="right")
        if place:
            table.add_column("times", justify="right")
    for name, read in _rows(figures[0]):
        table.add_row(name, *_cells([read(one) for one in figures]))
    console.print(machine, describe_stand_ins(), sep="\n")
    console.print(table)
    for one in figures:
        for load in one.voice:
            console.print(_harness(one.name, load))


def _rows(first: Figures) -> Iterator[Row]:
    yield "ready after, s", lambda one: one.ready_seconds
    for place, load in enumerate(first.voice):
        yield from _voice_rows(load.calls, place)
    yield "message: answered", _of_writing(lambda load: load.answered_ms)
    yield "message: CPU, ms", _of_writing(lambda load: load.cpu_ms_per_message)
    yield "message: Twilio calls, first", _of_writing(lambda load: load.twilio_calls_first)
    yield "message: Twilio calls, later", _of_writing(lambda load: load.twilio_calls_later)
    yield "messages lost", _of_writing(lambda load: load.lost)
    yield "long call: CPU a turn, early, ms", lambda one: one.length.early_cpu_ms_per_turn
    yield "long call: CPU a turn, late, ms", lambda one: one.length.late_cpu_ms_per_turn
    yield "long call: characters to model, early", lambda one: one.length.early_characters_to_model
    yield "long call: characters to model, late", lambda one: one.length.late_characters_to_model
    yield "connecting a call: CPU, ms", lambda one: one.short_calls.cpu_ms_per_call
    calls = f"{first.short_calls.calls:,} finished calls"
    yield f"{calls}: memory grown, MB", lambda one: one.short_calls.megabytes_grown
    yield f"{calls}: lost", lambda one: one.short_calls.lost


def _of_writing(read: Callable[[WritingFigures], Value]) -> Callable[[Figures], Value]:
    return lambda one: read(one.writing) if one.writing else None


def _voice_rows(calls: int, place: int) -> Iterator[Row]:
    title = f"{calls} call{'s' if calls > 1 else ''}"
    yield f"{title}: first word", lambda one: one.voice[place].first_ms
    yield f"{title}: whole reply", lambda one: one.voice[place].whole_ms
    yield f"{title}: CPU a turn, ms", lambda one: one.voice[place].cpu_ms_per_turn
    yield f"{title}: memory of one, kB", lambda one: one.voice[place].kilobytes_per_call
    yield f"{title}: lost", lambda one: one.voice[place].lost


def _cells(values: list[Value]) -> Iterator[str]:
    ours = values[0]
    for place, value in enumerate(values):
        yield " ".join(_number(each) for each in _parts(value))
        if place:
            pairs = zip(_parts(value), _parts(ours), strict=False)
            yield " ".join(_number(other / own) if own else "" for other, own in pairs)


def _parts(value: Value) -> list[float]:
    if value is None:
        return []
    return list(astuple(value)) if isinstance(value, Percentiles) else [value]


def _number(value: float) -> str:
    if math.isnan(value):
        return ""
    return f"{value:,.0f}" if abs(value) >= 20 or value == int(value) else f"{value:.1f}"


def _harness(name: str, load: VoiceFigures) -> str:
    one = load.harness
    return (
        f"[dim]{name}, {load.calls} calls: {load.turns} turns, {load.cpu:.0%} of a core; driver "
        f"{one.driver_cpu:.0%}, late p99 {one.driver_late_ms:.1f} ms; model {one.model_cpu:.0%}, "
        f"late at most {one.model_late_ms:.1f} ms[/]"
    )
