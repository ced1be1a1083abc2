"""The file `.env`: settings are put into it, everything else in it stays as it is."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile

from dotenv import dotenv_values
from dotenv.parser import parse_stream

_LINE = re.compile(
    r"""(?P<head>\s*(?:export[^\S\r\n]+)?(?:'[^']+'|[^=\#\s]+)[^\S\r\n]*)
        (?:=[^\S\r\n]*(?:'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|[^\r\n]*?))?
        (?P<tail>(?:[^\S\r\n]+\#[^\r\n]*)?[^\S\r\n]*(?:\r\n|\n|\r|$))""",
    re.VERBOSE | re.DOTALL,
)
"""One assignment as python-dotenv reads it, and the comment behind it."""
_PLAIN = re.compile(r"[\w+:./@{}-]+", re.ASCII)


@dataclass(frozen=True)
class EnvChange:
    """A variable that is to have another value in the file (`old` is None: it has none)."""

    name: str
    old: str | None
    new: str

    @property
    def is_overwriting(self) -> bool:
        return self.old is not None


def plan_env(path: Path, values: Mapping[str, str]) -> list[EnvChange]:
    """What putting `values` into the file would change; an empty value there counts as none."""
    present = dotenv_values(path, interpolate=False) if path.exists() else {}
    return [
        EnvChange(name, present.get(name) or None, value)
        for name, value in values.items()
        if present.get(name) != value
    ]


def write_env(path: Path, values: Mapping[str, str]) -> None:
    """Put `values` into the file, which only its owner can then read; it is made if need be.

    The file is replaced as a whole, so that an interruption leaves the old one.
    """
    target = path.resolve()
    text = target.read_text(encoding="utf-8") if target.exists() else ""
    with NamedTemporaryFile("w", dir=target.parent, delete=False, encoding="utf-8") as file:
        try:
            file.write(merge(text, values))
            file.close()
            os.replace(file.name, target)
        except BaseException:
            os.unlink(file.name)
            raise


def merge(text: str, values: Mapping[str, str]) -> str:
    """`text` with `values`: each in its place, or at the end; comments and order are kept."""
    lines, missing = [], dict(values)
    for binding in parse_stream(io.StringIO(text)):
        line = binding.original.string
        if binding.key and binding.key in values:
            missing.pop(binding.key, None)
            line = _assign(line, values[binding.key])
        lines.append(line)
    merged = "".join(lines)
    if missing and merged and not merged.endswith("\n"):
        merged += "\n"
    return merged + "".join(f"{name}={_quote(value)}\n" for name, value in missing.items())


def _assign(line: str, value: str) -> str:
    found = _LINE.fullmatch(line)
    assert found, line  # noqa: S101 - python-dotenv has read it as an assignment
    return f"{found['head']}={_quote(value)}{found['tail']}"


def _quote(value: str) -> str:
    if _PLAIN.fullmatch(value):
        return value
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
