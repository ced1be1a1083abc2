"""The command `agent doctor`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from agent.errors import AgentError
from getting_started.doctor.run import Options, run


def doctor(
    only: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="This check alone, as --json names it; repeatable."),
    ] = None,
    fix: Annotated[
        bool, typer.Option("--fix", help="Let agent setup mend what it can: it shows and asks.")
    ] = False,
    apply: Annotated[bool, typer.Option("--apply", help="With --fix: do so unasked.")] = False,
    env_file: Annotated[Path, typer.Option(help="Where the settings are read.")] = Path(".env"),
    seconds: Annotated[
        float, typer.Option(min=0.1, max=120, help="How long one answer may take.")
    ] = 10.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Look whether everything is as the agent needs it, from the settings to the human's desk.

    Changes nothing. Let the agent serve meanwhile: it is asked at its public address.

    Each line is ok, a warning or failed, and says what mends it.

    The exit code is 1 where one failed, 2 after an error.
    """
    try:
        code = run(
            Options(
                only=only or [],
                fix=fix,
                apply=apply,
                env_file=env_file,
                as_json=as_json,
                seconds=seconds,
            )
        )
    except AgentError as error:
        typer.echo(error, err=True)
        raise typer.Exit(2) from None
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
    raise typer.Exit(code)
