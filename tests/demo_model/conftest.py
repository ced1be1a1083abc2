"""The demo model on a real port, and the real client of OpenAI in front of it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
from openai import AsyncOpenAI

from getting_started.demo_model.app import create_demo_model
from getting_started.serving import listen, serving
from getting_started.twilio_emulator.outgoing import new_client


@pytest.fixture
async def model_url() -> AsyncIterator[str]:
    async with serving(create_demo_model(), listen()) as url:
        yield url


@pytest.fixture
async def openai_client(model_url: str) -> AsyncIterator[AsyncOpenAI]:
    async with AsyncOpenAI(
        base_url=f"{model_url}/v1", api_key="demo", max_retries=0, timeout=5
    ) as client:
        yield client


@pytest.fixture
async def http(model_url: str) -> AsyncIterator[httpx.AsyncClient]:
    async with new_client(base_url=model_url, timeout=5) as client:
        yield client
