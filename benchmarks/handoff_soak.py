"""Handoffs under random faults: none lost or doubled, nobody stranded; what durability costs.

    uv run python benchmarks/handoff_soak.py --handoffs 300 --seed 1

Customers chat with the agent on the Twilio emulator and ask for a person while Studio's API fails
in random ways (seeded). Afterwards every one must be with a human or still served by the agent.
Loopback only; it stops by itself.
"""

from __future__ import annotations

import asyncio
import logging
import random
import statistics
import time
from dataclasses import dataclass
from typing import Annotated, Any

import httpx
import typer
from rich.console import Console

from agent.handoff.record import HandoffRecord, HandoffState
from agent.store.database import connect
from agent.store.handoffs import HandoffStore
from getting_started.local import LocalStack, running_locally
from getting_started.twilio_emulator.driver import ChatSession, Driver

AT_ONCE = 8
FAULT_SHARE = 0.5
MOST_SECONDS = 60.0
EXECUTIONS = {"product": "studio", "path": "/v2/Flows/*/Executions", "method": "POST"}
LOOKS = {"product": "studio", "path": "/v2/Flows/*/Executions", "method": "GET"}
INACTIVE = {"product": "conversations", "path": "/v2/Conversations/*", "method": "PUT"}
Fault = dict[str, Any]
FAULTS: list[Fault] = [
    {**EXECUTIONS, "status": 429},
    {**EXECUTIONS, "status": 400},
    {**EXECUTIONS, "status": 500},
    {**EXECUTIONS, "status": 503},
    {**EXECUTIONS, "drop": "before"},
    {**EXECUTIONS, "drop": "after"},
    {**EXECUTIONS, "delay": 1.2, "drop": "after"},
    {**LOOKS, "status": 503},
    {**INACTIVE, "status": 500},
]
UNDER_WAY = {HandoffState.REQUESTED, HandoffState.DELIVERING}

SMOOTH = 20

console = Console(highlight=False, soft_wrap=True)


@dataclass(frozen=True)
class Outcome:
    """What became of one customer."""

    record: HandoffRecord | None
    executions: int
    tasks: int
    is_answered: bool

    @property
    def is_lost(self) -> bool:
        """Neither delivered nor ended in a failure that was told."""
        return self.record is None or self.record.state in UNDER_WAY

    @property
    def is_doubled(self) -> bool:
        return self.executions > 1 or self.tasks > 1

    @property
    def is_stranded(self) -> bool:
        """Nobody holds the conversation: no task for a human, and the agent does not answer."""
        return self.tasks == 0 and not self.is_answered


async def soak(handoffs: int, seed: int) -> bool:
    """Run it, print the result; whether nobody was lost, doubled or stranded."""
    settings = {"AGENT_TWILIO_SECONDS": "0.8"}
    logging.disable()  # the faults are on purpose
    chance = random.Random(seed)  # noqa: S311 - repeats, and guards nothing
    async with (
        running_locally(settings) as stack,
        Driver(stack.emulator_url) as driver,
    ):
        for worker in stack.twilio.taskrouter.workers.values():
            worker.capacities["chat"] = handoffs
        engine = connect(stack.settings.database_url)
        store = HandoffStore(engine)
        places = asyncio.Semaphore(AT_ONCE)

        async def one(number: int) -> Outcome:
            async with places:
                return await _hand_over(stack, driver, store, number, _choose_fault(chance))

        outcomes = await asyncio.gather(*(one(number) for number in range(handoffs)))
        stack.twilio.faults.clear()
        _print_delivery([outcome.record for outcome in outcomes if outcome.record])
        await _print_cost(stack, driver, store)
        await engine.dispose()
    counts = {
        "lost": sum(outcome.is_lost for outcome in outcomes),
        "doubled": sum(outcome.is_doubled for outcome in outcomes),
        "stranded": sum(outcome.is_stranded for outcome in outcomes),
    }
    console.print(" ".join(f"{name} {count}" for name, count in counts.items()))
    return not any(counts.values())


def _choose_fault(chance: random.Random) -> Fault | None:
    if chance.random() >= FAULT_SHARE:
        return None
    return {**chance.choice(FAULTS), "times": chance.randint(1, 3)}


