"""The smallest phone agent: `create_app` on the emulator, and you are the caller.

    uv run python getting_started/examples/features/voice.py

Type what the caller says. Ask for a person to be handed over; then `/accept` picks up at the
human's desk, `/human WORDS` speaks there, `/complete` ends it. `/interrupt WORDS` cuts in,
`/press 0` asks for the person by key.
With `--emulator http://127.0.0.1:8700` you talk to the agent that handoff.py runs.
"""

from __future__ import annotations

import typer

from agent.errors import AgentError
from agent.settings import read_environment
from getting_started.local import EmulatorOption, emulator_at
from getting_started.stopping import run_until_stopped
from getting_started.terminal import talk_on_the_phone
from getting_started.twilio_emulator.driver import Driver


async def talk(emulator: str) -> None:
    async with emulator_at(emulator, read_environment()) as url, Driver(url) as driver:
        await talk_on_the_phone(driver)


def main(emulator: EmulatorOption = "") -> None:
    """Be the caller, by typing."""
    try:
        run_until_stopped(talk(emulator))
    except AgentError as error:
        typer.echo(error, err=True)
        raise typer.Exit(2) from None


if __name__ == "__main__":
    typer.run(main)
