"""What a durable delivery takes, beside the bare POST that it makes."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Sequence

from agent.handoff.record import UNDER_WAY, HandoffRecord, HandoffState
from benchmarks.soak.customers import Centre
from benchmarks.soak.faults import Plan
from getting_started.twilio_emulator.outgoing import new_client

SMOOTH = 20
PACE_SECONDS = 0.06
"""Studio takes twenty requests a second."""


def seconds_to_outcome(record: HandoffRecord) -> float | None:
    """From the request until it was delivered or had failed; None before that."""
    done = (one.at for one in record.changes if one.state not in UNDER_WAY)
    at = next(done, None)
    return (at - record.requested_at).total_seconds() if at else None


async def measure_durable(centre: Centre, *, first: int) -> float:
    """Median seconds of deliveries without faults, one after the other.

    The customers' numbers start at `first`.
    """
    records = []
    for number in range(first, first + SMOOTH):
        customer = await centre.serve(Plan(number))
        records.append(await customer.record())
    return statistics.median(_seconds_under_way([record for record in records if record]))


def _seconds_under_way(records: Sequence[HandoffRecord]) -> list[float]:
    seconds = []
    for record in records:
        states = [change.state for change in record.changes]
        begun = states.index(HandoffState.DELIVERING)
        taken = record.changes[begun + 1].at - record.changes[begun].at
        seconds.append(taken.total_seconds())
    return seconds


async def measure_bare(centre: Centre) -> float:
    """Median seconds of the same request, made without anything around it."""
    settings = centre.stack.settings
    url = f"{settings.twilio_url('studio')}/v2/Flows/{settings.handoff_flow_sid}/Executions"
    seconds = []
    auth = (settings.api_key, settings.api_secret.get_secret_value())
    async with new_client(auth=auth) as client:
        for number in range(SMOOTH):
            form = {"To": f"bare-{number}", "From": "ai-assistant", "Parameters": "{}"}
            begun = time.perf_counter()
            (await client.post(url, data=form)).raise_for_status()
            seconds.append(time.perf_counter() - begun)
            await asyncio.sleep(PACE_SECONDS)
    return statistics.median(seconds)
