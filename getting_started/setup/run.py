"""One run of `agent setup`: look, show the plan, ask, carry it out, write the settings."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import typer
from rich.console import Console

from agent.errors import AgentError
from agent.settings import read_environment
from getting_started.display import console
from getting_started.setup.account import Account, Json
from getting_started.setup.backups import Backups, secrets_of
from getting_started.setup.checklist import Checklist
from getting_started.setup.credentials import ask_missing
from getting_started.setup.env_file import EnvChange, plan_env, write_env
from getting_started.setup.plan import (
    Plan,
    apply_plan,
    apply_restore,
    make_plan,
    plan_restore,
)
from getting_started.setup.plan_view import checklist_view, done_view, plan_view
from getting_started.setup.resources import NAMES
from studio_templates.formatting import hide_passwords

REGION = "TWILIO_REGION"
APPLY = ("uv run agent setup --apply",)
NEXT = ("uv run agent serve", "uv run agent doctor   (in another terminal)")


@dataclass(frozen=True)
class Options:
    """What the command line says; `agent setup --help` explains each."""

    apply: bool = False
    only: list[str] = field(default_factory=list)
    restore: bool = False
    backup: Path | None = None
    confirm: list[str] = field(default_factory=list)
    workflow: str = ""
    region: str = ""
    env_file: Path = Path(".env")
    overwrite: bool = False
    as_json: bool = False


def run(options: Options) -> int:
    """What the command does; gives its exit code. Raises AgentError."""
    _check(options)
    told = _read_told(options)
    account = Account({**read_environment(options.env_file), **told}, workflow=options.workflow)
    checklist = Checklist(account.settings.account_sid)
    checklist.confirm(options.confirm)
    try:
        plan = _run_plan(options, account, told)
    finally:
        account.close()
    if not (options.as_json or options.restore):
        _go_through_checklist(checklist, asks=_is_somebody_there(options) and _is_ready(plan))
        _show_next(plan)
    return 1 if plan.blocked else 0


def _run_plan(options: Options, account: Account, told: dict[str, str]) -> Plan:
    with _progress(account):
        plan, carry_out = _plan(account, options)
    settings = _plan_settings(plan, told, options.env_file)
    if not options.as_json:
        console.print(plan_view(plan, str(options.env_file), settings))
    is_agreed = bool(plan.work or settings) and _agrees(options, settings)
    if is_agreed:
        with _progress(account):
            plan = carry_out()
        settings = _plan_settings(plan, told, options.env_file)
        _write(options, settings)
        if not options.as_json:
            console.print(done_view(plan))
    if options.as_json:
        typer.echo(hide_passwords(json.dumps(_to_json(plan, settings), indent=2)))
    return plan


@contextmanager
def _progress(account: Account) -> Iterator[None]:
    """What is being done or waited for: one changing line in a terminal, else a line each."""
    screen = Console(stderr=True, highlight=False)
    if not screen.is_terminal:
        account.report = lambda text: typer.echo(text, err=True)
        yield
        return
    with screen.status("Looking at the account") as status:
        account.report = status.update
        yield


def _to_json(plan: Plan, settings: list[EnvChange]) -> Json:
    shown = [{"name": one.name, "is_overwriting": one.is_overwriting} for one in settings]
    is_idle = not (plan.work or plan.blocked or settings)
    return {**plan.to_json(), "settings": shown, "nothing_to_do": is_idle}


def _check(options: Options) -> None:
    if unknown := [name for name in options.only if name not in NAMES]:
        raise AgentError(f"--only takes {', '.join(NAMES)}; got {', '.join(unknown)}")
    if options.backup and not options.restore:
        raise AgentError(f"{options.backup} would be a backup to restore: add --restore")


def _is_somebody_there(options: Options) -> bool:
    return sys.stdin.isatty() and not options.as_json


def _read_told(options: Options) -> dict[str, str]:
    """Settings from the command line, and those that are missing from the person."""
    told = {REGION: options.region} if options.region else {}
    if not _is_somebody_there(options):
        return told
    return {**told, **ask_missing(read_environment(options.env_file), _ask)}


def _ask(variable: str, explanation: str, is_secret: bool) -> str:
    typer.echo(f"{variable} is not set: {explanation}")
    answer: str = typer.prompt(variable, hide_input=is_secret)
    return answer


def _plan(account: Account, options: Options) -> tuple[Plan, Callable[[], Plan]]:
    """The plan, and what carries it out."""
    backups = Backups(secrets_of(account.settings))
    if not options.restore:
        plan = make_plan(account, options.only)
        return plan, lambda: apply_plan(account, plan, backups.write)
    kept = backups.read(options.backup) if options.backup else backups.read_run()
    kept = {name: kept[name] for name in kept if name in (options.only or NAMES)}
    plan = plan_restore(account, kept)
    return plan, lambda: apply_restore(account, plan, kept, backups.write)


def _plan_settings(plan: Plan, told: dict[str, str], env_file: Path) -> list[EnvChange]:
    """What is to be written into the file: what is not so already, there or in the environment."""
    found = read_environment(env_file)
    wanted = {name: value for name, value in plan.environment.items() if found.get(name) != value}
    return plan_env(env_file, {**told, **wanted})


def _agrees(options: Options, settings: list[EnvChange]) -> bool:
    """By --apply, or asked where somebody can answer."""
    if not options.apply:
        return _is_somebody_there(options) and typer.confirm("\nMake these changes?")
    others = [change for change in settings if change.is_overwriting]
    if others and not (options.overwrite or _is_somebody_there(options)):
        names = ", ".join(change.name for change in others)
        raise AgentError(
            f"{options.env_file} has other values of {names}. Nothing was changed: add --overwrite "
            "to replace them, or take them out."
        )
    return True


def _write(options: Options, settings: list[EnvChange]) -> None:
    chosen = [
        change
        for change in settings
        if not change.is_overwriting
        or options.overwrite
        or typer.confirm(f"Set {change.name} to {change.new}? It is {change.old} now")
    ]
    values = {change.name: change.new for change in chosen}
    try:
        if values:
            write_env(options.env_file, values)
    except OSError as error:
        lines = "\n".join(f"{name}={value}" for name, value in values.items())
        raise AgentError(
            f"{options.env_file} cannot be written: {error}. It lacks:\n{lines}"
        ) from None
    for change in chosen:
        if os.environ.get(change.name, change.new) != change.new:
            typer.echo(
                f"{change.name} is set in the environment too, to {os.environ[change.name]}, "
                f"and that counts more than {options.env_file}: unset it.",
                err=True,
            )


def _is_ready(plan: Plan) -> bool:
    """Whether nothing is left to do, so that one can go on."""
    return not plan.blocked and (plan.is_done or not plan.work)


def _go_through_checklist(checklist: Checklist, *, asks: bool) -> None:
    items = checklist.open_items()
    if items:
        console.print("", checklist_view(items), sep="\n")
    if asks:
        checklist.confirm([item.name for item in items if typer.confirm(f"Is {item.name} done?")])


def _show_next(plan: Plan) -> None:
    if plan.blocked:
        return
    commands = NEXT if _is_ready(plan) else APPLY
    console.print("\nNext:", *(f"  {command}" for command in commands), sep="\n", soft_wrap=True)
