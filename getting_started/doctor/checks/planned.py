"""Checks that ask setup: what it would leave as it is, is well."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from getting_started.doctor.check import Finding, Look, failed, ok
from getting_started.doctor.examination import Examination
from getting_started.setup.resource import Action, Change, Difference

Tell = Callable[..., Finding]
"""`failed` or `warning`: how bad it is."""
MOST_LINES = 15


def exists(name: str, tell: Tell = failed) -> Look:
    """The resource is there, setup could work on it, and the settings name it."""

    def look(examination: Examination) -> Finding:
        change = examination.plan(name)
        if change.action is Action.BLOCKED:
            return tell(change.reason or f"{change.title} is blocked", remedy="")
        if change.action is Action.CREATE:
            return tell(f"there is no {change.title}", remedy=apply_command(name))
        if others := [*_other_settings(examination, change)]:
            reason = f"the settings do not name {change.title}, which is there"
            return tell(reason, *others, remedy=apply_command(name))
        return ok(f"{change.title} {change.id}")

    return look


def stays(name: str, fields: str, why: str, *, well: str, tell: Tell = failed) -> Look:
    """Setup would change none of the `fields` (a pattern); else that is `why`.

    `well` says what is so: `{url}` in it is the public address.
    """

    def look(examination: Examination) -> Finding:
        change = examination.plan(name)
        found = [one for one in change.differences if re.fullmatch(fields, one.field)]
        if found:
            lines = [line for one in found for line in _to_diff(one)]
            return tell(why, *_shorten(lines), remedy=_remedy(change))
        return ok(well.format(url=examination.settings.public_url))

    return look


def apply_command(name: str) -> str:
    return f"uv run agent setup --only {name} --apply"


def _remedy(change: Change) -> str:
    command = apply_command(change.resource)
    return f"{command}  ({change.reason})" if change.reason else command


def _other_settings(examination: Examination, change: Change) -> Iterator[str]:
    for name, value in change.environment.items():
        given = examination.environment.get(name, value)
        if given != value:
            yield f"{name} is {given}, found {value}"


def _to_diff(difference: Difference) -> Iterator[str]:
    yield f"{difference.field}:"
    if difference.old not in (None, ""):
        yield f"- {_show(difference.old)}"
    if difference.new not in (None, ""):
        yield f"+ {_show(difference.new)}"


def _shorten(lines: list[str]) -> list[str]:
    more = len(lines) - MOST_LINES
    return [*lines[:MOST_LINES], f"and {more} more lines"] if more > 0 else lines


def _show(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
