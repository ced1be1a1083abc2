"""What setup is given: an emulated account, and what a person knows of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from getting_started.setup.account import Account
from getting_started.twilio_emulator.new_account import open_account
from getting_started.twilio_emulator.twilio import Twilio

AGENT_URL = "https://agent.example.org"
NewAccount = Callable[..., Account]


@pytest.fixture
def flex(cloud: Twilio) -> Twilio:
    """A new Flex account with a number, and nothing of the agent's."""
    open_account(cloud)
    return cloud


@pytest.fixture
def environment(emulator: Twilio) -> dict[str, str]:
    """What setup is told about the account."""
    return environment_of(emulator)


def environment_of(twilio: Twilio) -> dict[str, str]:
    return {
        "TWILIO_ACCOUNT_SID": twilio.account.sid,
        "TWILIO_AUTH_TOKEN": twilio.account.auth_token,
        "TWILIO_API_KEY": twilio.account.api_key,
        "TWILIO_API_SECRET": twilio.account.api_secret,
        "TWILIO_PHONE_NUMBER": "+15550100002",
        "TWILIO_VOICE_PUBLIC_DOMAIN": AGENT_URL.removeprefix("https://"),
        "AGENT_TWILIO_BASE_URL": twilio.base_url + "/{product}",
    }


@pytest.fixture
def new_account(environment: dict[str, str], tmp_path: Path) -> Iterator[NewAccount]:
    """Each as another run on the same machine has it; they wait for nothing."""
    made: list[Account] = []

    def make(patience: float = 5, workflow: str = "", **more: str) -> Account:
        settings = {name: value for name, value in {**environment, **more}.items() if value}
        folder = tmp_path / ".agent"
        made.append(Account(settings, patience=patience, pause=0, workflow=workflow, folder=folder))
        return made[-1]

    yield make
    for account in made:
        account.close()


@pytest.fixture
def account(new_account: NewAccount) -> Account:
    return new_account()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a command runs: nothing is there yet."""
    monkeypatch.chdir(tmp_path)
    return tmp_path
