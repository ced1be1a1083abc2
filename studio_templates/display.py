"""How flows are shown in a terminal."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

import typer
from rich.console import Console

from studio_templates.compare import Difference
from studio_templates.errors import FlowError
from studio_templates.formatting import hide_passwords

console = Console(highlight=False, soft_wrap=True)
COLORS = {"+": "green", "-": "red", "@": "cyan"}


def print_json(content: object) -> None:
    typer.echo(json.dumps(content, indent=2, ensure_ascii=False))


def show_errors(errors: Sequence[FlowError], *, otherwise: str) -> None:
    for error in errors:
        console.print(str(error), style="red", markup=False)
    if not errors:
        console.print(otherwise, style="green", markup=False)


def show_notes(errors: Iterable[FlowError]) -> None:
    """What a person is to look at, beside the result."""
    for error in errors:
        typer.secho(str(error), fg="yellow", err=True)


def show_differences(differences: Iterable[Difference]) -> None:
    """By widget and field, `-` what the template has and `+` what the flow has."""
    for widget, fields in groupby(differences, lambda one: one.widget):
        console.print(widget or "the flow itself", style="bold", markup=False)
        for one in fields:
            if one.field:
                console.print(f"  {one.field}", markup=False)
            _show_side("-", one.template, is_whole=not one.field)
            _show_side("+", one.flow, is_whole=not one.field)


def to_json(difference: Difference) -> dict[str, Any]:
    return {
        "widget": difference.widget,
        "field": difference.field,
        "template": _hide(difference.template),
        "flow": _hide(difference.flow),
    }


def show_unified(text: str) -> None:
    for line in hide_passwords(text).splitlines():
        console.print(line, style=COLORS.get(line[:1], ""), markup=False)


def _show_side(sign: str, value: Any, *, is_whole: bool) -> None:
    if value is None:
        return
    text = f"the whole widget, a {value['type']}" if is_whole else _to_line(value)
    text = text.replace("\n", "\n    ")
    console.print(f"  {sign} {text}", style=COLORS[sign], markup=False)


def _to_line(value: Any) -> str:
    return hide_passwords(value if isinstance(value, str) else json.dumps(value))


def _hide(value: Any) -> Any:
    """`value` without the passwords in any of its texts."""
    return json.loads(hide_passwords(json.dumps(value)))
