"""`python -m studio_templates`: check the templates, or render the one that takes a handoff."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from studio_templates.errors import FlowError
from studio_templates.render import AGENT_HANDOFF, EXAMPLE, FLOWS, ParameterError, to_parameters
from studio_templates.render import render as render_template
from studio_templates.validate import find_errors

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


def check_template(path: Path) -> list[FlowError]:
    """The errors of one template, rendered with example parameters."""
    try:
        return find_errors(render_template(EXAMPLE, path), flow=path.stem)
    except ValueError as error:  # no JSON, an unknown placeholder, no flow definition
        return [FlowError(path.stem, "", "template", str(error), "correct the file", "#")]


def main(folder: Path = FLOWS) -> int:
    """Say what is wrong with each template; 1 when one has an error."""
    console = Console(soft_wrap=True)
    found = 0
    for path in sorted(folder.glob("*.json")):
        errors = check_template(path)
        found += len(errors)
        for error in errors:
            console.print(str(error), style="red", markup=False)
        if not errors:
            console.print(f"{path.name}: no errors", style="green", markup=False)
    return 1 if found else 0


@app.callback(invoke_without_command=True)
def check_unless_told(context: typer.Context) -> None:
    """Studio flow templates. Without a command every template is checked."""
    if context.invoked_subcommand is None:
        raise typer.Exit(main())


@app.command()
def check(folder: Annotated[Path, typer.Argument(help="Where the templates are.")] = FLOWS) -> None:
    """Check every template without a network; exit code 1 when one has an error."""
    raise typer.Exit(main(folder))


@app.command()
def render(
    workspace_sid: Annotated[str, typer.Option(help="TaskRouter workspace of Flex, WS...")],
    workflow_sid: Annotated[str, typer.Option(help="Workflow that routes handoffs, WW...")],
    voice_task_channel_sid: Annotated[str, typer.Option(help="Task channel of calls, TC...")],
    chat_task_channel_sid: Annotated[str, typer.Option(help="Task channel of messages, TC...")],
    conversation_service_sid: Annotated[
        str,
        typer.Option(help="Conversations (Classic) service, IS...; the conversation's own if not."),
    ] = "",
    app_url: Annotated[
        str, typer.Option(help="The agent's public address: a caller it lost is offered it again.")
    ] = "",
    flow_secret: Annotated[
        str,
        typer.Option(
            envvar="AGENT_FLOW_SECRET",
            show_envvar=True,
            help="With --app-url: what `agent flow-secret` prints.",
        ),
    ] = "",
    websocket_path: Annotated[
        str, typer.Option(help="The agent's TWILIO_VOICE_WEBSOCKET_PATH.")
    ] = "/ws",
    out: Annotated[Path | None, typer.Option(help="File to write; else it is printed.")] = None,
) -> None:
    """Fill in agent_handoff.json and give the definition that Studio imports."""
    try:
        parameters = to_parameters(
            {
                "workspace_sid": workspace_sid,
                "workflow_sid": workflow_sid,
                "voice_task_channel_sid": voice_task_channel_sid,
                "chat_task_channel_sid": chat_task_channel_sid,
                "conversation_service_sid": conversation_service_sid,
                "app_url": app_url.rstrip("/"),
                "flow_secret": flow_secret,
                "websocket_path": websocket_path,
            }
        )
    except ParameterError as error:
        typer.echo(error, err=True)
        raise typer.Exit(2) from None
    definition = render_template(parameters, AGENT_HANDOFF).to_dict()
    text = json.dumps(definition, indent=2, ensure_ascii=False)
    if out is None:
        typer.echo(text)
        return
    out.write_text(text + "\n", encoding="utf-8")
    typer.echo(f"Wrote {out}: {len(definition['states'])} widgets")


if __name__ == "__main__":
    app(prog_name="python -m studio_templates")
