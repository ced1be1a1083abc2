"""What the model decided: words, or one tool to call."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Speech:
    text: str

    @property
    def tokens(self) -> list[str]:
        """The words with the space before them: what a stream sends one by one."""
        return re.findall(r"\s*\S+", self.text)


@dataclass(frozen=True)
class ToolCall:
    name: str
    arguments: dict[str, Any]

    @property
    def json(self) -> str:
        return json.dumps(self.arguments, ensure_ascii=False)

    @property
    def tokens(self) -> list[str]:
        return re.findall(r"\s*\S+", self.json)


Reply = Speech | ToolCall
