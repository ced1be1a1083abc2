"""Retention on a database that an agent has worked on: its own workflows go as well."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from agent.handoff.record import HandoffState
from agent.operations import handoffs
from agent.settings import variable_of
from agent.store.database import connect
from getting_started.local import running_locally
from getting_started.twilio_emulator.driver import Driver
from tests.handoff.test_after_the_human import Desk

KEPT = {"AGENT_KEEP_DAYS": "90"}
AGING = (
    "UPDATE handoff SET requested_at = '2020-01-01 00:00:00'",
    "UPDATE handoff_change SET at = '2020-01-01 00:00:00'",
    "UPDATE workflow_status SET completed_at = 1577836800000",
)


async def leave_behind(url: str) -> None:
    """Two handoffs of years ago: one has failed, one is still open."""
    async with running_locally({"AGENT_DATABASE_URL": url}) as stack:
        desk = Desk(stack, Driver(stack.emulator_url))
        async with desk.driver:
            task = await desk.hand_over(await desk.customer(address="ben@example.org"))
            await stack.twilio.taskrouter.cancel(task.task_sid)
            await desk.wait_for(HandoffState.FAILED)
            await desk.hand_over(await desk.customer(address="ana@example.org"))
    for statement in AGING:
        await run_sql(url, statement)


async def run_sql(url: str, statement: str) -> list[str]:
    engine = connect(url)
    async with engine.begin() as connection:
        result = await connection.execute(text(statement))
        found = [str(row[0]) for row in result] if result.returns_rows else []
    await engine.dispose()
    return found


async def left(url: str) -> tuple[list[str], list[str]]:
    return (
        await run_sql(url, "SELECT state FROM handoff"),
        await run_sql(url, "SELECT workflow_uuid FROM workflow_status"),
    )


async def delete_by_the_agent(url: str) -> None:
    async with running_locally({"AGENT_DATABASE_URL": url, **KEPT}) as stack:
        desk = Desk(stack, Driver(stack.emulator_url))
        async with desk.driver:

            async def is_done() -> bool | None:
                records, workflows = await left(url)
                return (len(records) == 1 and not workflows) or None

            await desk.driver.until(is_done, "old handoffs to be deleted", poll_seconds=0.1)


@pytest.mark.parametrize("who", ["agent", "operator"])
def test_old_handoffs_and_their_workflows_are_deleted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, who: str
) -> None:
    url = f"sqlite:///{tmp_path}/agent.db"
    monkeypatch.setenv(variable_of("database_url"), url)
    asyncio.run(leave_behind(url))

    if who == "agent":
        asyncio.run(delete_by_the_agent(url))
    else:
        result = CliRunner().invoke(handoffs, ["purge", "--older-than", "90"], input="y\n")
        assert "1 handoffs have been closed for 90 days" in result.output

    records, workflows = asyncio.run(left(url))
    assert len(records) == 1
    assert records[0] in {"queued", "failed"}
    assert workflows == []
