"""An AI Assistant whose tools are this agent's: to a Studio flow, and to a human in Flex.

    uv run python getting_started/examples/features/ai_assistants.py

Plays Twilio's two guides on the emulator, from the customer's first words to the flow's and to the
human's, with the tool's request between; ends with 0 when all went right. `--demo studio|flex`
plays one. On Twilio the tools of an assistant are
`https://<domain>/tools/studio-handover?flowSid=FW...` and `https://<domain>/tools/flex-handover`;
`refund_flow.json` is the flow.
"""

from __future__ import annotations

from typing import Annotated

import typer

from agent.errors import AgentError
from agent.settings import read_environment
from getting_started.assistants_demo import Guide, play
from getting_started.stopping import run_until_stopped


def main(
    demo: Annotated[Guide, typer.Option(help="The guide to play, then exit.")] = Guide.ALL,
) -> None:
    """An AI Assistant that hands a customer over to Studio and to Flex, on the emulator."""
    try:
        raise typer.Exit(0 if run_until_stopped(play(demo, read_environment())) else 1)
    except AgentError as error:
        typer.echo(error, err=True)
        raise typer.Exit(2) from None


if __name__ == "__main__":
    typer.run(main)
