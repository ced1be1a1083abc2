"""The commands of operators, on the agent's database: `agent handoffs`, `agent lost-messages`."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import timedelta
from typing import Annotated, TypeVar

import typer
from sqlalchemy.ext.asyncio import AsyncEngine

from agent.errors import AgentError, HandoffError, SettingsError
from agent.handoff.call_off import BY_OPERATOR, CALLED_OFF, GIVEN_BACK, check_free
from agent.handoff.record import HandoffRecord, HandoffState
from agent.handoff.replay import replay, why_not
from agent.handoff_report import (
    console,
    new_table,
    print_all,
    print_json,
    print_state,
    print_whole,
    to_json,
)
from agent.settings import Settings, load_settings, read_environment, variable_of
from agent.store.database import connect, has_workflow_tables, migrate, synchronous_url
from agent.store.handoff_search import HandoffSearch
from agent.store.handoffs import HandoffStore
from agent.store.lost_messages import LostMessages
from agent.store.retention import Retention

handoffs = typer.Typer(
    help="See what became of handoffs.", no_args_is_help=True, add_completion=False
)
Result = TypeVar("Result")
HandoffId = Annotated[str, typer.Argument(help="A handoff_... that `list` shows.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@handoffs.command("list")
def list_handoffs(
    state: Annotated[
        HandoffState | None,
        typer.Option(metavar="STATE", help=f"Only those in one state: {', '.join(HandoffState)}."),
    ] = None,
    dead: Annotated[
        bool, typer.Option("--dead", help="Only dead letters: failed, and nothing comes next.")
    ] = False,
    stranded: Annotated[
        bool,
        typer.Option(
            "--stranded",
            help="Only conversations that nobody holds: handed over, and for --minutes neither "
            f"in a queue (those are `--state queued`) nor with a human. With "
            f"{variable_of('after_human')}=silent also those that a human has left for as long and "
            "nobody has returned.",
        ),
    ] = False,
    minutes: Annotated[int, typer.Option(min=0, help="With --stranded: for so long.")] = 5,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="Most rows shown.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List handoffs, the newest first."""
    is_silent = read_environment().get(variable_of("after_human")) == "silent"
    records = _run_on_database(
        lambda engine: HandoffSearch(engine).list(
            state=state,
            dead=dead,
            without_human_for=timedelta(minutes=minutes) if stranded else None,
            is_silent_after_human=is_silent,
            limit=limit,
        )
    )
    print_all(records, as_json)


@handoffs.command("show")
def show_handoff(handoff_id: HandoffId, as_json: AsJson = False) -> None:
    """Show one handoff: every change with its time, its payload, and what to do if it failed."""
    record = _run(lambda store: _get(store, handoff_id))
    if as_json:
        print_json(to_json(record))
        return
    print_whole(record)


RecordOnly = Annotated[
    bool, typer.Option("--record-only", help="Leave the task in Flex, and whoever has it, as is.")
]


@handoffs.command("cancel")
def cancel_handoff(
    handoff_id: HandoffId, record_only: RecordOnly = False, as_json: AsJson = False
) -> None:
    """Call a handoff off: its task in Flex is canceled, and the agent answers again.

    A human who has accepted it keeps it: they end it in Flex.

    Without Twilio's settings only the record is moved.
    """
    _take_from_queue(handoff_id, BY_OPERATOR, record_only, as_json)


@handoffs.command("return")
def return_handoff(
    handoff_id: HandoffId, record_only: RecordOnly = False, as_json: AsJson = False
) -> None:
    """Give a conversation back to the agent, after the human or in their place.

    While the customer waits, the task in Flex is canceled first, as `cancel` does.

    A human who has accepted it, or comes after all, keeps it: they end it in Flex.

    Without Twilio's settings only the record is moved.
    """
    _take_from_queue(handoff_id, GIVEN_BACK, record_only, as_json)


def _take_from_queue(handoff_id: str, reason: str, record_only: bool, as_json: bool) -> None:
    async def work(store: HandoffStore) -> HandoffRecord:
        record = await _get(store, handoff_id)
        if record_only:
            return await store.move(record, CALLED_OFF[reason], detail="by an operator")
        check_free(record, CALLED_OFF[reason])
        settings = _find_settings() if record.is_waiting else None
        if settings is None:
            return await store.move(record, CALLED_OFF[reason], detail=reason)

        from agent.clients import calling_off  # takes a second: not for the other commands

        async with calling_off(settings, store) as one:
            return await one.call_off(record, reason)

    print_state(_run(work), as_json)


def _find_settings() -> Settings | None:
    """None where Twilio cannot be reached with what is set; that is said."""
    try:
        return load_settings()
    except SettingsError:
        typer.echo(
            "Only the record is moved, a task in Flex stays as it is: Twilio's settings are not "
            "complete (`agent serve` names them).",
            err=True,
        )
        return None


