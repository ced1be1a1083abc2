"""What most tests share: an emulated Twilio on a real port."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from getting_started.local import LocalStack, running_locally
from getting_started.serving import listen, serving, url_of
from getting_started.twilio_emulator.app import create_emulator
from getting_started.twilio_emulator.twilio import Twilio


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """All tests run on every core; those that are named run in one process, which starts sooner."""
    is_all = not config.option.file_or_dir and not config.option.keyword
    return None if is_all else 0


@pytest.fixture
async def twilio() -> AsyncIterator[Twilio]:
    """An empty emulated account, served on a free port."""
    listener = listen()
    twilio = Twilio(url_of(listener))
    async with serving(create_emulator(twilio), listener):
        yield twilio


@pytest.fixture
async def stack() -> AsyncIterator[LocalStack]:
    """The agent on an emulated account that is set up, with the demo model."""
    async with running_locally({}) as stack:
        yield stack
