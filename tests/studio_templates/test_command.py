"""`agent flows` without a network."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from getting_started.twilio_emulator.twilio import Twilio
from studio_templates.render import EXAMPLE
from tests.studio_templates.conftest import Command

SIDS = (
    "workspace_sid",
    "workflow_sid",
    "voice_task_channel_sid",
    "chat_task_channel_sid",
    "conversation_service_sid",
)
GIVEN = [word for name in SIDS for word in ("--set", f"{name}={getattr(EXAMPLE, name)}")]
SECRET = "invented-flow-secret"  # noqa: S105 - invented


def test_templates_are_valid(bare: Command) -> None:
    ended = bare("validate")

    assert (ended.exit_code, ended.output) == (0, "agent_handoff.json: no errors\n")


def test_module_is_the_same_command(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "studio_templates", "validate"]

    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, check=True)  # noqa: S603 - our own
    assert ended.stdout == b"agent_handoff.json: no errors\n"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "odd: template: odd.json is not JSON"),
        ('{"initial_state": "${who}", "states": []}', "there is no parameter 'who'"),
        ('{"initial_state": "Trigger", "states": []}', "there is no widget 'Trigger'"),
        ('{"states": []}', "odd: template: "),
    ],
)
def test_broken_template_is_told(bare: Command, tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "odd.json").write_text(content)

    ended = bare("validate", "odd.json")

    assert ended.exit_code == 1
    assert message in ended.output


def test_errors_are_told_as_json(bare: Command, tmp_path: Path) -> None:
    (tmp_path / "odd.json").write_text('{"initial_state": "Trigger", "states": []}')

    (error,) = json.loads(bare("validate", "odd.json", "--json").stdout)["odd.json"]
    assert (error["field"], error["path"]) == ("initial_state", "#/initial_state")


def test_rendered_flow_is_published(bare: Command, cloud: Twilio, tmp_path: Path) -> None:
    ended = bare("render", *GIVEN, "--out", "flow.json")

    assert ended.exit_code == 0
    definition = json.loads((tmp_path / "flow.json").read_text("utf-8"))
    assert cloud.studio.create_flow("Agent handoff", definition).sid.startswith("FW")


def test_flow_that_knows_the_agent_is_rendered(bare: Command) -> None:
    known = {"AGENT_PUBLIC_URL": "https://a.example", "AGENT_FLOW_SECRET": SECRET}

    ended = bare("render", *GIVEN, TWILIO_VOICE_WEBSOCKET_PATH="/relay", **known)

    assert f"https://studio:{SECRET}@a.example/handoffs" in ended.output
    assert '"wss://a.example/relay"' in ended.output


def test_what_is_given_goes_before_the_environment(bare: Command) -> None:
    ended = bare("render", *GIVEN, "--set", "app_url=", AGENT_PUBLIC_URL="https://a.example")

    assert ended.exit_code == 0
    assert "a.example" not in ended.output


def test_region_is_where_conversations_are_asked(bare: Command) -> None:
    ended = bare("render", *GIVEN, TWILIO_REGION="ie1")

    assert "https://conversations.ie1.twilio.com/v2/Conversations" in ended.output
    assert "https://flex-api.twilio.com/" in ended.output


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--set", "workflow_sid=WX1"], "parameter 'workflow_sid'"),
        (["--set", "workflow=WW1"], "there is no parameter 'workflow'"),
        (["--set", "workflow_sid"], "--set takes NAME=VALUE; got workflow_sid"),
        (["no_such_flow"], "There is no template 'no_such_flow', nor such a file"),
    ],
)
def test_wrong_option_is_told(bare: Command, options: list[str], message: str) -> None:
    ended = bare("render", *GIVEN, *options)

    assert ended.exit_code == 2
    assert message in ended.output


@pytest.mark.parametrize("verb", ["list", "render", "validate", "deploy", "diff", "pull"])
def test_help_fits_a_narrow_terminal(bare: Command, verb: str) -> None:
    ended = bare(verb, "--help", COLUMNS="80")

    assert ended.exit_code == 0
    assert "…" not in ended.output
