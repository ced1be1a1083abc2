"""How handoffs are shown to an operator: as tables and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import typer
from rich.console import Console
from rich.table import Table

from agent.handoff.reasons import MEANINGS, FailureReason
from agent.handoff.record import HandoffRecord

console = Console(highlight=False)


def to_json(record: HandoffRecord) -> dict[str, Any]:
    """The record without the addresses of the customer."""
    return {
        "id": record.id,
        "state": record.state.value,
        "channel": record.channel,
        "conversation_id": record.conversation_id,
        "thread": record.thread,
        "attempt": record.attempt,
        "requested_at": record.requested_at.isoformat(),
        "execution_sid": record.execution_sid,
        "task_sid": record.task_sid,
        "replay_of": record.replay_of,
        "seconds_to_human": record.seconds_to_human,
        "worker_name": record.worker_name,
        "wrap_up_note": record.wrap_up_note,
        "failure": record.failure,
        "next_step": record.next_step,
        "detail": record.detail,
        "payload": record.payload.to_wire(),
        "changes": [
            {"state": change.state.value, "at": change.at.isoformat(), "detail": change.detail}
            for change in record.changes
        ],
    }


def new_table(*columns: str) -> Table:
    """A line for each row: an id is shown whole, to be copied; what is too long is cut."""
    table = Table(*columns, box=None, padding=(0, 2, 0, 0), expand=True)
    for column in table.columns:
        column.no_wrap = True
    table.columns[0].min_width = 24
    table.columns[-1].ratio = 1  # it gives way to the others
    return table


def print_json(content: object) -> None:
    typer.echo(json.dumps(content, indent=2))


def print_all(records: Iterable[HandoffRecord], as_json: bool) -> None:
    if as_json:
        print_json([to_json(record) for record in records])
        return
    table = new_table("handoff", "requested", "channel", "state", "reason or failure")
    for record in records:
        table.add_row(
            record.id,
            f"{record.requested_at:%m-%d %H:%M}",
            record.channel,
            record.state,
            record.failure or record.payload.attributes.reason,
        )
    console.print(table)


def print_whole(record: HandoffRecord) -> None:
    """Everything about one handoff."""
    table = Table.grid(padding=(0, 2))
    for name, value in to_json(record).items():
        if name not in {"payload", "changes"} and value:
            table.add_row(name, str(value))
    for change in record.changes:
        table.add_row(f"{change.at:%Y-%m-%d %H:%M:%S.%f}"[:-3], f"{change.state} {change.detail}")
    for name, value in record.payload.to_wire()["attributes"].items():
        table.add_row(name, str(value))
    if record.failure:
        table.add_row("what to do", MEANINGS[FailureReason(record.failure)].operator)
    console.print(table)


def print_state(record: HandoffRecord, as_json: bool) -> None:
    if as_json:
        print_json(to_json(record))
    else:
        typer.echo(f"{record.id} is {record.state}")
