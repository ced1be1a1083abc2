"""The command `agent setup`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from agent.errors import AgentError
from getting_started.setup.resources import NAMES
from getting_started.setup.run import Options, run


def setup(
    backup: Annotated[
        Path | None,
        typer.Argument(metavar="FILE", help="With --restore: one backup, not all of the last run."),
    ] = None,
    apply: Annotated[bool, typer.Option("--apply", help="Carry the plan out, unasked.")] = False,
    only: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help=f"This resource alone; repeatable: {', '.join(NAMES)}."),
    ] = None,
    restore: Annotated[
        bool, typer.Option("--restore", help="Put back what was changed, from .agent/backups/.")
    ] = False,
    confirm: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="A step without an API that you have done; repeatable."),
    ] = None,
    workflow: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="Hand over by this TaskRouter workflow; made with a queue where it is missing.",
        ),
    ] = "",
    region: Annotated[str, typer.Option(help="Region of Conversations and Memory, as ie1.")] = "",
    env_file: Annotated[Path, typer.Option(help="Where settings are read and written.")] = Path(
        ".env"
    ),
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace other values in that file, unasked.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, and ask nothing.")] = False,
) -> None:
    """Make what the agent needs in your Twilio account: a plan first, changes with --apply.

    Without --apply, or a yes when it asks, nothing is changed.

    Run it as often as you like: it finds what is there.

    The exit code is 1 where a resource is blocked, 2 after an error.
    """
    try:
        code = run(
            Options(
                apply=apply,
                only=only or [],
                restore=restore,
                backup=backup,
                confirm=confirm or [],
                workflow=workflow,
                region=region,
                env_file=env_file,
                overwrite=overwrite,
                as_json=as_json,
            )
        )
    except (AgentError, OSError) as error:  # of this machine's files; Twilio's are AgentErrors
        typer.echo(error, err=True)
        raise typer.Exit(2) from None
    except KeyboardInterrupt:
        typer.echo("\nInterrupted. Run it again: it finds what was made.", err=True)
        raise typer.Exit(130) from None
    raise typer.Exit(code)
