"""Definitions as text: the one form that the templates have, so that a change reads as one."""

from __future__ import annotations

import difflib
import hashlib
import json
import re
from typing import Any

WIDTH = 100
INDENT = "  "
PASSWORD = re.compile(r"(?<=://)([^/\s:@{}\"']*):([^/\s@{}\"']+)(?=@)")
"""In an address, with the name before it."""


def to_text(definition: Any) -> str:
    """`definition` as JSON: what holds only plain values stands on one line where it fits."""
    return _write(definition, "", 0) + "\n"


def unified_diff(before: str, after: str, *, names: tuple[str, str]) -> str:
    """What changes between two texts, as `diff -u` shows it; empty when nothing does."""
    lines = (before.splitlines(keepends=True), after.splitlines(keepends=True))
    return "".join(difflib.unified_diff(*lines, *names))


def hide_passwords(text: str) -> str:
    """`text` with a short digest for each password in an address: another one looks otherwise."""

    def hide(found: re.Match[str]) -> str:
        digest = hashlib.sha256(found[2].encode()).hexdigest()
        return f"{found[1]}:***{digest[:4]}"

    return PASSWORD.sub(hide, text)


def _write(part: Any, indent: str, column: int) -> str:
    line = json.dumps(part, ensure_ascii=False)
    if not isinstance(part, dict | list) or _stays_on_line(part, column + len(line)):
        return line
    deeper = indent + INDENT
    if isinstance(part, list):
        entries, (opening, closing) = [("", value) for value in part], "[]"
    else:
        entries = [(f"{json.dumps(key, ensure_ascii=False)}: ", part[key]) for key in part]
        opening, closing = "{}"
    lines = [deeper + head + _write(value, deeper, len(deeper + head)) for head, value in entries]
    return f"{opening}\n" + ",\n".join(lines) + f"\n{indent}{closing}"


def _stays_on_line(part: dict[str, Any] | list[Any], end: int) -> bool:
    values = part.values() if isinstance(part, dict) else part
    if any(isinstance(value, dict | list) for value in values):
        return False
    return end <= WIDTH or len(part) < (2 if isinstance(part, list) else 1)
