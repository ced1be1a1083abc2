"""A set-up account, the agent that serves it, and its model, on a thread of their own.

The doctor's own requests block, so that what answers them runs elsewhere.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import Future
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any

from agent.app import create_app
from agent.settings import load_settings
from getting_started.demo_model.app import DemoModel, create_demo_model
from getting_started.doctor.check import Status
from getting_started.doctor.examination import Examination
from getting_started.doctor.register import CHECKS
from getting_started.doctor.runner import Examined, examine
from getting_started.doctor.view import hide
from getting_started.serving import listen, serving, url_of
from getting_started.setup.account import Account
from getting_started.setup.checklist import ITEMS, Checklist
from getting_started.setup.plan import apply_plan, make_plan
from getting_started.twilio_emulator.app import create_emulator
from getting_started.twilio_emulator.new_account import open_account
from getting_started.twilio_emulator.seed import access
from getting_started.twilio_emulator.twilio import Twilio


@dataclass(frozen=True)
class World:
    """What runs, and what the doctor is told of it."""

    twilio: Twilio
    model: DemoModel
    environment: dict[str, str]
    folder: Path

    def examine(
        self, more: Mapping[str, str] | None = None, *, only: Collection[str] = (), **options: Any
    ) -> dict[str, Examined]:
        """What the doctor finds, by the name of the check; with `more` settings, or other ones."""
        environment = {**self.environment, **(more or {})}
        folder = self.folder / ".agent"
        examination = Examination(environment, **{"folder": folder, "seconds": 30.0, **options})
        found = asyncio.run(examine(examination, CHECKS, only=only))
        examination.close()
        return {one.check.name: one for one in hide(found, examination.hide)}


def names_of(found: Mapping[str, Examined], *statuses: Status) -> set[str]:
    return {name for name, one in found.items() if one.finding.status in statuses}


@contextmanager
def running_world(folder: Path) -> Iterator[World]:
    """Set up by setup, then served."""
    started: Future[tuple[World, asyncio.AbstractEventLoop, asyncio.Event]] = Future()

    async def serve() -> None:
        stop = asyncio.Event()
        try:
            async with AsyncExitStack() as stack:
                world = await _start(stack, folder)
                started.set_result((world, asyncio.get_running_loop(), stop))
                await stop.wait()
        except BaseException as error:
            if not started.done():
                started.set_exception(error)
            raise

    thread = Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    world, loop, stop = started.result(timeout=50)
    yield world
    loop.call_soon_threadsafe(stop.set)
    thread.join()


async def _start(stack: AsyncExitStack, folder: Path) -> World:
    emulator_listener, agent_listener, model_listener = listen(), listen(), listen()
    twilio = Twilio(url_of(emulator_listener))
    open_account(twilio)
    await stack.enter_async_context(serving(create_emulator(twilio), emulator_listener))
    model = create_demo_model()
    model_url = await stack.enter_async_context(serving(model, model_listener))
    environment = {
        **access(twilio, url_of(agent_listener)),
        "OPENAI_BASE_URL": f"{model_url}/v1",
        "OPENAI_MODEL": "demo-model",
        "AGENT_DATABASE_URL": f"sqlite:///{folder}/agent.db",
    }
    made = await asyncio.to_thread(_set_up, environment, folder / ".agent")
    environment |= made
    app = create_app(load_settings(environment))
    await stack.enter_async_context(serving(app, agent_listener))
    return World(twilio, model.state.demo_model, environment, folder)


def _set_up(environment: Mapping[str, str], folder: Path) -> dict[str, str]:
    account = Account(environment, folder=folder, pause=0)
    done = apply_plan(account, make_plan(account), lambda _change: None)
    account.close()
    Checklist(account.settings.account_sid, folder).confirm([item.name for item in ITEMS])
    return done.environment
