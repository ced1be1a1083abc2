"""An emulated account on a thread of its own: the `twilio` library's calls block."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path
from threading import Thread

import httpx
import pytest

from getting_started.serving import listen, serving, url_of
from getting_started.setup.account import Account
from getting_started.twilio_emulator.app import create_emulator
from getting_started.twilio_emulator.new_account import open_account
from getting_started.twilio_emulator.twilio import Twilio

AGENT_URL = "https://agent.example.org"
NewAccount = Callable[..., Account]


@pytest.fixture(scope="module")
def emulator() -> Iterator[Twilio]:
    """One for the tests of a module."""
    started: Future[tuple[Twilio, asyncio.AbstractEventLoop, asyncio.Event]] = Future()

    async def serve() -> None:
        listener, stop = listen(), asyncio.Event()
        twilio = Twilio(url_of(listener))
        async with serving(create_emulator(twilio), listener):
            started.set_result((twilio, asyncio.get_running_loop(), stop))
            await stop.wait()

    thread = Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    twilio, loop, stop = started.result(timeout=30)
    yield twilio
    loop.call_soon_threadsafe(stop.set)
    thread.join()


def empty(twilio: Twilio) -> Twilio:
    """The same emulator without anything in it."""
    httpx.post(f"{twilio.base_url}/_emulator/reset", trust_env=False).raise_for_status()
    return twilio


@pytest.fixture
def bare(emulator: Twilio) -> Twilio:
    """An account with nothing in it, not even Flex."""
    return empty(emulator)


@pytest.fixture
def cloud(bare: Twilio) -> Twilio:
    """A new Flex account with a number, and nothing of the agent's."""
    open_account(bare)
    return bare


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

    def make(patience: float = 5, **more: str) -> Account:
        settings = {name: value for name, value in {**environment, **more}.items() if value}
        made.append(Account(settings, patience=patience, pause=0, folder=tmp_path / ".agent"))
        return made[-1]

    yield make
    for account in made:
        account.close()


@pytest.fixture
def account(new_account: NewAccount) -> Account:
    return new_account()
