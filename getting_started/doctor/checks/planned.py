"""Checks that ask setup: what it would leave as it is, is well."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from itertools import takewhile
from typing import Any

from getting_started.doctor.check import Check, Finding, Look, failed, ok
from getting_started.doctor.examination import Examination
from getting_started.setup.resource import Action, Change, Difference

Tell = Callable[..., Finding]
"""`failed` or `warning`: how bad it is."""
ANY = ".*"
MOST_LINES = 15
KEPT = 40
"""So much is shown of what two values begin with alike."""


def exists(name: str, tell: Tell = failed) -> Look:
    """The resource is there, setup could work on it, and the settings name it."""

    def look(examination: Examination) -> Finding:
        change = examination.plan(name)
        if change.action is Action.BLOCKED:
            return tell(change.reason or f"{change.title} is blocked", remedy="")
        if change.action is Action.CREATE:
            gone = [f"{name} names {given}" for name, given, _ in _stale(examination, change)]
            return tell(f"there is no {change.title}", *gone, remedy=apply_command(name))
        if stale := _stale(examination, change):
            reason = f"the settings do not name {change.title}, which is there"
            others = [f"{name} is {given}, found {found}" for name, given, found in stale]
            return tell(reason, *others, remedy=f"{apply_command(name)} --overwrite")
        return ok(f"{change.title} {change.id}")

    return look


def stays(name: str, fields: str, why: str, *, well: str, tell: Tell = failed) -> Look:
    """Setup would change none of the `fields` (a pattern); else that is `why`.

    `well` says what is so: `{url}` in it is the public address, `{current}` what Twilio has.
    """

    def look(examination: Examination) -> Finding:
        change = examination.plan(name)
        found = [one for one in change.differences if re.fullmatch(fields, one.field)]
        if found:
            cuts = [f"after setup {cut}" for cut in change.cuts if fields == ANY]
            lines = [*cuts, *(line for one in found for line in _to_diff(one))]
            return tell(why, *_shorten(lines), remedy=_remedy(change))
        url = examination.settings.public_url
        return ok(well.format(url=url, current=change.current))

    return look


def kept(
    name: str,
    title: str,
    resource: str,
    fields: str,
    why: str,
    well: str,
    *,
    needs: tuple[str, ...],
    tell: Tell = failed,
) -> Check:
    """The check that setup would change none of the `fields` of the resource."""
    look = stays(resource, fields, why, well=well, tell=tell)
    return Check(name, title, look, needs, setup=resource)


def apply_command(name: str) -> str:
    return f"uv run agent setup --only {name} --apply"


def _remedy(change: Change) -> str:
    command = apply_command(change.resource)
    return f"{command}  ({change.reason})" if change.reason else command


def _stale(examination: Examination, change: Change) -> list[tuple[str, str, str]]:
    """Variables that the settings give another value than setup finds: both values."""
    given = examination.environment
    return [
        (name, given[name], found)
        for name, found in change.environment.items()
        if name in given and given[name] != found
    ]


def _to_diff(difference: Difference) -> Iterator[str]:
    """The field, and from where they part: `- what it is`, `+ what it is to be`."""
    old, new = _show(difference.old), _show(difference.new)
    alike = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(old, new, strict=False)))
    start = max(0, alike - KEPT)
    cut = "…" if start else ""
    yield f"{difference.field}:"
    if old:
        yield f"- {cut}{old[start:]}"
    if new:
        yield f"+ {cut}{new[start:]}"


def _shorten(lines: list[str]) -> list[str]:
    more = len(lines) - MOST_LINES
    return [*lines[:MOST_LINES], f"and {more} more lines"] if more > 0 else lines


def _show(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
