"""Where Twilio is configured there is no console, and nothing of the emulator."""

from __future__ import annotations

import httpx
import pytest

from agent.app import create_app
from agent.settings import load_settings
from tests.environment import COMPLETE


@pytest.mark.parametrize(
    "path", ["/", "/console/main.js", "/console/settings", "/_emulator/journal", "/_demo/faults"]
)
async def test_live_agent_serves_no_console(path: str) -> None:
    transport = httpx.ASGITransport(create_app(load_settings(COMPLETE)))

    async with httpx.AsyncClient(transport=transport, base_url="http://agent.example") as client:
        response = await client.get(path)

    assert response.status_code == 404