@handoffs.command("replay")
def replay_handoffs(
    handoff_id: Annotated[str | None, typer.Argument(help="A failed handoff.")] = None,
    dead: Annotated[
        bool, typer.Option("--dead", help="All dead letters of `list --dead`.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="With --dead: do not ask first.")] = False,
    as_json: AsJson = False,
) -> None:
    """Ask again for a human where a handoff failed; the running agent delivers it.

    However often this is called, each is asked for again once.

    For a call, which is over, that is a callback or a ticket, where one is set up.
    """
    if dead == (handoff_id is not None):
        raise typer.BadParameter("Give either a handoff or --dead.")
    ids = _plan_replays(yes=yes, as_json=as_json) if handoff_id is None else [handoff_id]
    records = _run(lambda store: _replay_all(store, ids))
    if as_json:
        print_json([to_json(record) for record in records])
        return
    for record in records:
        typer.echo(f"{record.id} asks again for {record.replay_of}; it is {record.state}")


def _plan_replays(*, yes: bool, as_json: bool) -> list[str]:
    """The dead letters to be replayed, once that was agreed to."""
    letters = _run_on_database(_find_dead)
    ids = [record.id for record, reason_not in letters if not reason_not]
    if not as_json:
        table = new_table("handoff", "failure", "plan")
        table.columns[-1].no_wrap = False  # the reason why not is to be read whole
        for record, reason_not in letters:
            plan = "callback or ticket" if record.channel == "VOICE" else "ask again"
            table.add_row(record.id, record.failure, reason_not or plan)
        console.print(table if letters else "There are no dead letters.")
    if ids and not yes:
        typer.confirm(f"Ask again for {len(ids)}?", abort=True, err=True)
    return ids


async def _find_dead(engine: AsyncEngine) -> list[tuple[HandoffRecord, str]]:
    """Dead letters, each with the reason why it cannot be replayed."""
    letters = await HandoffSearch(engine).list(dead=True, limit=None)
    store, has_later_way = HandoffStore(engine), _has_later_way()
    return [(one, await why_not(store, one, has_later_way=has_later_way)) for one in letters]


async def _replay_all(store: HandoffStore, ids: list[str]) -> list[HandoffRecord]:
    has_later_way = _has_later_way()
    return [await replay(store, await _get(store, one), has_later_way=has_later_way) for one in ids]


def _has_later_way() -> bool:
    """Whether callbacks or tickets are set up."""
    environment, names = read_environment(), ("callback_workflow_sid", "ticket_webhook_url")
    return any(environment.get(variable_of(name)) for name in names)


async def _get(store: HandoffStore, handoff_id: str) -> HandoffRecord:
    record = await store.get(handoff_id)
    if record is None:
        raise HandoffError(f"There is no handoff {handoff_id}; `agent handoffs list` shows them.")
    return record


def lost_messages(
    limit: Annotated[int, typer.Option(min=1, max=1000, help="Most rows shown.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List messages that could not be sent, or that nobody was there to answer in time.

    The newest first: the agent's own, and those of customers.
    """
    found = _run_on_database(lambda engine: LostMessages(engine).list(limit=limit))
    if as_json:
        print_json([{**asdict(one), "at": one.at.isoformat()} for one in found])
        return
    table = new_table("thread", "at", "channel", "why", "text")
    for one in found:
        table.add_row(one.thread, f"{one.at:%m-%d %H:%M}", one.channel, one.detail, one.text)
    console.print(table)


@handoffs.command("purge")
def purge_handoffs(
    older_than: Annotated[int, typer.Option(min=1, metavar="DAYS", help="Closed for so long.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say how many.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask first.")] = False,
) -> None:
    """Delete closed handoffs, with their changes and the workflows that delivered them.

    Open ones stay. The running agent does the same by itself (AGENT_KEEP_DAYS).
    """
    count = _run_on_database(lambda engine: Retention(engine, None).count(days=older_than))
    typer.echo(f"{count} handoffs have been closed for {older_than} days or longer")
    if dry_run or not count:
        return
    if not yes:
        typer.confirm("Delete them for good?", abort=True)
    _run_on_database(lambda engine: _purge(engine, days=older_than))
    typer.echo("Deleted")


async def _purge(engine: AsyncEngine, *, days: int) -> None:
    from dbos import DBOSClient  # takes long: not for the other commands

    async with engine.connect() as connection:
        has_workflows = await connection.run_sync(has_workflow_tables)
    client = DBOSClient(system_database_url=synchronous_url(_database_url()), lazy=True)
    try:
        retention = Retention(engine, client if has_workflows else None)
        while await retention.delete_batch(days=days):
            pass
    finally:
        client.destroy()


def _run(work: Callable[[HandoffStore], Awaitable[Result]]) -> Result:
    """Do `work` on the handoffs."""
    return _run_on_database(lambda engine: work(HandoffStore(engine)))


def _run_on_database(work: Callable[[AsyncEngine], Awaitable[Result]]) -> Result:
    """Do `work` on the database of the settings; no other setting is needed."""

    async def on_the_engine() -> Result:
        url = _database_url()
        await migrate(url)
        engine = connect(url)
        try:
            return await work(engine)
        finally:
            await engine.dispose()

    try:
        return asyncio.run(on_the_engine())
    except AgentError as error:
        typer.echo(error, err=True)
        raise typer.Exit(1) from None


def _database_url() -> str:
    given = read_environment().get(variable_of("database_url"))
    return given or str(Settings.model_fields["database_url"].default)
