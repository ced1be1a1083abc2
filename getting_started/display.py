"""How a talk, a flow and a task look in the terminal."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

SPEAKER_WIDTH = 8
MOST_WIDTH = 100

console = Console(highlight=False)


def show_words(speaker: str, text: str, *, style: str = "magenta") -> None:
    """What somebody said, wrapped beside their name."""
    row = Table.grid(padding=(0, 2))
    row.add_column(width=SPEAKER_WIDTH, justify="right", style=f"bold {style}", no_wrap=True)
    row.add_column(max_width=MOST_WIDTH)
    row.add_row(Text(speaker, overflow="ellipsis"), Text(text))
    console.print(row)


class StreamedWords:
    """What the agent is saying, shown word by word as its tokens come."""

    def __init__(self, speaker: str, *, style: str = "magenta") -> None:
        self._indent = SPEAKER_WIDTH + 2
        self._width = min(console.width, MOST_WIDTH + self._indent) - 1
        self._column = self._indent
        self._held = ""
        console.print(Text(f"{speaker:>{SPEAKER_WIDTH}}  ", style=f"bold {style}"), end="")

    def write(self, token: str) -> None:
        """Show the words that are complete; the last one may still grow."""
        *words, self._held = re.split(r"(?<=\s)(?=\S)", self._held + token)
        for word in words:
            self._show(word)

    def end(self) -> None:
        self._show(self._held)
        console.print()

    def _show(self, word: str) -> None:
        if self._column + len(word.rstrip()) > self._width:
            console.print("\n" + " " * self._indent, end="")
            self._column = self._indent
        console.out(word.replace("\n", " "), end="", highlight=False)
        self._column += len(word)


def show_steps(steps: Sequence[tuple[str, str]]) -> None:
    """The widgets a flow walked, each with the event that led on."""
    rows = Table.grid(padding=(0, 2))
    rows.add_column(justify="right", style="dim")
    for number, (widget, event) in enumerate(steps, start=1):
        rows.add_row(str(number), Text(widget), Text(event, style="dim"))
    _show_part("Studio flow: the widgets walked, and why it went on", rows)


def show_tool_call(
    name: str, request: str, headers: Mapping[str, str], answer: tuple[int | None, str]
) -> None:
    """A request that an AI Assistant made, with the answer's status and text."""
    rows = Table.grid(padding=(0, 2))
    rows.add_column(no_wrap=True)
    rows.add_column(max_width=MOST_WIDTH, overflow="fold")
    rows.add_row(Text("request", style="bold"), Text(request))
    for header, value in headers.items():
        rows.add_row(Text(header, style="dim"), Text(value, style="dim"))
    status, text = answer
    rows.add_row(Text("answer", style="bold"), Text(f"{status or 'none'} {text}"))
    _show_part(f"Tool call: {name}", rows)


def show_task(task_sid: str, attributes: Mapping[str, Any], handed_over: set[str]) -> None:
    """A task's attributes: first what the agent `handed_over`, then what Twilio adds."""
    rows = Table.grid(padding=(0, 2))
    rows.add_column(no_wrap=True)
    rows.add_column(max_width=MOST_WIDTH)
    ours = {name: value for name, value in attributes.items() if name in handed_over}
    others = {name: value for name, value in attributes.items() if name not in handed_over}
    for name, value in flatten(ours):
        rows.add_row(Text(name, style="bold"), Text(value))
    rows.add_row()
    rows.add_row(Text("Added by Twilio:", style="dim"))
    for name, value in flatten(others):
        rows.add_row(Text(name, style="dim"), Text(value, style="dim"))
    _show_part(f"Flex task {task_sid}", rows)


def show_summary(summary: str) -> None:
    """What Conversation Intelligence wrote for the human."""
    _show_part("Summary for the human, by Conversation Intelligence", Text(summary))


def flatten(value: object, name: str = "") -> Iterator[tuple[str, str]]:
    """Nested values as lines: `{"a": {"b": 1}}` gives `a.b`, `1`."""
    if isinstance(value, Mapping):
        parts = [(str(key), part) for key, part in value.items()]
    elif isinstance(value, list):
        parts = [(str(index), part) for index, part in enumerate(value)]
    else:
        yield name, str(value)
        return
    for key, part in parts:
        yield from flatten(part, f"{name}.{key}" if name else key)


def _show_part(title: str, body: Table | Text) -> None:
    console.print()
    console.print(Text(title, style="bold"))
    console.print(Padding(body, (0, 2), expand=False))
