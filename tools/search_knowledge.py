"""Answers from a folder of markdown pages, found by SQLite's full-text search."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from agent.conversation import Conversation
from agent.errors import SettingsError
from agent.settings import variable_of
from agent.tool import Tool
from tools.context import ToolContext

RESULTS = 2
NOTHING = "Nothing was found. Say that you do not know."
_STOP_WORDS = re.compile(
    r"a|about|an|and|any|are|as|at|be|but|by|can|could|did|do|does|for|from|had|has|have|how|i|if|"
    r"in|into|is|it|may|me|my|not|of|on|or|our|per|please|s|so|t|that|the|them|they|this|to|us|"
    r"was|we|were|what|when|where|who|why|will|with|would|you|your"
)


class SearchKnowledge(BaseModel):
    """Search what the shop has written down: shipping, returns, refunds, opening hours, sizes,
    warranty, payment."""

    model_config = ConfigDict(extra="forbid")

    query: str = Field(min_length=2, max_length=500, description="The customer's question.")


def create_tool(context: ToolContext) -> Tool:
    knowledge = Knowledge(context.knowledge_folder)

    async def run(_conversation: Conversation, arguments: SearchKnowledge) -> str:
        return "\n\n".join(knowledge.search(arguments.query)) or NOTHING

    return Tool("search_knowledge", SearchKnowledge, run)


class Knowledge:
    """The sections (`##`) of every `.md` page of a folder, indexed in memory.

    Raises SettingsError when there is no such folder.
    """

    def __init__(self, folder: Path) -> None:
        self._index = sqlite3.connect(":memory:", check_same_thread=False)
        self._index.execute(
            "CREATE VIRTUAL TABLE section USING fts5(title, text, tokenize='porter unicode61')"
        )
        if not folder.is_dir():
            raise SettingsError(f"{variable_of('knowledge_folder')}: there is no folder {folder}")
        for file in sorted(folder.glob("*.md")):
            self._index.executemany(
                "INSERT INTO section VALUES (?, ?)", _sections(file.read_text("utf-8"))
            )

    def search(self, query: str) -> list[str]:
        """The best sections, best first, each with its title; empty when no word is shared."""
        found = re.findall(r"\w+", query.lower())
        words = [word for word in found if not _STOP_WORDS.fullmatch(word)]
        if not words:
            return []
        rows = self._index.execute(
            "SELECT title, text FROM section WHERE section MATCH ?"
            " ORDER BY bm25(section, 3.0, 1.0) LIMIT ?",
            (" OR ".join(f'"{word}"' for word in words), RESULTS),
        )
        return [f"{title}\n{text}" for title, text in rows]


def _sections(page: str) -> Iterator[tuple[str, str]]:
    """`# Page` with its `## headings` as (title, text) pairs."""
    heading, _, rest = page.strip().partition("\n")
    page_title = heading.lstrip("# ").strip()
    opening, *parts = re.split(r"^## ", rest, flags=re.MULTILINE)
    if opening.strip():
        yield page_title, opening.strip()
    for part in parts:
        title, _, text = part.partition("\n")
        yield f"{page_title}: {title.strip()}", text.strip()
