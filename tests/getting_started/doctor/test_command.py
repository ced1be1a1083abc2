"""The command, as somebody runs it on a new account."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from agent.errors import AgentError
from getting_started.doctor.examination import Examination
from getting_started.doctor.register import CHECKS
from getting_started.doctor.run import Options
from getting_started.doctor.run import run as run_doctor
from getting_started.doctor.runner import examine
from getting_started.doctor.view import to_json
from getting_started.twilio_emulator.new_account import open_account
from getting_started.twilio_emulator.seed import AGENT_NUMBER, access
from getting_started.twilio_emulator.twilio import Twilio
from tests.commands import AGENT, run

AGENT_URL = "http://127.0.0.1:1"


@pytest.fixture
def environment(twilio: Twilio) -> dict[str, str]:
    """A new account, of which the person knows the credentials; there is no model."""
    open_account(twilio)
    return access(twilio, AGENT_URL)


async def test_new_account_gets_a_list(
    twilio: Twilio, environment: dict[str, str], tmp_path: Path
) -> None:
    finished = await run(tmp_path, *AGENT, "doctor", **environment)

    assert finished.code == 1, finished.err
    assert "✗ The conversation configuration exists" in finished.out
    assert "uv run agent setup --only conversation-configuration --apply" in finished.out
    assert "✓ The API key is good" in finished.out
    assert "✗ The model answers" in finished.out
    for hidden in (AGENT_NUMBER, twilio.account.auth_token, "Traceback"):
        assert hidden not in finished.out + finished.err


async def test_fix_sets_up_what_it_can(environment: dict[str, str], tmp_path: Path) -> None:
    """Then nobody serves, and there is no model."""
    finished = await run(tmp_path, *AGENT, "doctor", "--fix", "--apply", **environment)

    _before, _setup, after = finished.out.split("─ agent ")
    assert finished.code == 1, finished.err
    assert "TWILIO_STUDIO_HANDOFF_FLOW_SID=FW" in (tmp_path / ".env").read_text()
    assert after.count("✗") == 3
    assert "settings-complete" in after
    assert "public-url" in after


async def test_without_settings_it_says_what_is_missing(tmp_path: Path) -> None:
    found = await examine(Examination({}, folder=tmp_path), CHECKS)

    shown = to_json(found)["checks"]
    assert [one["name"] for one in shown if one["status"] == "failed"] == ["settings"]
    assert "TWILIO_ACCOUNT_SID: is not set" in shown[0]["evidence"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"only": ["weather"]}, "--only takes settings, .*; got weather"),
        ({"fix": True, "as_json": True}, "does not go with --json"),
        ({"apply": True}, "--apply is for --fix"),
    ],
    ids=["unknown check", "fix as JSON", "apply alone"],
)
def test_wrong_option_is_explained(tmp_path: Path, options: dict[str, Any], words: str) -> None:
    with pytest.raises(AgentError, match=words):
        run_doctor(Options(**options, env_file=tmp_path / ".env"))
