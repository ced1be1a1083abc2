"""What setup is given: an emulated account, and what a person knows of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from getting_started.setup.account import Account
from getting_started.twilio_emulator.twilio import Twilio

AGENT_URL = "https://agent.example.org"


@pytest.fixture
def environment(cloud: Twilio) -> dict[str, str]:
    """What setup is told about the account."""
    return {
        "TWILIO_ACCOUNT_SID": cloud.account.sid,
        "TWILIO_AUTH_TOKEN": cloud.account.auth_token,
        "TWILIO_API_KEY": cloud.account.api_key,
        "TWILIO_API_SECRET": cloud.account.api_secret,
        "TWILIO_PHONE_NUMBER": "+15550100002",
        "TWILIO_VOICE_PUBLIC_DOMAIN": AGENT_URL.removeprefix("https://"),
        "AGENT_TWILIO_BASE_URL": cloud.base_url + "/{product}",
    }


@pytest.fixture
def account(environment: dict[str, str]) -> Iterator[Account]:
    account = Account(environment)
    yield account
    account.close()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a command runs: nothing is there yet."""
    monkeypatch.chdir(tmp_path)
    return tmp_path
