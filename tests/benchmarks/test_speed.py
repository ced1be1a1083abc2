"""The benchmark runs, and tells what it found. How fast things were is not tested."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

from benchmarks.chart import draw
from benchmarks.figures import (
    Figures,
    Harness,
    LengthFigures,
    Percentiles,
    ShortFigures,
    VoiceFigures,
    WritingFigures,
)
from tests.commands import ROOT, run


async def test_smallest_run_loses_nobody(tmp_path: Path) -> None:
    file = tmp_path / "speed.json"

    shown = await run(
        tmp_path, ROOT / "benchmarks" / "speed.py", "--tiny", "--only", "agent", "--json", file
    )

    assert shown.code == 0, shown.err
    assert "1 call: first word" in shown.out
    (figures,) = json.loads(file.read_text())["contenders"]
    assert [load["turns"] for load in figures["voice"]] == [1]
    lost = [load["lost"] for load in (*figures["voice"], figures["writing"], figures["length"])]
    assert [*lost, figures["short_calls"]["lost"]] == [0, 0, 0, 0]


def test_chart_names_all_and_is_xml() -> None:
    names = ["this agent", "TAC, whole <reply>"]

    document = draw("a machine & more", [figures_of(name) for name in names])
    drawn = ElementTree.fromstring(document)  # noqa: S314 - our own

    texts = [element.text for element in drawn.iter() if element.text and element.text.strip()]
    assert [text for text in texts if text in names] == names
    assert "42" in texts


def figures_of(name: str) -> Figures:
    late = Percentiles(1.0, 2.0, 42.0)
    voice = VoiceFigures(
        calls=50,
        turns=100,
        lost=0,
        first_ms=late,
        whole_ms=late,
        cpu=0.5,
        cpu_ms_per_turn=9.0,
        kilobytes_per_call=50.0,
        harness=Harness(0.1, 0.1, 1.0, 1.0),
    )
    writing = WritingFigures(
        messages=10,
        lost=0,
        answered_ms=late,
        cpu_ms_per_message=9.0,
        twilio_calls_first=2.0,
        twilio_calls_later=1.0,
    )
    length = LengthFigures(1.0, 2.0, 3.0, 4.0, lost=0)
    return Figures(name, 1.5, [voice], writing, length, ShortFigures(10, 5.0, 0.0, lost=0))
