"""The command `agent setup`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from agent.errors import AgentError
from agent.settings import read_environment
from getting_started.display import console
from getting_started.setup.account import Account
from getting_started.setup.backups import Backups, secrets_of
from getting_started.setup.plan import apply_plan, make_plan
from getting_started.setup.plan_view import to_view
from getting_started.setup.resources import NAMES


def setup(
    apply: Annotated[bool, typer.Option("--apply", help="Carry the plan out.")] = False,
    only: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help=f"Only this resource; repeatable: {', '.join(NAMES)}."),
    ] = None,
    region: Annotated[str, typer.Option(help="Region of Conversations and Memory, as ie1.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print the plan as JSON.")] = False,
    env_file: Annotated[Path, typer.Option(help="Where settings are read and written.")] = Path(
        ".env"
    ),
) -> None:
    """Plan what the agent needs in your Twilio account, and with --apply make it.

    Without --apply nothing is changed. Run it again at any time: it finds what is there.
    """
    try:
        _set_up(apply, only or [], region, as_json, env_file)
    except AgentError as error:
        typer.echo(error, err=True)
        raise typer.Exit(2) from None


def _set_up(apply: bool, only: list[str], region: str, as_json: bool, env_file: Path) -> None:
    if unknown := set(only) - set(NAMES):
        raise AgentError(f"--only takes {', '.join(NAMES)}; got {', '.join(sorted(unknown))}")
    environment = read_environment(env_file) | ({"TWILIO_REGION": region} if region else {})
    account = Account(environment, report=_report)
    plan = make_plan(account, only)
    if not as_json:
        console.print(to_view(plan))
    if plan.work and (apply or _agrees(as_json)):
        plan = apply_plan(account, plan, Backups(secrets_of(account.settings)).write)
    if as_json:
        typer.echo(json.dumps(plan.to_json(), indent=2))
    if plan.blocked:
        raise typer.Exit(1)


def _agrees(as_json: bool) -> bool:
    """Asked only where somebody can answer."""
    if as_json or not sys.stdin.isatty():
        return False
    return typer.confirm("Make these changes?")


def _report(text: str) -> None:
    typer.echo(text, err=True)
