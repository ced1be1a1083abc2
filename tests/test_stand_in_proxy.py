"""The proxy with the clients that an application would use."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import requests
from openai import AsyncOpenAI

from getting_started.demo_model.app import create_demo_model
from getting_started.demo_model.phrases import ENGLISH
from getting_started.serving import listen, serving
from getting_started.twilio_emulator.twilio import Twilio
from tests.stand_in_proxy import StandInProxy

WORKSPACES = "https://taskrouter.twilio.com/v1/Workspaces"


@pytest.fixture
async def proxy(twilio: Twilio) -> AsyncIterator[StandInProxy]:
    async with serving(create_demo_model(), listen()) as model_url:
        stand_ins = {"*.twilio.com": twilio.base_url, "api.openai.com": model_url}
        async with StandInProxy(stand_ins) as proxy:
            yield proxy


@pytest.fixture(autouse=True)
def authority(proxy: StandInProxy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Only the environment tells the clients of the proxy."""
    file = proxy.write_authority(tmp_path / "authority.pem")
    monkeypatch.setenv("HTTPS_PROXY", proxy.url)
    monkeypatch.setenv("HTTP_PROXY", proxy.url)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    return file


async def test_httpx_reaches_the_emulator(proxy: StandInProxy, twilio: Twilio) -> None:
    async with httpx.AsyncClient() as client:
        answer = await client.get(WORKSPACES)

    assert answer.status_code == 401
    assert twilio.journal.since(0, "request")[0].detail["product"] == "taskrouter"
    assert proxy.hosts == {"taskrouter.twilio.com"}
    assert not proxy.refused


async def test_requests_reaches_the_emulator(authority: Path) -> None:
    answer = await asyncio.to_thread(requests.get, WORKSPACES, verify=str(authority), timeout=5)

    assert answer.status_code == 401


async def test_openai_client_streams_from_the_demo_model(proxy: StandInProxy) -> None:
    async with (
        AsyncOpenAI(api_key="demo") as client,
        client.responses.stream(model="any", input="Hello") as events,
    ):
        response = await events.get_final_response()

    assert response.output_text == ENGLISH.greeting
    assert proxy.hosts == {"api.openai.com"}


async def test_other_https_hosts_are_refused(proxy: StandInProxy) -> None:
    async with httpx.AsyncClient() as client:
        with pytest.raises(httpx.ProxyError, match="403"):
            await client.get("https://example.com/")

    assert proxy.refused == {"example.com"}


async def test_plain_http_is_refused(proxy: StandInProxy) -> None:
    async with httpx.AsyncClient() as client:
        answer = await client.get("http://studio.twilio.com/")

    assert answer.status_code == 403
    assert proxy.refused == {"studio.twilio.com"}


async def test_many_requests_at_once(proxy: StandInProxy) -> None:
    hosts = ["studio", "conversations", "memory", "taskrouter"] * 10

    async with httpx.AsyncClient() as client:
        urls = [f"https://{host}.twilio.com/v1/x" for host in hosts]
        answers = await asyncio.gather(*(client.get(url) for url in urls))

    assert {answer.status_code for answer in answers} <= {401, 404}
    assert len(proxy.hosts) == 4
