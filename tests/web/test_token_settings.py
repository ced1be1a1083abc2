"""`POST /chat/token` as other settings have it."""

from __future__ import annotations

import time

import httpx

from agent.web.visitors import make_proof
from getting_started.local import LocalStack, running_locally

ANA = "ana@example.org"


async def test_asking_too_often_is_refused_for_a_while() -> None:
    async with running_locally({"AGENT_CHAT_TOKENS_PER_MINUTE": "2"}) as stack:
        headers = {"Origin": stack.agent_url}
        async with httpx.AsyncClient(base_url=stack.agent_url, headers=headers) as page:
            answers = [await page.post("/chat/token", json={}) for _time in range(3)]
            vouched = await page.post("/chat/token", json={"identity": ANA, "proof": "1.a"})

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert 0 < int(answers[2].headers["retry-after"]) <= 60
    assert vouched.status_code == 429


async def test_agent_without_host_secret_takes_no_identities(stack: LocalStack) -> None:
    async with httpx.AsyncClient(base_url=stack.agent_url) as page:
        answer = await page.post(
            "/chat/token",
            json={"identity": ANA, "proof": make_proof("a secret", ANA, int(time.time()) + 3600)},
            headers={"Origin": stack.agent_url},
        )

    assert answer.status_code == 403
    assert "AGENT_CHAT_HOST_SECRET is not set" in answer.json()["detail"]


async def test_local_shop_may_be_opened_by_either_name(stack: LocalStack) -> None:
    by_name = stack.agent_url.replace("127.0.0.1", "localhost")
    async with httpx.AsyncClient(base_url=stack.agent_url) as page:
        answer = await page.post("/chat/token", json={}, headers={"Origin": by_name})

    assert answer.status_code == 200
