"""Handoffs under random faults: none lost or doubled, nobody stranded; what durability costs.

    uv run python benchmarks/handoff_soak.py --handoffs 300 --seed 1

Customers chat with the agent on the Twilio emulator or call it (every third one), and ask for a
person while Studio, Orchestrator and the model fail, sockets break and callers hang up (seeded).
Then everything works again, and each must be with a human, in the queue, served by the agent, or
gone. Exit code 1 when one is not. Loopback only; it stops by itself.
"""

from __future__ import annotations

import asyncio
import logging
import statistics
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Iterable
from contextlib import asynccontextmanager
from typing import Annotated, TypeVar

import typer
from rich.console import Console

from agent.store.database import connect
from agent.store.handoffs import HandoffStore
from agent.store.lost_messages import LostMessages
from benchmarks.soak.costs import measure_bare, measure_durable, seconds_to_outcome
from benchmarks.soak.customers import Centre
from benchmarks.soak.faults import clear, draw_plans
from benchmarks.soak.judgement import Outcome, judge
from getting_started.local import running_locally
from getting_started.twilio_emulator.driver import Driver

Result = TypeVar("Result")
AT_ONCE = 8
MOST_LISTED = 10_000
SETTINGS = {
    "AGENT_TWILIO_SECONDS": "0.8",
    "AGENT_HANDOFF_RETRY_SECONDS": "1",
    "AGENT_LOOKUP_SECONDS": "2",
    "AGENT_TAKEOVER_SECONDS": "2",
}
VERDICTS = ("lost", "doubled", "stranded")

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
console = Console(highlight=False, soft_wrap=True)


async def soak(handoffs: int, seed: int) -> bool:
    """Run it, print the result; whether nobody was lost, doubled or stranded."""
    logging.disable()  # the faults are on purpose
    async with _running(handoffs) as centre:
        plans = draw_plans(handoffs, seed)
        customers = await _few_at_once(centre.serve(plan) for plan in plans)
        await clear(centre.stack)
        await centre.driver.settle()
        outcomes = await _few_at_once(judge(customer) for customer in customers)
        _print_outcomes(outcomes)
        lost = await centre.lost_messages.list(limit=MOST_LISTED)
        console.print(f"{len(lost)} replies lost on the way to Twilio, and noted as such")
        durable = await measure_durable(centre, first=handoffs)
        bare = await measure_bare(centre)
    console.print(
        f"one at a time: delivery p50 {durable * 1000:.1f} ms, bare POST p50 {bare * 1000:.1f} ms, "
        f"ratio {durable / bare:.1f}"
    )
    return _print_verdicts(outcomes)


@asynccontextmanager
async def _running(handoffs: int) -> AsyncIterator[Centre]:
    async with running_locally(SETTINGS) as stack, Driver(stack.emulator_url) as driver:
        for worker in stack.twilio.taskrouter.workers.values():
            worker.capacities.update(chat=2 * handoffs, voice=2 * handoffs)
        engine = connect(stack.settings.database_url)
        yield Centre(stack, driver, HandoffStore(engine), LostMessages(engine))
        await engine.dispose()


async def _few_at_once(works: Iterable[Awaitable[Result]]) -> list[Result]:
    places = asyncio.Semaphore(AT_ONCE)

    async def one(work: Awaitable[Result]) -> Result:
        async with places:
            return await work

    return await asyncio.gather(*(one(work) for work in works))


def _print_outcomes(outcomes: list[Outcome]) -> None:
    for kind, is_call in (("calls", True), ("chats", False)):
        ours = [one for one in outcomes if one.customer.plan.is_call is is_call]
        if not ours:
            continue
        states = Counter(one.record.state.value if one.record else "without" for one in ours)
        reached = ", ".join(f"{count} {state}" for state, count in states.items())
        left = sum(one.customer.has_left for one in ours)
        unaware = sum(one.is_open_for_nobody for one in ours)
        console.print(
            f"{len(ours)} {kind}: {reached}; {left} customers left, {unaware} of their records open"
        )
        _print_delivery([seconds_to_outcome(one.record) for one in ours if one.record])


def _print_delivery(seconds: list[float | None]) -> None:
    known = sorted(one for one in seconds if one is not None)
    if known:
        console.print(
            f"  request to outcome, goodbye included: p50 {statistics.median(known) * 1000:.0f} ms,"
            f" p95 {known[int(len(known) * 0.95)] * 1000:.0f} ms"
        )


def _print_verdicts(outcomes: list[Outcome]) -> bool:
    for outcome in outcomes:
        if outcome.verdicts:
            console.print(f"{' and '.join(outcome.verdicts)}: {outcome}", markup=False)
    counts = Counter(verdict for outcome in outcomes for verdict in outcome.verdicts)
    console.print(" ".join(f"{verdict} {counts[verdict]}" for verdict in VERDICTS))
    return not counts


@app.command()
def main(
    handoffs: Annotated[int, typer.Option(min=1, max=2000, help="How many customers.")] = 300,
    seed: Annotated[int, typer.Option(help="Of faults, hang-ups and broken sockets.")] = 1,
) -> None:
    """Handoffs in chats and calls under random faults, with the cost of durability.

    Ends with `lost 0 doubled 0 stranded 0`, and exit code 0, when every customer is with a human,
    in the queue, served by the agent, or gone. Everything runs on this machine.
    """
    raise typer.Exit(0 if asyncio.run(soak(handoffs, seed)) else 1)


if __name__ == "__main__":
    app()