async def _hand_over(
    stack: LocalStack, driver: Driver, store: HandoffStore, number: int, fault: Fault | None
) -> Outcome:
    """One customer, from the first word to who holds the conversation in the end."""
    chat = await driver.chat.start(f"customer-{number}@example.org")
    await _say(stack, chat, "Hello")
    if fault is not None:
        await driver.fail(**fault)
    await _say(stack, chat, "I want to talk to a person")

    async def settled() -> HandoffRecord | None:
        record = await store.latest(chat.conversation_sid)
        return record if record and record.state not in UNDER_WAY else None

    try:
        record = await driver.until(settled, "the end of a handoff", seconds=MOST_SECONDS)
    except TimeoutError:
        record = None
    failed = record is not None and record.state is HandoffState.FAILED
    if failed:
        await chat.listen(stack.settings.chat_identity)
    is_answered = failed and bool(await _say(stack, chat, "Where is my order 1042?"))
    return Outcome(
        record,
        sum(one.contact == chat.identity for one in stack.twilio.studio.executions.values()),
        0 if failed else await _tasks_of(driver, chat),
        is_answered,
    )


async def _say(stack: LocalStack, chat: ChatSession, text: str) -> str:
    await chat.send(text)
    return (await chat.listen(stack.settings.chat_identity, seconds=MOST_SECONDS)).text


async def _tasks_of(driver: Driver, chat: ChatSession) -> int:
    async def find() -> int | None:
        tasks = [
            one for one in await driver.flex.tasks() if one.attributes["from"] == chat.identity
        ]
        return len(tasks) or None

    try:
        return await driver.until(find, "a task", seconds=MOST_SECONDS)
    except TimeoutError:
        return 0


def _print_delivery(records: list[HandoffRecord]) -> None:
    seconds = sorted(
        (record.changes[-1].at - record.changes[0].at).total_seconds() for record in records
    )
    states = {state: sum(one.state is state for one in records) for state in HandoffState}
    reached = ", ".join(f"{count} {state}" for state, count in states.items() if count)
    console.print(f"{len(records)} handoffs: {reached}")
    console.print(
        f"request to outcome, goodbye included: p50 {statistics.median(seconds) * 1000:.0f} ms, "
        f"p95 {seconds[int(len(seconds) * 0.95)] * 1000:.0f} ms"
    )


async def _print_cost(stack: LocalStack, driver: Driver, store: HandoffStore) -> None:
    """Deliveries without faults, one after the other, beside the bare POST that each makes."""
    seconds = []
    for number in range(SMOOTH):
        outcome = await _hand_over(stack, driver, store, -number - 1, None)
        if outcome.record and outcome.record.state is HandoffState.DELIVERED:
            begun, ended = outcome.record.changes[-2].at, outcome.record.changes[-1].at
            seconds.append((ended - begun).total_seconds())
    durable, bare = statistics.median(seconds), await _median_of_bare_posts(stack, SMOOTH)
    console.print(
        f"one at a time: delivery p50 {durable * 1000:.1f} ms, bare POST p50 {bare * 1000:.1f} ms, "
        f"ratio {durable / bare:.1f}"
    )


async def _median_of_bare_posts(stack: LocalStack, count: int) -> float:
    settings = stack.settings
    url = f"{settings.twilio_url('studio')}/v2/Flows/{settings.handoff_flow_sid}/Executions"
    seconds = []
    auth = (settings.api_key, settings.api_secret.get_secret_value())
    async with httpx.AsyncClient(auth=auth, trust_env=False) as client:
        for number in range(count):
            form = {"To": f"bare-{number}", "From": "ai-assistant", "Parameters": "{}"}
            begun = time.perf_counter()
            (await client.post(url, data=form)).raise_for_status()
            seconds.append(time.perf_counter() - begun)
    return statistics.median(seconds)


def main(
    handoffs: Annotated[int, typer.Option(min=1, max=2000, help="How many customers.")] = 300,
    seed: Annotated[int, typer.Option(help="Of the faults.")] = 1,
) -> None:
    """Handoffs under random faults, with the cost of durability."""
    raise typer.Exit(0 if asyncio.run(soak(handoffs, seed)) else 1)


if __name__ == "__main__":
    typer.run(main)
