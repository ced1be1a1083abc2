"""How findings look in a terminal, and as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from getting_started.doctor.check import Finding, Status
from getting_started.doctor.register import GROUPS
from getting_started.doctor.runner import Examined

SIGNS = {
    Status.OK: ("✓", "green"),
    Status.WARNING: ("!", "yellow"),
    Status.FAILED: ("✗", "red"),
    Status.SKIPPED: ("-", "dim"),
}
DIFF = {"- ": "red", "+ ": "green"}
WORDS = {Status.WARNING: "warning", Status.FAILED: "failed", Status.SKIPPED: "skipped"}


def findings_view(examined: Sequence[Examined]) -> RenderableType:
    """Every line under its heading, then how many there are of each kind."""
    parts: list[RenderableType] = []
    for group in GROUPS:
        lines = [_line(one) for one in examined if one.check in group.checks]
        if lines:
            parts += [Text(f"\n{group.title}", style="bold"), *lines]
    return Group(*parts, Text(""), _count(examined))


def to_json(examined: Sequence[Examined]) -> dict[str, Any]:
    """As `--json` prints it."""
    return {
        "ok": not has_failed(examined),
        "checks": [
            {
                "name": one.check.name,
                "title": one.check.title,
                "status": str(one.finding.status),
                "reason": one.finding.reason,
                "evidence": list(one.finding.evidence),
                "remedy": one.finding.remedy,
                "setup": one.check.setup,
            }
            for one in examined
        ],
    }


def hide(examined: Sequence[Examined], hidden: Callable[[str], str]) -> list[Examined]:
    """The same with every text as `hidden` gives it."""
    return [replace(one, finding=_hide(one.finding, hidden)) for one in examined]


def has_failed(examined: Sequence[Examined]) -> bool:
    return any(one.finding.status is Status.FAILED for one in examined)


def _hide(finding: Finding, hidden: Callable[[str], str]) -> Finding:
    return replace(
        finding,
        reason=hidden(finding.reason),
        evidence=tuple(map(hidden, finding.evidence)),
        remedy=hidden(finding.remedy),
    )


def _line(one: Examined) -> RenderableType:
    sign, style = SIGNS[one.finding.status]
    row = Table.grid(padding=(0, 1))
    row.add_column(width=1)
    row.add_column(overflow="fold")
    row.add_row(Text(sign, style), _head(one, style))
    for part in _below(one.finding, style):
        row.add_row("", part)
    return row


def _head(one: Examined, style: str) -> Text:
    if one.finding.status is Status.OK:
        return Text.assemble(one.check.title, (f"  {one.finding.reason}", "dim"))
    if one.finding.status is Status.SKIPPED:
        return Text(f"{one.check.title}  {one.finding.reason}", "dim")
    return Text.assemble((one.check.title, f"bold {style}"), (f"  {one.check.name}", "dim"))


def _below(finding: Finding, style: str) -> Iterator[RenderableType]:
    if finding.status not in (Status.WARNING, Status.FAILED):
        return
    yield Text(f"{finding.status}: {finding.reason}", style)
    for line in finding.evidence:
        yield Padding(_evidence(line), (0, 0, 0, 2), expand=False)
    if finding.remedy:
        yield Text.assemble(("-> ", style), finding.remedy)


def _evidence(line: str) -> RenderableType:
    """One line; of a diff, the value stays beside its sign."""
    sign, value = line[:2], line[2:]
    if sign not in DIFF:
        return Text(line, "dim")
    row = Table.grid(padding=(0, 1))
    row.add_column(width=1, style=DIFF[sign])
    row.add_column(overflow="fold", style=DIFF[sign])
    row.add_row(Text(sign[0]), Text(value))
    return row


def _count(examined: Sequence[Examined]) -> Text:
    numbers = Counter(one.finding.status for one in examined)
    text = f"{numbers[Status.OK]} ok"
    for status in (Status.WARNING, Status.FAILED, Status.SKIPPED):
        if number := numbers[status]:
            plural = "s" if status is Status.WARNING and number > 1 else ""
            text += f", {number} {WORDS[status]}{plural}"
    style = "red" if numbers[Status.FAILED] else "yellow" if numbers[Status.WARNING] else "green"
    return Text(text, style=f"bold {style}")
