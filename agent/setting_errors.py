"""What is told of settings that are missing or malformed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError
from pydantic.fields import FieldInfo

_SECRETS = ("TOKEN", "SECRET", "API_KEY")
"""How the variables end whose values are not shown."""
_PASSWORD = re.compile(r"(://[^\s:/@]*:)[^\s@]+(?=@)")


def explain(error: ValidationError, fields: Mapping[str, FieldInfo]) -> str:
    """Every problem with its variable, what that is, and where to find it."""
    lines = ["These settings are missing or malformed (environment or .env):"]
    by_variable = {field.alias: field for field in fields.values()}
    for problem in error.errors(include_url=False):
        name = str(problem["loc"][0])
        lines += _describe(by_variable.get(name) or fields[name], problem)
    return "\n".join(lines)


def _describe(field: FieldInfo, problem: Any) -> list[str]:
    variable = str(field.alias)
    extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
    where = extra.get("where")
    return [
        f"  {variable}: {_what_is_wrong(variable, problem)}",
        f"      is: {field.description}",
        *([f"      find it: {where}"] if where else []),
    ]


def _what_is_wrong(variable: str, problem: Any) -> str:
    if problem["type"] == "missing":
        return "is not set"
    reason = str(problem["msg"]).removeprefix("Value error, ")
    if variable.endswith(_SECRETS) or not problem["input"]:
        return reason
    shown = _PASSWORD.sub(r"\1***", repr(problem["input"]))
    return f"{shown} is malformed: {reason}"
