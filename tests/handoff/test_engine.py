"""The watches of a process, which nobody else keeps for it."""

from __future__ import annotations

import asyncio
from pathlib import Path

from agent.handoff.call_watch import CallWatch
from agent.handoff.engine import delivering
from agent.handoff.flow_watch import FlowWatch
from agent.handoff.reasons import FailureReason
from agent.settings import load_settings
from agent.store.database import connect, migrate
from agent.store.handoff_search import HandoffSearch
from agent.store.handoffs import HandoffStore
from agent.store.replicas import Replicas
from agent.twilio_api.calls import CallsClient
from agent.twilio_api.flex import FlexClient
from agent.twilio_api.http import ClientPool
from agent.twilio_api.studio import StudioClient
from agent.twilio_api.taskrouter import TaskRouterClient
from tests.environment import COMPLETE


class UnthoughtOf:
    """Messages in a state that nobody has foreseen."""

    def __init__(self) -> None:
        self.looks: asyncio.Queue[int] = asyncio.Queue()

    async def take_over(self) -> None:
        self.looks.put_nowait(1)
        raise ZeroDivisionError

    async def take_passed(self) -> None:
        raise ZeroDivisionError


async def test_watch_outlives_what_nobody_has_thought_of(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/agent.db"
    settings = load_settings({**COMPLETE, "AGENT_DATABASE_URL": url, "AGENT_TAKEOVER_SECONDS": "1"})
    await migrate(url)
    engine = connect(url)
    store, pool, nowhere = HandoffStore(engine), ClientPool("", ""), "http://127.0.0.1:1"
    search = HandoffSearch(engine)
    taskrouter = TaskRouterClient(pool, nowhere, FlexClient(pool, nowhere))
    messages = UnthoughtOf()

    async def go_elsewhere(_thread: str, _reason: FailureReason, _detail: str) -> None: ...

    async with delivering(
        engine,
        search,
        FlowWatch(search, store, StudioClient(pool, nowhere, "FW1")),
        CallWatch(search, store, CallsClient(pool, nowhere, "AC1"), taskrouter, go_elsewhere),
        settings,
        replicas=Replicas(engine, silent_seconds=settings.takeover_seconds),
        messages=messages,
    ):
        assert [await messages.looks.get(), await messages.looks.get()] == [1, 1]
    await engine.dispose()
