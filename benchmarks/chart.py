"""The chart of the README, as SVG: how late the first word is, and what it costs."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from textwrap import wrap
from xml.sax.saxutils import escape

from benchmarks.figures import Figures
from benchmarks.report import describe_stand_ins

WIDTH, LEFT, BAR, GAP = 860, 190, 16, 12
FOOT_CHARACTERS = 160
COLOURS = ("#0b7a75", "#b8642e", "#8a8d94")
FONT = "font-family='sans-serif' font-size='12'"


@dataclass(frozen=True)
class Group:
    """Bars side by side, one a contender: what is compared, and its values."""

    title: str
    values: list[float]


@dataclass(frozen=True)
class Panel:
    """Groups on one axis, logarithmic where the values are far apart."""

    title: str
    groups: list[Group]
    is_logarithmic: bool = False

    @property
    def height(self) -> int:
        return 34 + sum(len(group.values) * BAR + GAP for group in self.groups)

    def length(self, value: float) -> float:
        """Of a bar, in pixels."""
        largest = max(value for group in self.groups for value in group.values)
        room = WIDTH - LEFT - 90
        if self.is_logarithmic:
            return room * math.log10(max(value, 1)) / max(math.log10(max(largest, 1)), 1e-9)
        return room * value / max(largest, 1e-9)


def draw(machine: str, figures: list[Figures]) -> str:
    """The SVG document."""
    panels = [
        Panel(
            "First word on a call: ms after the model's first token, p99 (logarithmic)",
            [
                Group(f"{load.calls} at once", _of(figures, place, lambda one: one.first_ms.p99))
                for place, load in enumerate(figures[0].voice)
            ],
            is_logarithmic=True,
        ),
        Panel("CPU, ms", _cost(figures)),
    ]
    body = [*_legend(figures)]
    top = 40
    for panel in panels:
        body += _draw_panel(panel, top)
        top += panel.height
    for line in wrap(f"{machine}. {describe_stand_ins()}", FOOT_CHARACTERS):
        top += 14
        body.append(f"<text x='16' y='{top}' font-size='10' fill='#555'>{escape(line)}</text>")
    size = f"width='{WIDTH}' height='{top + 14}'"
    background = "<rect width='100%' height='100%' fill='white'/>"
    inside = "\n".join([background, *body])
    return f"<svg xmlns='http://www.w3.org/2000/svg' {size} {FONT}>\n{inside}\n</svg>\n"


def _of(figures: list[Figures], place: int, read: Callable[..., float]) -> list[float]:
    return [read(one.voice[place]) for one in figures]


def _cost(figures: list[Figures]) -> list[Group]:
    place = min(1, len(figures[0].voice) - 1)
    writers = [one.writing for one in figures if one.writing]
    return [
        Group("a voice turn", _of(figures, place, lambda one: one.cpu_ms_per_turn)),
        Group("a message", [one.cpu_ms_per_message for one in writers]),
    ]


def _legend(figures: list[Figures]) -> Iterator[str]:
    for number, one in enumerate(figures):
        x = 16 + number * 160
        yield f"<rect x='{x}' y='12' width='12' height='12' fill='{COLOURS[number]}'/>"
        yield f"<text x='{x + 18}' y='22'>{escape(one.name)}</text>"


def _draw_panel(panel: Panel, top: int) -> Iterator[str]:
    yield f"<text x='16' y='{top + 18}' font-weight='bold'>{escape(panel.title)}</text>"
    y = top + 30
    for group in panel.groups:
        middle = y + len(group.values) * BAR / 2 + 4
        yield f"<text x='{LEFT - 10}' y='{middle}' text-anchor='end'>{escape(group.title)}</text>"
        for number, value in enumerate(group.values):
            yield from _draw_bar(panel, value, y, COLOURS[number])
            y += BAR
        y += GAP


def _draw_bar(panel: Panel, value: float, y: int, colour: str) -> Iterator[str]:
    if math.isnan(value):
        yield f"<text x='{LEFT + 4}' y='{y + 12}'>no reply</text>"
        return
    length = max(panel.length(value), 1)
    yield f"<rect x='{LEFT}' y='{y}' width='{length:.0f}' height='{BAR - 2}' fill='{colour}'/>"
    label = f"{value:,.0f}" if value >= 10 else f"{value:.1f}"
    yield f"<text x='{LEFT + length + 5:.0f}' y='{y + 12}'>{label}</text>"
