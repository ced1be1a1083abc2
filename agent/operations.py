"""`agent handoffs`: what became of every handoff, and what an operator can do about it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from textwrap import shorten
from typing import Annotated, Any, TypeVar

import typer
from rich.console import Console
from rich.table import Table

from agent.errors import AgentError, HandoffError
from agent.handoff.reasons import MEANINGS, FailureReason
from agent.handoff.record import HandoffRecord, HandoffState
from agent.settings import Settings, read_environment, variable_of
from agent.store.database import connect, migrate
from agent.store.handoffs import HandoffStore

handoffs = typer.Typer(
    help="See what became of handoffs.", no_args_is_help=True, add_completion=False
)
console = Console(highlight=False)
Result = TypeVar("Result")
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@handoffs.command("list")
def list_handoffs(
    state: Annotated[HandoffState | None, typer.Option(help="Only handoffs in this state.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="Most rows shown.")] = 50,
    stranded: Annotated[
        bool, typer.Option("--stranded", help="Only open ones that nobody has accepted.")
    ] = False,
    minutes: Annotated[int, typer.Option(min=0, help="With --stranded: for so long.")] = 5,
    as_json: AsJson = False,
) -> None:
    """The newest handoffs first."""
    waiting = timedelta(minutes=minutes) if stranded else None
    records = _run(lambda store: store.list(state=state, not_accepted_for=waiting, limit=limit))
    if as_json:
        typer.echo(json.dumps([to_json(record) for record in records], indent=2))
        return
    table = Table("handoff", "requested", "channel", "state", "reason or failure")
    table.columns[0].min_width = 24  # an id whole, to be copied
    for record in records:
        table.add_row(
            record.id,
            f"{record.requested_at:%m-%d %H:%M}",
            record.channel,
            record.state,
            shorten(record.failure or record.payload.attributes.reason, 40, placeholder="…"),
        )
    console.print(table)


@handoffs.command("show")
def show_handoff(handoff_id: str, as_json: AsJson = False) -> None:
    """One handoff: its payload, every change with its time, and what to do if it failed."""
    record = _run(lambda store: store.get(handoff_id))
    if record is None:
        typer.echo(f"There is no handoff {handoff_id}; `agent handoffs list` shows them.", err=True)
        raise typer.Exit(1)
    if as_json:
        typer.echo(json.dumps(to_json(record), indent=2))
        return
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


@handoffs.command("cancel")
def cancel_handoff(handoff_id: str, as_json: AsJson = False) -> None:
    """Call a handoff off: the agent answers again. A task in Flex stays as it is."""
    _move(handoff_id, HandoffState.CANCELED, as_json)


@handoffs.command("return")
def return_handoff(handoff_id: str, as_json: AsJson = False) -> None:
    """Give a conversation back to the agent, after the human or in their place."""
    _move(handoff_id, HandoffState.RETURNED, as_json)


def _move(handoff_id: str, state: HandoffState, as_json: bool) -> None:
    async def move(store: HandoffStore) -> HandoffRecord:
        record = await store.get(handoff_id)
        if record is None:
            raise HandoffError(f"There is no handoff {handoff_id}; `agent handoffs list` shows all")
        return await store.move(record, state, detail="by an operator")

    record = _run(move)
    typer.echo(json.dumps(to_json(record), indent=2) if as_json else f"{record.id} is {state}")


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
        "failure": record.failure,
        "next_step": record.next_step,
        "detail": record.detail,
        "payload": record.payload.to_wire(),
        "changes": [
            {"state": change.state.value, "at": change.at.isoformat(), "detail": change.detail}
            for change in record.changes
        ],
    }


def _run(work: Callable[[HandoffStore], Awaitable[Result]]) -> Result:
    """Do `work` on the database of the settings; no other setting is needed."""
    variable = variable_of("database_url")
    url = read_environment().get(variable) or str(Settings.model_fields["database_url"].default)

    async def on_the_store() -> Result:
        await migrate(url)
        engine = connect(url)
        try:
            return await work(HandoffStore(engine))
        finally:
            await engine.dispose()

    try:
        return asyncio.run(on_the_store())
    except AgentError as error:
        typer.echo(error, err=True)
        raise typer.Exit(1) from None
