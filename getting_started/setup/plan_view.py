"""How a plan looks in a terminal: + create, ~ change, = keep, ! blocked."""

from __future__ import annotations

import json
from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from getting_started.setup.plan import Plan
from getting_started.setup.resource import Action, Change, Difference

SIGNS = {
    Action.CREATE: ("+", "green"),
    Action.CHANGE: ("~", "yellow"),
    Action.KEEP: ("=", "dim"),
    Action.BLOCKED: ("!", "red"),
}


def to_view(plan: Plan) -> RenderableType:
    """Every change with its differences, and how many there are of each kind."""
    return Group(*(_change(change) for change in plan.changes), Text(""), _count(plan))


def _change(change: Change) -> RenderableType:
    sign, style = SIGNS[change.action]
    head = Text.assemble((f"{sign} {change.title}", style), (f"  {change.id}", "dim"))
    rows: list[Table] = [_differences(change)] if change.is_work and change.differences else []
    notes = [Text(f"cuts: {cut}", style="red") for cut in change.cuts]
    reason = [Text(change.reason, style=style)] if change.reason else []
    return Group(head, Padding(Group(*rows, *notes, *reason), (0, 0, 0, 4)))


def _differences(change: Change) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True, overflow="ellipsis", ratio=None)
    table.add_column(overflow="fold")
    for difference in change.differences:
        table.add_row(Text(difference.field), _step(change.action, difference))
    return table


def _step(action: Action, difference: Difference) -> Text:
    new = _value(difference.new)
    if action is Action.CREATE:
        return new
    return Text.assemble(_value(difference.old), (" -> ", "dim"), new)


def _value(value: Any) -> Text:
    if value is None:
        return Text("(none)", style="dim")
    return Text(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


def _count(plan: Plan) -> Text:
    if not plan.work and not plan.blocked:
        return Text("Nothing to do: the account is as the agent needs it.", style="green")
    numbers = {action: sum(one.action is action for one in plan.changes) for action in Action}
    words = [f"{number} to {action}" for action, number in numbers.items() if number]
    return Text("Plan: " + ", ".join(words).replace("to blocked", "blocked"), style="bold")
