"""The command `agent`."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.commands import AGENT, run
from tests.environment import COMPLETE

OURS = ["serve", "flow-secret"]
NOWHERE = {"AGENT_TWILIO_BASE_URL": "http://127.0.0.1:1/{product}", "TWILIO_SERVER_PORT": "1"}
BROUGHT = ["demo", "doctor", "emulator", "flows", "handoffs", "lost-messages", "setup"]


async def test_help_lists_the_commands(tmp_path: Path) -> None:
    shown = await run(tmp_path, *AGENT, "--help")

    listed = re.findall(r"[│|] ([a-z-]+) [A-Z]", shown.out)
    assert (shown.code, listed) == (0, OURS + BROUGHT)


async def test_serve_without_settings_lists_them(tmp_path: Path) -> None:
    shown = await run(tmp_path, *AGENT, "serve")

    assert (shown.code, shown.out) == (2, "")
    assert all(
        f"{variable}: is not set" in shown.err for variable in COMPLETE if "OPEN" not in variable
    )
    assert "OPENAI_API_KEY: is not set, nor is OPENAI_BASE_URL" in shown.err


async def test_serve_says_that_twilio_cannot_be_reached(tmp_path: Path) -> None:
    shown = await run(tmp_path, *AGENT, "serve", **COMPLETE, **NOWHERE)

    assert shown.code != 0
    assert "Reading the conversation configuration conv_configuration_" in shown.err
    assert "Traceback" not in shown.err


@pytest.mark.parametrize(
    ("command", "needed", "superfluous"),
    [
        (
            "serve",
            {"agent.app", "dbos", "openai"},
            {"agent.handoff_report", "alembic", "fastapi", "liquid", "pydantic.v1"}
            | {"twilio.rest.api", "typer.rich_utils"},
        ),
        (
            "--help",
            {"agent.cli", "agent.handoff_report"},
            {"agent.app", "alembic", "dbos", "fastapi", "getting_started.local", "openai"}
            | {"psycopg", "tac", "twilio.rest.api"},
        ),
    ],
)
async def test_command_loads_only_what_it_needs(
    tmp_path: Path, command: str, needed: set[str], superfluous: set[str]
) -> None:
    shown = await run(tmp_path, "-X", "importtime", *AGENT, command, **COMPLETE, **NOWHERE)

    loaded = set(re.findall(r"^import time: .*\| +(\S+)$", shown.err, re.MULTILINE))
    assert needed <= loaded
    assert not superfluous & loaded
