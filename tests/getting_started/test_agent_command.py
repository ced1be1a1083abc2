"""The command `agent`."""

from __future__ import annotations

import re
from pathlib import Path

from tests.commands import AGENT, run
from tests.environment import COMPLETE

OURS = ["serve", "flow-secret", "lost-messages", "handoffs"]
COMMANDS = [*OURS, "demo", "doctor", "emulator", "flows", "setup"]


async def test_help_lists_the_commands(tmp_path: Path) -> None:
    shown = await run(tmp_path, *AGENT, "--help")

    listed = re.findall(r"[│|] ([a-z-]+) [A-Z]", shown.out)
    assert (shown.code, listed) == (0, COMMANDS)


async def test_serve_without_settings_lists_them(tmp_path: Path) -> None:
    shown = await run(tmp_path, *AGENT, "serve")

    assert (shown.code, shown.out) == (2, "")
    assert all(
        f"{variable}: is not set" in shown.err for variable in COMPLETE if "OPEN" not in variable
    )
    assert "OPENAI_API_KEY: is not set, nor is OPENAI_BASE_URL" in shown.err


async def test_serve_says_that_twilio_cannot_be_reached(tmp_path: Path) -> None:
    nowhere = {"AGENT_TWILIO_BASE_URL": "http://127.0.0.1:1/{product}", "TWILIO_SERVER_PORT": "1"}

    shown = await run(tmp_path, *AGENT, "serve", **COMPLETE, **nowhere)

    assert shown.code != 0
    assert "Reading the conversation configuration conv_configuration_" in shown.err
    assert "Traceback" not in shown.err
