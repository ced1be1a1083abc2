"""`python -m studio_templates`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from getting_started.twilio_emulator.twilio import Twilio
from studio_templates.__main__ import app
from studio_templates.render import EXAMPLE

OPTIONS = [
    *("--workspace-sid", EXAMPLE.workspace_sid),
    *("--workflow-sid", EXAMPLE.workflow_sid),
    *("--voice-task-channel-sid", EXAMPLE.voice_task_channel_sid),
    *("--chat-task-channel-sid", EXAMPLE.chat_task_channel_sid),
]


def run(*arguments: str) -> Any:
    return CliRunner().invoke(app, [*arguments])


@pytest.mark.parametrize("arguments", [(), ("check",)])
def test_templates_are_checked(arguments: tuple[str, ...]) -> None:
    ended = run(*arguments)

    assert (ended.exit_code, ended.output) == (0, "agent_handoff.json: no errors\n")


async def test_rendered_flow_is_published(twilio: Twilio, tmp_path: Path) -> None:
    ended = run("render", *OPTIONS, "--out", str(tmp_path / "flow.json"))

    assert ended.exit_code == 0
    definition = json.loads((tmp_path / "flow.json").read_text("utf-8"))
    assert twilio.studio.create_flow("Agent handoff", definition).sid.startswith("FW")


def test_flow_that_knows_the_agent_is_rendered() -> None:
    secret = "invented-flow-secret"  # noqa: S105 - invented
    ended = run("render", *OPTIONS, "--app-url", "https://a.example/", "--flow-secret", secret)

    assert f"https://studio:{secret}@a.example/handoffs/pending?CallSid=" in ended.output
    assert '"wss://a.example/ws"' in ended.output


def test_flow_is_printed_without_a_file() -> None:
    assert EXAMPLE.workflow_sid in json.dumps(json.loads(run("render", *OPTIONS).output))


def test_every_wrong_parameter_is_named() -> None:
    ended = run("render", *OPTIONS, "--workflow-sid", "WX1", "--workspace-sid", "")

    assert ended.exit_code == 2
    assert "parameter 'workflow_sid'" in ended.output
    assert "parameter 'workspace_sid'" in ended.output
