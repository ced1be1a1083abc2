"""The main job: a virtual agent that hands over to a human, on every channel.

    uv run python getting_started/examples/features/handoff.py

With nothing configured it runs on the Twilio emulator and the demo model. With Twilio's
credentials in the environment or in .env the same agent serves Twilio.
`--demo voice|sms|chat|all` plays scripted customers on the emulator and exits.
"""

from __future__ import annotations

from typing import Annotated

import typer

from agent.errors import AgentError
from agent.server import serve_forever
from agent.settings import load_settings, read_environment
from getting_started.commands import Attributes, DemoChannel
from getting_started.demo import play
from getting_started.local import (
    add_attributes,
    is_live,
    serve_locally,
)
from getting_started.ports import AGENT_PORT, EMULATOR_PORT
from getting_started.stopping import run_until_stopped


def main(
    demo: Annotated[
        DemoChannel | None,
        typer.Option(help="Play scripted customers on the emulator, then exit."),
    ] = None,
    attribute: Attributes = [],  # noqa: B006 - typer wants the default as a value
    emulator_port: Annotated[
        int, typer.Option(help="Port of the emulator, where Twilio is not configured.")
    ] = EMULATOR_PORT,
    agent_port: Annotated[
        int, typer.Option(help="Port of the agent, where Twilio is not configured.")
    ] = AGENT_PORT,
) -> None:
    """A virtual agent that hands over to a human: on Twilio if it is configured, else locally."""
    try:
        environment = add_attributes(read_environment(), attribute)
        if demo is not None:
            raise typer.Exit(0 if run_until_stopped(play(demo, environment)) else 1)
        if is_live(environment):
            serve_forever(load_settings(environment))
        else:
            run_until_stopped(
                serve_locally(environment, emulator_port=emulator_port, agent_port=agent_port)
            )
    except AgentError as error:
        typer.echo(error, err=True)
        raise typer.Exit(2) from None


if __name__ == "__main__":
    typer.run(main)
