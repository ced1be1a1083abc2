"""One contender through everything a plan asks for."""

from __future__ import annotations

import asyncio
import gc
import statistics
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import psutil

from benchmarks.contenders.running import (
    Addresses,
    Contender,
    Running,
    cpu_seconds_of,
    environment_for,
    free_port,
    process_of,
    running,
)
from benchmarks.customers.callers import Callers, VoiceLoad, call_briefly
from benchmarks.customers.writers import Writers, WritingLoad
from benchmarks.figures import (
    Figures,
    Harness,
    LengthFigures,
    ShortFigures,
    VoiceFigures,
    WritingFigures,
    percentiles,
)
from benchmarks.plan import LongCalls, Plan, ShortCalls
from benchmarks.stand_ins.model import ModelFigures, Pace
from benchmarks.stand_ins.serving import standing_in
from benchmarks.stand_ins.twilio import TwilioStandIn
from getting_started.serving import listen, url_of

QUIET_SECONDS = 0.5
TICK_SECONDS = 0.01
USUAL, AT_ONCE = Pace(), Pace(first_seconds=0.0, token_seconds=0.0)

Say = Callable[[str], None]


@dataclass(frozen=True)
class Bench:
    """The stand-ins: Twilio's in this process, beside the customers; the model in its own."""

    twilio: TwilioStandIn
    model: psutil.Process
    addresses: Addresses
    client: httpx.AsyncClient

    async def set_pace(self, pace: Pace) -> None:
        url = f"{self.addresses.model}/pace"
        (await self.client.put(url, json=asdict(pace))).raise_for_status()

    async def model_figures(self) -> ModelFigures:
        """Since they were asked for last."""
        response = await self.client.get(f"{self.addresses.model}/figures")
        return ModelFigures(**response.raise_for_status().json())


@asynccontextmanager
async def bench() -> AsyncIterator[Bench]:
    """The stand-ins while the block runs."""
    listener, port = listen(), free_port()
    twilio = TwilioStandIn()
    addresses = Addresses(url_of(listener), f"http://127.0.0.1:{port}")
    with TemporaryDirectory(prefix="benchmark-") as folder:
        environment = environment_for(port, addresses, Path(folder))
        module = ("benchmarks.stand_ins.model", str(port))
        async with (
            standing_in(twilio.handle, listener),
            process_of(module, environment, Path(folder) / "log") as process,
            httpx.AsyncClient(trust_env=False) as client,
        ):
            stand_ins = Bench(twilio, psutil.Process(process.pid), addresses, client)
            await _until_up(stand_ins)
            yield stand_ins


async def _until_up(stand_ins: Bench) -> None:
    async with asyncio.timeout(10):
        while True:
            try:
                await stand_ins.set_pace(USUAL)
            except httpx.ConnectError:
                await asyncio.sleep(0.02)
            else:
                return


async def measure(contender: Contender, plan: Plan, stand_ins: Bench, say: Say) -> Figures:
    """Start it and put it through `plan`; `say` hears what comes next.

    The first start is not counted: it makes the database, and byte code where there is none.
    """
    with TemporaryDirectory(prefix="benchmark-") as name:
        folder = Path(name)
        say(f"{contender.name}: starting")
        starts = [await _start_only(contender, stand_ins, folder) for _ in range(plan.starts)]
        async with running(contender, stand_ins.addresses, folder) as subject:
            ready = statistics.median([*starts[1:], subject.ready_seconds])
            return await _measure_running(subject, ready, plan, stand_ins, say)


async def _start_only(contender: Contender, stand_ins: Bench, folder: Path) -> float:
    async with running(contender, stand_ins.addresses, folder) as subject:
        return subject.ready_seconds


async def _measure_running(
    subject: Running, ready_seconds: float, plan: Plan, stand_ins: Bench, say: Say
) -> Figures:
    name = subject.contender.name
    voice = []
    for load in plan.voice:
        say(f"{name}: {load.calls} calls at once")
        voice.append(await _measure_voice(subject, load, stand_ins))
    writing = None
    if subject.contender.has_messaging:
        say(f"{name}: messages")
        writing = await _measure_writing(subject, plan.writing, stand_ins)
    await stand_ins.set_pace(AT_ONCE)
    say(f"{name}: long calls")
    length = await _measure_length(subject, plan.long, stand_ins)
    say(f"{name}: finished calls")
    short = await _measure_short(subject, plan.short)
    await stand_ins.set_pace(USUAL)
    return Figures(name, ready_seconds, voice, writing, length, short)


