"""The command `agent`."""

from __future__ import annotations

import asyncio
from importlib.metadata import entry_points

import typer
import uvicorn

from agent.app import check_account, create_app
from agent.channels.relay_socket import FRAME_LIMIT
from agent.errors import AgentError
from agent.logs import set_up_logging
from agent.operations import handoffs
from agent.settings import Settings, flow_password_of, load_settings, read_environment

DRAIN_SECONDS = 15

app = typer.Typer(
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
    try:
        serve_forever(load_settings())
    except AgentError as error:
        typer.echo(error, err=True)
        raise typer.Exit(2) from None


@app.command()
def flow_secret() -> None:
    """Print the password by which the Studio flow asks for handoffs: --flow-secret of render."""
    try:
        typer.echo(flow_password_of(read_environment()))
    except AgentError as error:
        typer.echo(error, err=True)
        raise typer.Exit(2) from None


def serve_forever(settings: Settings) -> None:
    """Serve until stopped by a signal; then calls and messages under way are finished.

    Raises SettingsError when the settings cannot be used, TwilioApiError when the account cannot
    be read with them.
    """
    application = create_app(settings)
    set_up_logging(settings.log_level)
    asyncio.run(check_account(settings))
    typer.echo(f"Serving {settings.public_url} on {settings.server_host}:{settings.server_port}")
    uvicorn.run(
        application,
        host=settings.server_host,
        port=settings.server_port,
        log_config=None,
        access_log=False,
        ws_max_size=FRAME_LIMIT,
        timeout_graceful_shutdown=DRAIN_SECONDS,
    )


app.add_typer(handoffs, name="handoffs")
for command in entry_points(group="agent.commands"):
    app.command(command.name)(command.load())
