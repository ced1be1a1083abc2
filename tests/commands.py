"""Commands as a newcomer runs them: a process of its own, an empty home, no settings."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
FEATURES: Final = ROOT / "getting_started" / "examples" / "features"
AGENT: Final = ("-m", "agent")
SECONDS: Final = 50
UNHURRIED: Final = {"AGENT_MEMORY_SECONDS": "10"}
"""However busy the machine is, nothing is logged about it."""


@dataclass(frozen=True)
class Finished:
    """How a command ended. Words of `out` are apart by one blank, however they were wrapped."""

    code: int
    out: str
    err: str


async def run(folder: Path, *arguments: str | Path, typed: str = "", **extra: str) -> Finished:
    """Run python with `arguments` in `folder`, to its end; `extra` are environment variables."""
    async with started(folder, *arguments, **extra) as process:
        return await finish(process, typed)


@asynccontextmanager
async def started(folder: Path, *arguments: str | Path, **extra: str) -> AsyncIterator[Process]:
    """Python with `arguments`, running; killed at the end if it still does."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *map(str, arguments),
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(folder), **UNHURRIED, **extra},
        stdin=PIPE,
        stdout=PIPE,
        stderr=PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


async def finish(process: Process, typed: str = "") -> Finished:
    """What a process says until it ends by itself."""
    async with asyncio.timeout(SECONDS):
        out, err = await process.communicate(typed.encode())
    return Finished(process.returncode or 0, one_line(out.decode()), err.decode())


async def interrupt(process: Process) -> Finished:
    """Ctrl+C, twice as the impatient do, and what the process says until it ends by it."""
    process.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGINT)
    return await finish(process)


async def read_until(process: Process, words: str) -> str:
    """What a process says up to the line with `words`."""
    assert process.stdout is not None
    said = ""
    async with asyncio.timeout(SECONDS):
        while words not in said:
            line = await process.stdout.readline()
            assert line, f"it ended before it said {words!r}: {said}"
            said += line.decode()
    return said


def one_line(text: str) -> str:
    return " ".join(text.split())
