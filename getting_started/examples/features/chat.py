"""The smallest web chat: `create_app` on the emulator, and a shop page with the widget on it.

    uv run python getting_started/examples/features/chat.py

Open the page it names: you are the visitor there. Ask for a person, and this terminal is the
human's desk: `/accept` picks up, `/human WORDS` writes, `/complete` ends it.
With `--type` you are the visitor here, too; add `--emulator http://127.0.0.1:8700` to talk to the
agent that handoff.py runs, which has the same page.
"""

from __future__ import annotations

from typing import Annotated

import typer

from agent.errors import AgentError
from agent.settings import read_environment
from getting_started.display import console
from getting_started.local import (
    SHOP_PATH,
    TOKEN_SECONDS,
    EmulatorOption,
    emulator_at,
    running_locally,
)
from getting_started.ports import AGENT_PORT
from getting_started.stopping import run_until_stopped
from getting_started.terminal import sit_at_the_desk, talk_in_a_chat
from getting_started.twilio_emulator.driver import Driver


async def serve(agent_port: int) -> None:
    environment = read_environment()
    async with (
        running_locally(environment, agent_port=agent_port, token_seconds=TOKEN_SECONDS) as stack,
        Driver(stack.emulator_url) as driver,
    ):
        console.print(f"The shop with the chat: [bold]{stack.agent_url}{SHOP_PATH}/[/]")
        await sit_at_the_desk(driver)


async def talk(emulator: str) -> None:
    async with emulator_at(emulator, read_environment()) as url, Driver(url) as driver:
        await talk_in_a_chat(driver)


def main(
    by_typing: Annotated[
        bool, typer.Option("--type", help="Be the visitor here, without a browser.")
    ] = False,
    emulator: EmulatorOption = "",
    agent_port: Annotated[int, typer.Option(help="Port of the shop and the agent.")] = AGENT_PORT,
) -> None:
    """A shop with the chat widget on it; or be its visitor by typing."""
    try:
        run_until_stopped(talk(emulator) if by_typing else serve(agent_port))
    except AgentError as error:
        typer.echo(error, err=True)
        raise typer.Exit(2) from None


if __name__ == "__main__":
    typer.run(main)
