"""Messages on their way in while the database does not answer."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path
from typing import Any

from agent.channels.arrivals import Arrivals
from agent.store.database import connect, migrate
from agent.store.message_claims import MessageClaims


async def test_messages_do_not_wait_for_a_database_that_hangs(tmp_path: Path) -> None:
    await migrate(f"sqlite:///{tmp_path}/agent.db")
    engine = connect(f"sqlite:///{tmp_path}/agent.db")
    admitted: list[str] = []
    running: list[asyncio.Task[None]] = []
    arrivals = Arrivals(
        MessageClaims(engine),
        admit=lambda event: admitted.append(event["id"]),
        run=lambda work: running.append(asyncio.create_task(work)),
    )

    def arrive(*names: str) -> Any:
        for name in names:
            arrivals.put({"id": name}, name)
        return running[-1]

    lock = sqlite3.connect(tmp_path / "agent.db", isolation_level=None)
    lock.execute("BEGIN EXCLUSIVE")
    await arrive("first", "first", "second")
    await arrive("second", "third")
    lock.rollback()
    lock.close()
    await engine.dispose()

    assert admitted == ["first", "second", "third"]
