"""One run of `agent doctor`: look at everything, show it, and with --fix let setup mend it."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import typer
from rich.console import Console

from agent.errors import AgentError
from agent.settings import read_environment
from getting_started.display import console
from getting_started.doctor.check import Check, Status
from getting_started.doctor.examination import Examination
from getting_started.doctor.register import CHECKS, NAMES
from getting_started.doctor.runner import Examined, examine
from getting_started.doctor.view import findings_view, has_failed, hide, to_json
from getting_started.setup import run as setup
from getting_started.setup.resources import NAMES as RESOURCES


@dataclass(frozen=True)
class Options:
    """What the command line says; `agent doctor --help` explains each."""

    only: list[str] = field(default_factory=list)
    fix: bool = False
    apply: bool = False
    env_file: Path = Path(".env")
    as_json: bool = False
    seconds: float = 10.0


def run(options: Options) -> int:
    """What the command does; gives its exit code. Raises AgentError."""
    _check(options)
    examined = _examine(options)
    if options.as_json:
        typer.echo(json.dumps(to_json(examined), indent=2, ensure_ascii=False))
    else:
        console.print(findings_view(examined))
    steps = steps_to_mend(examined)
    if options.fix and steps:
        return _mend(options, steps)
    if steps and not options.as_json:
        console.print(f"\nuv run agent doctor --fix  shows what mends {', '.join(steps)}")
    return 1 if has_failed(examined) else 0


def steps_to_mend(examined: Sequence[Examined]) -> list[str]:
    """The steps of setup for what is not as it should be, in setup's order.

    What could not be looked at comes along where that which it needs is among them.
    """
    mended: set[str] = set()
    steps: set[str] = set()
    for one in examined:
        is_skipped = one.finding.status is Status.SKIPPED
        is_bad = one.finding.status in (Status.WARNING, Status.FAILED)
        if one.check.setup and (is_bad or (is_skipped and mended.intersection(one.check.needs))):
            mended.add(one.check.name)
            steps.add(one.check.setup)
    return [name for name in RESOURCES if name in steps]


def _check(options: Options) -> None:
    if unknown := [name for name in options.only if name not in NAMES]:
        raise AgentError(f"--only takes {', '.join(NAMES)}; got {', '.join(unknown)}")
    if options.fix and options.as_json:
        raise AgentError("--fix asks and shows, so that it does not go with --json")
    if options.apply and not options.fix:
        raise AgentError("--apply is for --fix: the doctor itself changes nothing")


def _examine(options: Options) -> list[Examined]:
    examination = Examination(read_environment(options.env_file), seconds=options.seconds)
    with closing(examination), _progress() as report:
        work = examine(examination, CHECKS, only=options.only, report=report)
        return hide(asyncio.run(work), examination.hide)


def _mend(options: Options, steps: list[str]) -> int:
    """Let setup show what it would do, ask, and do it; then look once more."""
    console.rule("agent setup")
    plan = setup.Options(apply=options.apply, only=steps, env_file=options.env_file)
    code = setup.run(plan)
    if not (options.apply or sys.stdin.isatty()):
        return 1  # nobody could agree: nothing was changed
    console.rule("agent doctor")
    examined = _examine(options)
    console.print(findings_view(examined))
    return 1 if has_failed(examined) or code else 0


@contextmanager
def _progress() -> Iterator[Callable[[Check], object]]:
    """How far it is: one changing line in a terminal, else nothing."""
    screen = Console(stderr=True, highlight=False)
    if not screen.is_terminal:
        yield lambda _check: None
        return
    done = 0
    with screen.status("Looking") as status:

        def report(check: Check) -> None:
            nonlocal done
            done += 1
            status.update(f"Looking: {done} done, {check.name}")

        yield report
