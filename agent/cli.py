"""The command `agent`."""

from __future__ import annotations

import gc
from importlib.metadata import entry_points
from typing import Any

import typer
from typer.core import TyperGroup

from agent.errors import AgentError
from agent.settings import flow_password_of, load_settings, read_environment

COMMANDS = "agent.commands"


class CommandsOfOthers(TyperGroup):
    """The commands below, and those that packages bring as `agent.commands`: functions and Typer
    apps, imported only when they are asked for, as `serve` is not to wait for them.
    """

    def list_commands(self, ctx: Any) -> list[str]:
        return [*super().list_commands(ctx), *sorted(entry_points(group=COMMANDS).names)]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        brought = entry_points(group=COMMANDS, name=cmd_name)
        if not brought:
            return super().get_command(ctx, cmd_name)
        command = brought[cmd_name].load()
        if not isinstance(command, typer.Typer):  # a function is one command
            alone = typer.Typer(pretty_exceptions_enable=False, add_completion=False)
            alone.command()(command)
            command = alone
        found = typer.main.get_command(command)
        found.name = cmd_name
        return found


app = typer.Typer(
    cls=CommandsOfOthers,
    help="A virtual agent on Twilio that hands over to a human without losing anybody.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.callback()
def main() -> None:
    """Makes `serve` a verb of its own even while it is the only one."""


@app.command()
def serve() -> None:
    """Serve Twilio with the settings of the environment and of .env."""
    gc.disable()  # until the server is ready: a tenth of the start, and nothing is found
    from agent.server import serve_forever  # takes a second: not for the other commands

    try:
        serve_forever(load_settings())
    except AgentError as error:
        typer.echo(error, err=True)
        raise typer.Exit(2) from None


@app.command()
def flow_secret() -> None:
    """Print the password by which the Studio flow asks for handoffs: AGENT_FLOW_SECRET.

    Needed only where the flow is published by somebody without the auth token.
    """
    try:
        typer.echo(flow_password_of(read_environment()))
    except AgentError as error:
        typer.echo(error, err=True)
        raise typer.Exit(2) from None
