"""The environment of a live Twilio account, complete on this machine.

A process started here finds what it would find in production: credentials in `TWILIO_*`, and the
real host names behind an HTTPS proxy. Behind those names stand the emulator and the demo model;
every host asked for is noted. The process is reached at a public address, as through a tunnel.
"""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import httpx

from getting_started.demo_model.app import create_demo_model
from getting_started.serving import listen, serving, url_of
from getting_started.twilio_emulator.app import create_emulator
from getting_started.twilio_emulator.outgoing import new_client
from getting_started.twilio_emulator.seed import seed
from getting_started.twilio_emulator.twilio import Twilio
from tests.ports import reserved_port
from tests.stand_in_proxy import StandInProxy

ROOT: Final = Path(__file__).parents[1]
PUBLIC_URL: Final = "https://agent.example.org"
START_SECONDS: Final = 30


@dataclass(frozen=True)
class LiveEnvironment:
    """Who stands behind the real names, and how a process gets there."""

    twilio: Twilio
    account: dict[str, str]
    """`TWILIO_*` of the account, as its owner would copy them from the console."""
    proxy: StandInProxy
    model_url: str
    port: int
    """Where the process under test has to listen."""
    authority: Path
    extra: dict[str, str] = field(default_factory=dict)

    def variables(self) -> dict[str, str]:
        """The whole environment of the process: nothing of the tests' own gets in."""
        return {
            "PATH": os.environ["PATH"],
            "HTTPS_PROXY": self.proxy.url,
            "HTTP_PROXY": self.proxy.url,
            "NO_PROXY": "127.0.0.1,localhost",
            "SSL_CERT_FILE": str(self.authority),
            **self.account,
            "TWILIO_SERVER_HOST": "127.0.0.1",
            "TWILIO_SERVER_PORT": str(self.port),
            "OPENAI_BASE_URL": "https://api.openai.com/v1",
            **self.extra,
        }


@asynccontextmanager
async def live_environment(folder: Path, **extra: str) -> AsyncIterator[LiveEnvironment]:
    """Everything but the process; `extra` are more variables for it, or other values."""
    with reserved_port() as port:
        async with _around(port, folder, extra) as environment:
            yield environment


@asynccontextmanager
async def _around(port: int, folder: Path, extra: dict[str, str]) -> AsyncIterator[LiveEnvironment]:
    listener = listen()
    base_url = url_of(listener)
    twilio = Twilio(
        base_url,
        routes={
            PUBLIC_URL: f"http://127.0.0.1:{port}",
            "https://webhooks.twilio.com": base_url,
        },
    )
    async with (
        serving(create_emulator(twilio), listener),
        serving(create_demo_model(), listen()) as model_url,
        StandInProxy(
            {
                "*.twilio.com": base_url,
                "api.openai.com": model_url,
                urlsplit(PUBLIC_URL).netloc: f"http://127.0.0.1:{port}",
            }
        ) as proxy,
    ):
        yield LiveEnvironment(
            twilio=twilio,
            account=_set_up(twilio),
            proxy=proxy,
            model_url=model_url,
            port=port,
            authority=proxy.write_authority(folder / "authority.pem"),
            extra=extra,
        )


def _set_up(twilio: Twilio) -> dict[str, str]:
    """A complete account; the addresses that only an emulator needs are left out."""
    variables = seed(twilio, PUBLIC_URL)
    return {name: value for name, value in variables.items() if name.startswith("TWILIO_")}


@asynccontextmanager
async def running_agent(environment: LiveEnvironment, folder: Path) -> AsyncIterator[Process]:
    """`python -m agent serve` in that environment, ready; its output goes to `agent.log`."""
    log_file = folder / "agent.log"
    with log_file.open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "agent", "serve"),
            env=environment.variables()
            | {"PYTHONPATH": str(ROOT), "HOME": str(folder), "AGENT_HANDOFF_RETRY_SECONDS": "0"},
            cwd=folder,
            stdout=log,
            stderr=log,
        )
        try:
            is_ready = await becomes_ready(environment.port, lambda: process.returncode is not None)
            assert is_ready, await asyncio.to_thread(log_file.read_text)
            yield process
        finally:
            if process.returncode is None:
                process.terminate()
            await process.wait()


async def becomes_ready(port: int, has_ended: Callable[[], bool]) -> bool:
    """True once a process answers there; False when it ends before that."""
    url = f"http://127.0.0.1:{port}/readyz"
    async with asyncio.timeout(START_SECONDS), new_client() as client:
        while not await _answers(client, url):
            if has_ended():
                return False
            await asyncio.sleep(0.02)
    return True


async def _answers(client: httpx.AsyncClient, url: str) -> bool:
    try:
        return (await client.get(url)).is_success
    except httpx.TransportError:
        return False
