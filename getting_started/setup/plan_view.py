"""How a plan looks in a terminal: + create, ~ change, = keep, ! blocked."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from getting_started.setup.checklist import Item
from getting_started.setup.credentials import is_secret
from getting_started.setup.env_file import EnvChange
from getting_started.setup.plan import Plan
from getting_started.setup.resource import PENDING, Action, Change, Difference
from studio_templates.formatting import hide_passwords

SIGNS = {
    Action.CREATE: ("+", "green"),
    Action.CHANGE: ("~", "yellow"),
    Action.KEEP: ("=", "dim"),
    Action.BLOCKED: ("!", "red"),
}
WORDS = {
    Action.CREATE: "to create",
    Action.CHANGE: "to change",
    Action.KEEP: "to keep",
    Action.BLOCKED: "blocked",
}
PAST = {Action.CREATE: "created", Action.CHANGE: "changed"}
HIDDEN = "(secret)"


def plan_view(plan: Plan, file: str, settings: Sequence[EnvChange]) -> RenderableType:
    """Every change with its differences, what changes in the settings, and how much there is."""
    parts = [_change(change) for change in plan.changes]
    if settings:
        parts.append(_settings(file, settings))
    return Group(*parts, Text(""), _count(plan, settings))


def done_view(plan: Plan) -> RenderableType:
    """What was done, in one line."""
    words = [f"{number} {PAST[action]}" for action, number in _numbers(plan) if action in PAST]
    done = f"\nDone: {', '.join(words) or 'settings written'}."
    if any(change.action is Action.CHANGE for change in plan.changes):
        done += " How it was before is in .agent/backups/: agent setup --restore."
    return Text(done, style="green")


def checklist_view(items: Sequence[Item]) -> RenderableType:
    """The steps that a person is to do, each with the way to it."""
    head = "For you to do in Twilio Console, as it has no API (then agent setup --confirm NAME):"
    parts: list[RenderableType] = [Text(head)]
    for item in items:
        parts.append(Text(f"[ ] {item.name}: {item.what}", style="bold"))
        parts.append(_below(Text.assemble(item.where, (f"  ({item.why})", "dim"))))
    return Group(*parts)


def _change(change: Change) -> RenderableType:
    sign, style = SIGNS[change.action]
    below: list[Text] = []
    if change.id and change.id != PENDING:
        below.append(Text(change.id, style="dim"))
    if change.is_work:
        below.extend(_difference(change.action, one) for one in change.differences)
    below.extend(Text(f"cuts: {hide_passwords(cut)}", style="red") for cut in change.cuts)
    if change.reason:
        below.append(Text(change.reason, style=style))
    return Group(Text(f"{sign} {change.title}", style), *map(_below, below))


def _difference(action: Action, difference: Difference) -> Text:
    new = _value(difference.new)
    field = (f"{difference.field} = ", "dim")
    if action is Action.CREATE:
        return Text.assemble(field, new)
    return Text.assemble(field, _value(difference.old), (" -> ", "dim"), new)


def _settings(file: str, changes: Sequence[EnvChange]) -> RenderableType:
    return Group(Text(f"~ settings in {file}", "yellow"), *map(_below, map(_setting, changes)))


def _setting(change: EnvChange) -> Text:
    old, new = ((HIDDEN if is_secret(change.name) else value) for value in (change.old, change.new))
    line = Text.assemble((f"{change.name} = ", "dim"))
    if change.is_overwriting:
        line.append_text(Text.assemble(old or "", (" -> ", "dim")))
    return line.append_text(Text(new or ""))


def _below(part: RenderableType) -> Padding:
    return Padding(part, (0, 0, 0, 4), expand=False)


def _value(value: Any) -> Text:
    if value in (None, ""):
        return Text("(none)", style="dim")
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return Text(hide_passwords(text))


def _count(plan: Plan, settings: Sequence[EnvChange]) -> Text:
    if not (plan.work or plan.blocked or settings):
        return Text("Nothing to do: the account is as the agent needs it.", style="green")
    words = [f"{number} {WORDS[action]}" for action, number in _numbers(plan)]
    return Text("Plan: " + ", ".join(words), style="bold")


def _numbers(plan: Plan) -> list[tuple[Action, int]]:
    numbers = Counter(change.action for change in plan.changes)
    return [(action, numbers[action]) for action in Action if numbers[action]]
