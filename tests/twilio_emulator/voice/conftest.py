"""What the tests of calls share: an application behind a number, and the emulator's driver."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from getting_started.twilio_emulator.driver import Driver
from getting_started.twilio_emulator.twilio import Twilio
from tests.twilio_emulator.voice.app import NUMBER, VoiceApp, serve_voice_app


@pytest.fixture
async def app(twilio: Twilio) -> AsyncIterator[VoiceApp]:
    async with serve_voice_app(twilio, NUMBER) as app:
        yield app


@pytest.fixture
async def driver(twilio: Twilio) -> AsyncIterator[Driver]:
    async with Driver(twilio.base_url) as driver:
        yield driver
