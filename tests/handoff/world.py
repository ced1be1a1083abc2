"""All that the agent's processes find around them: Twilio, a model, and who takes tickets."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from getting_started.demo_model.app import create_demo_model
from getting_started.serving import listen, serving, url_of
from getting_started.twilio_emulator.app import create_emulator
from getting_started.twilio_emulator.driver import Driver
from getting_started.twilio_emulator.seed import seed, seed_further_ways
from getting_started.twilio_emulator.twilio import Twilio
from tests.handoff.customers import let_take_many
from tests.handoff.ticket_desk import SECRET, TicketDesk
from tests.live_environment import PUBLIC_URL


class World:
    """Twilio, the model and who takes tickets; the agent's processes are started by each test."""

    def __init__(self, desk: TicketDesk, driver: Driver, model_url: str, desk_url: str) -> None:
        self.twilio = desk.twilio
        self.desk = desk
        self.driver = driver
        self.model_url = model_url
        self._account = {
            **seed(desk.twilio, PUBLIC_URL),
            **seed_further_ways(desk.twilio),
            "AGENT_TICKET_WEBHOOK_URL": f"{desk_url}/tickets/new",
            "AGENT_TICKET_SECRET": SECRET,
        }
        let_take_many(desk.twilio)

    def environment(self, database_url: str) -> dict[str, str]:
        return {
            **self._account,
            "OPENAI_BASE_URL": f"{self.model_url}/v1",
            "AGENT_DATABASE_URL": database_url,
            "AGENT_TAKEOVER_SECONDS": "1",
            "AGENT_TWILIO_SECONDS": "30",
            "TWILIO_LOG_LEVEL": "ERROR",
        }

    async def slow_model(self, *, times: int) -> None:
        """Its next answers are on their way together."""
        await self._fault_model({"delay": 0.5, "times": times})

    async def model_requests(self) -> list[dict[str, Any]]:
        """What the model was given, oldest first."""
        async with httpx.AsyncClient(base_url=self.model_url) as client:
            requests: list[dict[str, Any]] = (await client.get("/_demo/requests")).json()
        return requests

    async def hang_model(self, *, after: int) -> None:
        """Its answers hang from the one after so many on."""
        ordinary = [{"times": after}] if after else []
        await self._fault_model(*ordinary, {"delay": 60, "times": 1})

    async def wait_until_hanging(self) -> None:
        """Until the answer that hangs is being waited for."""

        async def find() -> bool | None:
            async with httpx.AsyncClient(base_url=self.model_url) as client:
                return None if (await client.get("/_demo/faults")).json() else True

        await self.driver.until(find, "the model to be asked", poll_seconds=0.1)

    async def clear_faults(self) -> None:
        """Also those that a process was killed too early to meet."""
        self.twilio.faults.clear()
        async with httpx.AsyncClient(base_url=self.model_url) as client:
            (await client.delete("/_demo/faults")).raise_for_status()

    async def _fault_model(self, *faults: dict[str, Any]) -> None:
        async with httpx.AsyncClient(base_url=self.model_url) as client:
            for fault in faults:
                (await client.post("/_demo/faults", json=fault)).raise_for_status()


@asynccontextmanager
async def running_world() -> AsyncIterator[World]:
    """Without a process of the agent."""
    listener = listen()
    desk = TicketDesk(twilio=Twilio(url_of(listener)))
    async with (
        serving(create_emulator(desk.twilio), listener),
        serving(create_demo_model(token_seconds=0.02), listen()) as model_url,
        serving(desk.create_app(), listen()) as desk_url,
        Driver(desk.twilio.base_url) as driver,
    ):
        yield World(desk, driver, model_url, desk_url)
