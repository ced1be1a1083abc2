"""`agent serve` that cannot start says why in a line or two."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from agent.app import create_app
from agent.errors import SettingsError, TwilioApiError
from agent.settings import load_settings
from getting_started.local import running_locally
from getting_started.twilio_emulator.faults import Fault
from getting_started.twilio_emulator.seed import seed
from getting_started.twilio_emulator.twilio import Twilio
from tests.environment import COMPLETE

MODEL = {"OPENAI_BASE_URL": "http://127.0.0.1:1/v1"}
CONFIGURATIONS = "/v2/ControlPlane/Configurations/*"


async def serve(folder: Path, environment: dict[str, str]) -> tuple[int | None, str]:
    """Exit code and output of `agent serve`, started in an empty folder."""
    inherited = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "agent", "serve"),
        env={**inherited, **MODEL, **environment},
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    return process.returncode, output.decode()


async def test_failed_start_is_told_in_a_line(twilio: Twilio, tmp_path: Path) -> None:
    environment = {**seed(twilio, "http://127.0.0.1:1"), "TWILIO_API_SECRET": "wrong"}

    code, output = await serve(tmp_path, environment)

    assert code == 2
    assert len(output.splitlines()) == 1
    assert "failed: HTTP 401, Authenticate" in output
    assert environment["TWILIO_CONVERSATION_CONFIGURATION_ID"] in output


async def test_database_that_cannot_be_used_is_told_with_its_setting(
    twilio: Twilio, tmp_path: Path
) -> None:
    (tmp_path / "agent.db").write_text("no database " * 100)
    environment = {**seed(twilio, "http://127.0.0.1:1"), "AGENT_DATABASE_URL": "sqlite:///agent.db"}

    code, output = await serve(tmp_path, environment)

    assert code == 2
    assert len(output.splitlines()) == 2
    assert "sqlite:///agent.db cannot be used: file is not a database" in output


async def test_server_whose_port_is_taken_does_not_say_that_it_serves(
    twilio: Twilio, tmp_path: Path
) -> None:
    address = {
        "TWILIO_SERVER_HOST": "127.0.0.1",
        "TWILIO_SERVER_PORT": twilio.base_url.rpartition(":")[2],
    }

    code, output = await serve(tmp_path, {**seed(twilio, "http://127.0.0.1:1"), **address})

    assert code
    assert "address already in use" in output
    assert "Serving" not in output


@pytest.mark.parametrize(
    ("fault", "changed", "said"),
    [
        ({"status": 500}, {}, "failed: HTTP 500"),
        ({"status": 404}, {}, "failed: HTTP 404"),
        ({"drop": "before"}, {}, "failed: ReadError"),
        ({"delay": 0.3, "status": 500}, {"AGENT_TWILIO_SECONDS": "0.2"}, "failed: ReadTimeout"),
        ({}, {"AGENT_TWILIO_BASE_URL": "http://127.0.0.1:1/{product}"}, "failed: ConnectError"),
    ],
)
async def test_account_that_cannot_be_read_is_an_error(
    twilio: Twilio, fault: dict[str, Any], changed: dict[str, str], said: str
) -> None:
    environment = {**seed(twilio, "http://127.0.0.1:1"), **MODEL, **changed}
    if fault:
        twilio.faults.add(Fault(product="conversations", path=CONFIGURATIONS, **fault))

    app = create_app(load_settings(environment))
    with pytest.raises(TwilioApiError, match=said):
        async with app.router.lifespan_context(app):
            pass


def test_configured_attributes_that_do_not_fit_are_refused() -> None:
    attributes = json.dumps({"crm_url": "https://crm.example.org/" + "7" * 400})
    settings = load_settings({**COMPLETE, "AGENT_HANDOFF_ATTRIBUTES": attributes})

    with pytest.raises(SettingsError, match=r"AGENT_HANDOFF_ATTRIBUTES: .* too much room"):
        create_app(settings)


async def test_agent_that_is_stopped_at_once_leaves_in_good_order() -> None:
    """Whatever its watches are at: else the database is locked for who comes next."""
    for milliseconds in range(5):
        async with running_locally({}):
            await asyncio.sleep(milliseconds / 1000)
