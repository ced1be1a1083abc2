"""The processes under measurement: how each is started, and what it uses."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from asyncio.subprocess import DEVNULL, STDOUT, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks.contenders.plain_tac import TWILIO_URL
from benchmarks.stand_ins.twilio import AGENT, CONFIGURATION_ID
from getting_started.serving import listen

READY_SECONDS = 60.0
STOP_SECONDS = 20.0
ACCOUNT_SID = "AC" + "0" * 31 + "1"
AUTH_TOKEN = "invented-auth-token"  # noqa: S105 - guards nothing


@dataclass(frozen=True)
class Contender:
    """`python -m module`, ready when `ready_path` is answered at all."""

    name: str
    module: tuple[str, ...]
    ready_path: str
    has_messaging: bool


AGENT_ITSELF = Contender("this agent", ("agent", "serve"), "/readyz", True)
_PLAIN = "benchmarks.contenders.plain_tac"
WHOLE = Contender("TAC, whole reply", (_PLAIN, "whole"), "/", True)
STREAMING = Contender("TAC, streaming", (_PLAIN, "streaming"), "/", False)
CONTENDERS = (AGENT_ITSELF, WHOLE, STREAMING)


@dataclass(frozen=True)
class Addresses:
    """Where the stand-ins are."""

    twilio: str
    model: str


@dataclass(frozen=True)
class Running:
    """A contender that serves; `ready_seconds` after its process was started."""

    contender: Contender
    url: str
    ready_seconds: float
    process: psutil.Process

    def cpu_seconds(self) -> float:
        return cpu_seconds_of(self.process)

    def resident_bytes(self) -> int:
        return int(self.process.memory_info().rss)


def cpu_seconds_of(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


@asynccontextmanager
async def running(
    contender: Contender, addresses: Addresses, folder: Path
) -> AsyncIterator[Running]:
    """Run it while the block runs; what it keeps is in `folder`.

    Raises RuntimeError with its last words when it does not start.
    """
    port, log = free_port(), folder / "log"
    environment = environment_for(port, addresses, folder)
    begun = time.perf_counter()
    async with process_of(contender.module, environment, log) as process:
        if not await _is_ready(process, port, contender.ready_path):
            raise RuntimeError(f"{contender.name} did not start:\n{_end_of(log)}")
        ready = time.perf_counter() - begun
        url = f"http://127.0.0.1:{port}"
        yield Running(contender, url, ready, psutil.Process(process.pid))


@asynccontextmanager
async def process_of(
    module: tuple[str, ...], environment: dict[str, str], log: Path
) -> AsyncIterator[Process]:
    """`python -m module`, ended with the block; what it says goes to `log`."""
    with log.open("wb") as out:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", *module, env=environment, stdin=DEVNULL, stdout=out, stderr=STDOUT
        )
    try:
        yield process
    finally:
        await _end(process)


async def _end(process: Process) -> None:
    with suppress(ProcessLookupError):
        process.terminate()
    try:
        async with asyncio.timeout(STOP_SECONDS):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


def environment_for(port: int, addresses: Addresses, folder: Path) -> dict[str, str]:
    """Settings of any contender; each reads what it knows."""
    twilio, model = addresses.twilio, f"{addresses.model}/v1"
    own = {
        "AGENT_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "AGENT_TWILIO_BASE_URL": f"{twilio}/{{product}}",
        "AGENT_DATABASE_URL": f"sqlite:///{folder}/agent.db",
        "AGENT_REOPEN_SECONDS": "0",
        "AGENT_BURST_SECONDS": "0",
    }
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
        "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
        "TWILIO_API_KEY": "SK" + "0" * 31 + "1",
        "TWILIO_API_SECRET": "invented-api-secret",
        "TWILIO_PHONE_NUMBER": AGENT,
        "TWILIO_CONVERSATION_CONFIGURATION_ID": CONFIGURATION_ID,
        "TWILIO_STUDIO_HANDOFF_FLOW_SID": "FW" + "0" * 31 + "1",
        "TWILIO_VOICE_PUBLIC_DOMAIN": f"127.0.0.1:{port}",
        "TWILIO_SERVER_HOST": "127.0.0.1",
        "TWILIO_SERVER_PORT": str(port),
        "TWILIO_LOG_LEVEL": "WARNING",
        "TAC_ANALYTICS_DISABLED": "true",
        "OPENAI_BASE_URL": model,
        "OPENAI_API_KEY": "invented-model-key",
        TWILIO_URL: twilio,
        **own,
    }


def free_port() -> int:
    with listen() as listener:
        return int(listener.getsockname()[1])


async def _is_ready(process: Process, port: int, path: str) -> bool:
    """At the first answer, looked for every few milliseconds; False when none comes."""
    with suppress(TimeoutError):
        async with asyncio.timeout(READY_SECONDS):
            while process.returncode is None:
                if await _answers(port, path):
                    return True
                await asyncio.sleep(0.005)
    return False


def _end_of(log: Path) -> str:
    return log.read_text()[-2000:]


async def _answers(port: int, path: str) -> bool:
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    try:
        writer.write(f"GET {path} HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n".encode())
        return bool(await reader.readline())
    except OSError:
        return False
    finally:
        writer.close()
