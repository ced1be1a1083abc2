"""Messages on their way in while the database does not answer."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path
from typing import Any

from agent.channels.arrivals import Arrivals
from agent.store.database import connect, migrate
from agent.store.message_claims import MessageClaims
from agent.store.replicas import Replicas


def message(name: str) -> dict[str, Any]:
    return {"eventType": "COMMUNICATION_CREATED", "data": {"id": name, "conversationId": "conv_1"}}


async def test_messages_do_not_wait_for_a_database_that_hangs(tmp_path: Path) -> None:
    await migrate(f"sqlite:///{tmp_path}/agent.db")
    engine = connect(f"sqlite:///{tmp_path}/agent.db")
    admitted: list[str] = []
    running: list[asyncio.Task[None]] = []
    arrivals = Arrivals(
        MessageClaims(engine, Replicas(engine, silent_seconds=60)),
        admit=lambda event: admitted.append(event["data"]["id"]),
        forget=lambda conversation_ids: None,
        run=lambda work: running.append(asyncio.create_task(work)),
    )

    async def arrive(*names: str) -> None:
        await asyncio.gather(*(arrivals.put(message(name), name) for name in names))

    lock = sqlite3.connect(tmp_path / "agent.db", isolation_level=None)
    lock.execute("BEGIN EXCLUSIVE")
    await arrive("first", "first", "second")
    await arrive("second", "third")
    lock.rollback()
    lock.close()
    await engine.dispose()

    assert admitted == ["first", "second", "third"]
