"""What the agent has counted, as Prometheus reads it."""

from __future__ import annotations

import httpx

from getting_started.local import LocalStack

TOKEN = "a-token-of-the-tests"  # noqa: S105 - invented
WITH_METRICS = {"AGENT_METRICS_TOKEN": TOKEN}


async def read_metrics(stack: LocalStack, token: str = TOKEN) -> httpx.Response:
    async with httpx.AsyncClient(base_url=stack.agent_url) as client:
        return await client.get("/metrics", headers={"Authorization": f"Bearer {token}"})


async def counted(stack: LocalStack, line: str) -> float:
    """The value of one line of the metrics; 0 where it is not there."""
    lines = (await read_metrics(stack)).text.splitlines()
    return sum(float(one.rpartition(" ")[2]) for one in lines if one.startswith(f"{line} "))
