"""An emulated account with the desk of Flex, and `agent flows` run on it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from twilio.rest import Client
from typer.testing import CliRunner

from agent.cli import app
from agent.settings import load_credentials
from agent.twilio_api.rest import create_rest_client
from getting_started.twilio_emulator.twilio import Twilio

Environment = dict[str, str]
Command = Callable[..., Any]


@pytest.fixture
def environment(cloud: Twilio) -> Environment:
    """What `.env` holds; workspace, workflow and task channels are to be found in the account."""
    router = cloud.taskrouter
    workspace = router.create_workspace("Flex Task Assignment")
    queue = router.create_queue(workspace.sid, "Support")
    routing = {"task_routing": {"filters": [], "default_filter": {"queue": queue.sid}}}
    router.create_workflow(workspace.sid, "Assign to Anyone", routing)
    return {
        "TWILIO_ACCOUNT_SID": cloud.account.sid,
        "TWILIO_AUTH_TOKEN": cloud.account.auth_token,
        "TWILIO_API_KEY": cloud.account.api_key,
        "TWILIO_API_SECRET": cloud.account.api_secret,
        "TWILIO_VOICE_PUBLIC_DOMAIN": "agent.example.org",
        "AGENT_TWILIO_BASE_URL": cloud.base_url + "/{product}",
    }


@pytest.fixture
def client(environment: Environment) -> Client:
    return create_rest_client(load_credentials(environment))


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """`agent flows` in an empty folder, with the environment that is given."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, **environment: str) -> Any:
        return CliRunner(env=environment).invoke(app, ["flows", *arguments])

    return run


@pytest.fixture
def flows(bare: Command, environment: Environment) -> Command:
    """`agent flows` on the account."""
    return lambda *arguments, **extra: bare(*arguments, **environment, **extra)
