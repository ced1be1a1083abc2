"""The commands that go beside `agent serve`: what can be said to them, and their help.

What each works with is loaded when it is called: `agent --help` is not to wait for it.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from agent.errors import AgentError
from agent.settings import read_environment
from getting_started.ports import AGENT_PORT, EMULATOR_PORT


class DemoChannel(StrEnum):
    """Which customers to play."""

    VOICE = "voice"
    SMS = "sms"
    CHAT = "chat"
    ALL = "all"


class AccountKind(StrEnum):
    """What the emulated account has."""

    READY = "ready"
    EMPTY = "empty"
    BEGUN = "begun"
    IN_USE = "in-use"


Attributes = Annotated[
    list[str],
    typer.Option(
        "--attribute",
        metavar="KEY=VALUE",
        help="An attribute to add to every handoff; repeatable.",
    ),
]


def demo(
    channel: Annotated[
        DemoChannel, typer.Argument(help="The channel the customer uses.")
    ] = DemoChannel.ALL,
    attribute: Attributes = [],  # noqa: B006 - typer wants the default as a value
) -> None:
    """Play scripted customers on the Twilio emulator, up to the human who takes over."""
    from getting_started.demo import play
    from getting_started.local import add_attributes
    from getting_started.stopping import run_until_stopped

    try:
        environment = add_attributes(read_environment(), attribute)
        succeeded = run_until_stopped(play(channel, environment))
    except AgentError as error:
        typer.echo(error, err=True)
        raise typer.Exit(2) from None
    raise typer.Exit(0 if succeeded else 1)


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
    from getting_started.doctor.run import Options, run

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


def emulator(
    empty: Annotated[
        bool, typer.Option("--empty", help="A new Flex account: the same as --account empty.")
    ] = False,
    account: Annotated[
        AccountKind,
        typer.Option(
            help="ready: set up for the agent; empty: a new Flex account; begun: half set up; "
            "in-use: number and senders lead to another flow."
        ),
    ] = AccountKind.READY,
    port: Annotated[
        int, typer.Option(help="Port of the emulator; the demo model has the next.")
    ] = EMULATOR_PORT,
    agent_port: Annotated[
        int, typer.Option(help="Port at which `agent serve` will listen.")
    ] = AGENT_PORT,
    env_file: Annotated[
        Path | None,
        typer.Option(metavar="PATH", help="Write the settings there instead of printing them."),
    ] = None,
) -> None:
    """Emulate a Twilio account and a language model on this machine, until Ctrl+C.

    Prints the settings with which setup, doctor and serve work on it. It forgets all when it ends.
    """
    from getting_started.emulator import serve
    from getting_started.stopping import run_until_stopped

    kind = AccountKind.EMPTY if empty else account
    try:
        run_until_stopped(serve(kind, port, agent_port, env_file))
    except AgentError as error:
        typer.echo(error, err=True)
        raise typer.Exit(2) from None


def setup(
    backup: Annotated[
        Path | None,
        typer.Argument(metavar="FILE", help="With --restore: one backup, not all of the last run."),
    ] = None,
    apply: Annotated[bool, typer.Option("--apply", help="Carry the plan out, unasked.")] = False,
    only: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="This resource alone; repeatable: memory-store, intelligence, "
            "conversation-configuration, taskrouter, studio-flow, event-callback, phone-number, "
            "messaging-addresses, chat-address.",
        ),
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
    from getting_started.setup.run import Options, run

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
