"""`kill -9` at every step of a delivery: another process brings the handoff to its end, once."""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from agent.handoff.record import HandoffRecord, HandoffState
from agent.settings import derive_flow_secret
from agent.store.database import connect
from agent.store.handoffs import HandoffStore
from getting_started.demo_model.app import create_demo_model
from getting_started.serving import listen, serving, url_of
from getting_started.twilio_emulator.app import create_emulator
from getting_started.twilio_emulator.driver import Driver
from getting_started.twilio_emulator.seed import AGENT_NUMBER, CUSTOMER_NUMBER, seed
from getting_started.twilio_emulator.twilio import Twilio
from tests.handoff.test_studio_delivery import CONTEXTS, EXECUTIONS, INACTIVE, LOOKS
from tests.live_environment import becomes_ready

ACTIONS = {"product": "conversations", "path": "/v2/Conversations/*/Actions", "method": "POST"}
HANGS = {"delay": 60, "times": 1}
STEPS = {
    "the goodbye is sent": [{**ACTIONS, **HANGS}],
    "the flow is asked for": [{**EXECUTIONS, **HANGS}],
    "the flow has started, its answer is on the way": [
        {**EXECUTIONS, "drop": "after", "times": 1},
        {**LOOKS, **HANGS},
    ],
    "the flow is looked for": [
        {**EXECUTIONS, "drop": "after", "times": 1},
        {**CONTEXTS, **HANGS},
    ],
    "the conversation is set INACTIVE": [{**INACTIVE, **HANGS}],
}


class Replicas:
    """Processes of the agent on one database, behind one address that Twilio calls."""

    def __init__(self, environment: dict[str, str], port: int) -> None:
        self._environment = environment
        self._port = port
        self.url = f"http://127.0.0.1:{port}"
        self.processes: list[Process] = []

    async def start(self, *, port: int | None = None) -> Process:
        """One more process, ready to serve; on the public port unless another is given."""
        port = port or self._port
        environment = {**os.environ, **self._environment, "TWILIO_SERVER_PORT": str(port)}
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "agent", "serve", env=environment
        )
        self.processes.append(process)
        assert await becomes_ready(process, port)
        return process

    async def stop_all(self) -> None:
        for process in self.processes:
            if process.returncode is None:
                process.kill()
            await process.wait()


@asynccontextmanager
async def replicas_of(twilio: Twilio, model_url: str, folder: Path) -> AsyncIterator[Replicas]:
    reserved = listen()
    port: int = reserved.getsockname()[1]
    environment = {
        **seed(twilio, url_of(reserved)),
        "OPENAI_BASE_URL": f"{model_url}/v1",
        "AGENT_DATABASE_URL": f"sqlite:///{folder}/agent.db",
        "AGENT_TAKEOVER_SECONDS": "1",
        "AGENT_TWILIO_SECONDS": "30",
        "TWILIO_SERVER_HOST": "127.0.0.1",
        "TWILIO_LOG_LEVEL": "ERROR",
    }
    reserved.close()
    replicas = Replicas(environment, port)
    try:
        yield replicas
    finally:
        await replicas.stop_all()


@pytest.mark.parametrize("replicas_left", [0, 1])
@pytest.mark.parametrize("step", STEPS)
async def test_delivery_outlives_its_process(tmp_path: Path, step: str, replicas_left: int) -> None:
    listener, model_listener = listen(), listen()
    twilio = Twilio(url_of(listener))
    async with (
        serving(create_emulator(twilio), listener),
        serving(create_demo_model(), model_listener) as model_url,
        replicas_of(twilio, model_url, tmp_path) as replicas,
        Driver(twilio.base_url) as driver,
    ):
        process = await replicas.start()
        for _ in range(replicas_left):
            await replicas.start(port=_free_port())
        chat = await driver.chat.start("ana@example.org")
        await chat.send("Hello")
        await chat.listen("ai-assistant")
        for fault in STEPS[step]:
            await driver.fail(**fault)

        await chat.send("I want to talk to a person")
        await _wait_until_used_up(driver, twilio)
        process.kill()
        await process.wait()
        twilio.faults.clear()
        if not replicas_left:
            await replicas.start()
        record = await _wait_for_end(driver, tmp_path, chat.conversation_sid)

        assert record.state in {HandoffState.DELIVERED, HandoffState.QUEUED}
        await driver.flex.wait_for_task()
        assert len(await driver.flex.tasks()) == 1
        assert len(twilio.studio.executions) == 1


async def test_call_outlives_its_process(tmp_path: Path) -> None:
    listener, model_listener = listen(), listen()
    twilio = Twilio(url_of(listener))
    async with (
        serving(create_emulator(twilio), listener),
        serving(create_demo_model(token_seconds=0.05), model_listener) as model_url,
        replicas_of(twilio, model_url, tmp_path) as replicas,
        Driver(twilio.base_url) as driver,
    ):
        process = await replicas.start()
        call = await driver.phone.call(CUSTOMER_NUMBER, AGENT_NUMBER)
        await call.listen("AI_AGENT")
        since = await driver.journal.last_number()
        await call.say("I want to talk to a person")
        await driver.journal.wait_for(
            "frame", since=since, matches=lambda frame: bool(frame["direction"] == "from_app")
        )
        process.kill()
        await process.wait()
        task = await driver.flex.wait_for_task()

        assert task.attributes["reason"] == "virtual agent unavailable"
        alerts = [one.detail["message"] for one in await driver.journal.read(kind="alert")]
        assert any("studio:***@" in message for message in alerts)
        assert derive_flow_secret(twilio.account.auth_token) not in "".join(alerts)


async def _wait_until_used_up(driver: Driver, twilio: Twilio) -> None:
    """Until the request that hangs is under way."""

    async def find() -> bool | None:
        return None if twilio.faults.rules else True

    await driver.until(find, "the step to be reached")


async def _wait_for_end(driver: Driver, folder: Path, thread: str) -> HandoffRecord:
    engine = connect(f"sqlite:///{folder}/agent.db")
    store = HandoffStore(engine)
    under_way: set[Any] = {HandoffState.REQUESTED, HandoffState.DELIVERING}

    async def find() -> HandoffRecord | None:
        record = await store.latest(thread)
        return record if record and record.state not in under_way else None

    try:
        return await driver.until(find, "the end of the handoff", seconds=40)
    finally:
        await engine.dispose()


def _free_port() -> int:
    listener = listen()
    port: int = listener.getsockname()[1]
    listener.close()
    return port
