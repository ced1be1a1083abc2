"""`agent emulator`: an emulated account that other commands work on."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from dotenv import dotenv_values

from agent.errors import AgentError
from agent.settings import load_settings
from getting_started.emulator import write_environment
from getting_started.serving import listen
from getting_started.twilio_emulator.account import Account
from getting_started.twilio_emulator.seed import access, seed
from getting_started.twilio_emulator.twilio import Twilio
from tests.commands import AGENT, interrupt, read_until, run, started

AGENT_URL = "http://127.0.0.1:8000"


async def test_serves_an_account_that_is_ready_until_interrupted(tmp_path: Path) -> None:
    async with started(tmp_path, *AGENT, "emulator", "--port", "0", "--env-file", "e") as process:
        await read_until(process, "Stop with Ctrl+C")
        settings = load_settings({k: v or "" for k, v in dotenv_values(tmp_path / "e").items()})
        configuration = settings.conversation_configuration_id
        url = settings.twilio_url("conversations") + "/v2/ControlPlane/Configurations"
        auth = (settings.api_key, settings.api_secret.get_secret_value())
        async with httpx.AsyncClient(trust_env=False, auth=auth) as client:
            found = await client.get(f"{url}/{configuration}")
        ended = await interrupt(process)

    assert (found.status_code, ended.code, ended.err) == (200, 0, "")
    assert settings.phone_number == "+15550100002"


@pytest.mark.parametrize("options", [["--empty"], ["--account", "begun"], ["--account", "in-use"]])
async def test_prints_the_way_to_an_account_without_setup(
    tmp_path: Path, options: list[str]
) -> None:
    async with started(tmp_path, *AGENT, "emulator", "--port", "0", *options) as process:
        said = await read_until(process, "uv run agent setup")

    lines = said.splitlines()
    assert "TWILIO_ACCOUNT_SID=AC00000000000000000000000000000001" in lines
    assert "AGENT_PUBLIC_URL=http://127.0.0.1:8000" in lines
    assert "CONFIGURATION_ID" not in said


async def test_taken_port_is_named(tmp_path: Path) -> None:
    with listen() as taken:
        taken.listen()
        port = str(taken.getsockname()[1])
        shown = await run(tmp_path, *AGENT, "emulator", "--port", port)

    assert shown.code == 2
    assert f"Port {port} is taken, so the Twilio emulator cannot start." in shown.err
    assert "--port" in shown.err


def test_env_file_keeps_what_is_its_owners(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text("# my key\nOPENAI_API_KEY=mine\nTWILIO_ACCOUNT_SID=\n")
    twilio = Twilio("http://127.0.0.1:8700")

    write_environment(path, seed(twilio, AGENT_URL))
    write_environment(path, access(twilio, AGENT_URL))

    assert path.read_text().startswith("# my key\nOPENAI_API_KEY=mine\n")
    assert dotenv_values(path) == {"OPENAI_API_KEY": "mine", **access(twilio, AGENT_URL)}


def test_new_env_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    write_environment(tmp_path / ".env", access(Twilio("http://127.0.0.1:8700"), AGENT_URL))

    assert (tmp_path / ".env").stat().st_mode & 0o777 == 0o600


def test_env_file_of_another_account_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    other = access(Twilio("http://x", account=Account(sid=f"AC{'7' * 32}")), AGENT_URL)
    write_environment(path, other)

    with pytest.raises(AgentError, match=f"is for the account AC{'7' * 32}"):
        write_environment(path, access(Twilio("http://x"), AGENT_URL))

    assert dotenv_values(path) == other