class _Meter:
    """What contender, driver and model use between `start` and `stop`."""

    def __init__(self, subject: Running, stand_ins: Bench) -> None:
        self._subject = subject
        self._stand_ins = stand_ins
        self._driver = psutil.Process()
        self._late: list[float] = []

    async def start(self) -> None:
        await self._stand_ins.model_figures()
        self._before = self._used()
        self._begun = time.perf_counter()
        self._ticking = asyncio.create_task(self._tick())

    async def stop(self) -> tuple[float, float, Harness]:
        """CPU seconds of the contender, wall-clock seconds, and the harness."""
        wall = time.perf_counter() - self._begun
        pairs = zip(self._used(), self._before, strict=True)
        cpu, driver, model = (after - before for after, before in pairs)
        self._ticking.cancel()
        figures = await self._stand_ins.model_figures()
        late = percentiles(self._late).p99
        harness = Harness(driver / wall, model / wall, late, figures.worst_lateness * 1000)
        return cpu, wall, harness

    def _used(self) -> tuple[float, float, float]:
        return (
            self._subject.cpu_seconds(),
            cpu_seconds_of(self._driver),
            cpu_seconds_of(self._stand_ins.model),
        )

    async def _tick(self) -> None:
        while True:
            due = time.perf_counter() + TICK_SECONDS
            await asyncio.sleep(TICK_SECONDS)
            self._late.append(time.perf_counter() - due)


async def _measure_voice(subject: Running, load: VoiceLoad, stand_ins: Bench) -> VoiceFigures:
    gc.collect()
    memory = subject.resident_bytes()
    meter = _Meter(subject, stand_ins)
    await meter.start()
    async with Callers(subject.url, load) as callers:
        turns = await callers.talk(load.turns)
        cpu, wall, harness = await meter.stop()
        memory = subject.resident_bytes() - memory
    return VoiceFigures(
        calls=load.calls,
        turns=len(turns),
        lost=callers.lost,
        first_ms=percentiles([turn.first for turn in turns], over=USUAL.first_seconds),
        whole_ms=percentiles([turn.whole for turn in turns], over=USUAL.whole_seconds),
        cpu=cpu / wall,
        cpu_ms_per_turn=cpu / max(len(turns), 1) * 1000,
        kilobytes_per_call=memory / load.calls / 1000,
        harness=harness,
    )


async def _measure_writing(subject: Running, load: WritingLoad, stand_ins: Bench) -> WritingFigures:
    writers = Writers(subject.url, load, stand_ins.twilio)
    begun = stand_ins.twilio.requests
    first = await writers.begin()
    asked, cpu = stand_ins.twilio.requests, subject.cpu_seconds()
    answers = await writers.go_on()
    await writers.close()
    count = len(answers.seconds)
    return WritingFigures(
        messages=count,
        lost=first.lost + answers.lost,
        answered_ms=percentiles(answers.seconds, over=USUAL.whole_seconds),
        cpu_ms_per_message=(subject.cpu_seconds() - cpu) / max(count, 1) * 1000,
        twilio_calls_first=(asked - begun) / load.conversations,
        twilio_calls_later=(stand_ins.twilio.requests - asked) / max(count, 1),
    )


async def _measure_length(subject: Running, long: LongCalls, stand_ins: Bench) -> LengthFigures:
    load = VoiceLoad(long.calls, long.turns, door_seconds=0.5, pause=0.0)
    async with Callers(subject.url, load) as callers:
        await callers.talk(long.before)
        early = await _measure_sample(subject, callers, long.sample, stand_ins)
        await callers.talk(long.turns - long.before - 2 * long.sample)
        late = await _measure_sample(subject, callers, long.sample, stand_ins)
    return LengthFigures(*early, *late, lost=callers.lost)


async def _measure_sample(
    subject: Running, callers: Callers, turns: int, stand_ins: Bench
) -> tuple[float, float]:
    """CPU milliseconds and characters to the model, each per turn."""
    await stand_ins.model_figures()
    before = subject.cpu_seconds()
    count = max(len(await callers.talk(turns)), 1)
    cpu = subject.cpu_seconds() - before
    return cpu / count * 1000, (await stand_ins.model_figures()).characters / count


async def _measure_short(subject: Running, short: ShortCalls) -> ShortFigures:
    lost = await call_briefly(subject.url, short.before, at_once=short.at_once)
    await asyncio.sleep(QUIET_SECONDS)
    memory, cpu = subject.resident_bytes(), subject.cpu_seconds()
    counted = short.calls - short.before
    lost += await call_briefly(subject.url, counted, at_once=short.at_once)
    await asyncio.sleep(QUIET_SECONDS)
    return ShortFigures(
        calls=short.calls,
        cpu_ms_per_call=(subject.cpu_seconds() - cpu) / counted * 1000,
        megabytes_grown=(subject.resident_bytes() - memory) / 1_000_000,
        lost=lost,
    )
