"""An emulated account on a thread of its own: the `twilio` library's calls block."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path
from threading import Thread

import httpx
import pytest

from getting_started.serving import listen, serving, url_of
from getting_started.setup.account import Account
from getting_started.twilio_emulator.app import create_emulator
from getting_started.twilio_emulator.twilio import Twilio

AGENT_URL = "https://agent.example.org"


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


@pytest.fixture
def cloud(emulator: Twilio) -> Twilio:
    """The emulated account, empty."""
    httpx.post(f"{emulator.base_url}/_emulator/reset", trust_env=False).raise_for_status()
    return emulator


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
