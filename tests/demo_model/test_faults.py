"""Faults on demand, as the agent's client meets them."""

from __future__ import annotations

from typing import Any

import httpx
import openai
import pytest
from openai import AsyncOpenAI

from getting_started.demo_model.phrases import ENGLISH


async def said(client: AsyncOpenAI, tokens: list[str] | None = None) -> str:
    """The words streamed in answer to a greeting, also put into `tokens` as they come."""
    tokens = [] if tokens is None else tokens
    async for event in await client.responses.create(model="any", input="Hi", stream=True):
        if event.type == "response.output_text.delta":
            tokens.append(event.delta)
    return "".join(tokens)


async def add_fault(http: httpx.AsyncClient, **fault: Any) -> None:
    (await http.post("/_demo/faults", json=fault)).raise_for_status()


async def test_status_fails_as_often_as_told(
    openai_client: AsyncOpenAI, http: httpx.AsyncClient
) -> None:
    await add_fault(http, status=500, times=1)

    with pytest.raises(openai.InternalServerError):
        await said(openai_client)
    assert await said(openai_client) == ENGLISH.greeting


async def test_fault_lasts_until_cleared(
    openai_client: AsyncOpenAI, http: httpx.AsyncClient
) -> None:
    await add_fault(http, status=429)

    for _attempt in range(3):
        with pytest.raises(openai.RateLimitError):
            await said(openai_client)
    await http.delete("/_demo/faults")
    assert await said(openai_client) == ENGLISH.greeting


async def test_delay_exceeds_timeout(openai_client: AsyncOpenAI, http: httpx.AsyncClient) -> None:
    await add_fault(http, delay=0.5)

    with pytest.raises(openai.APITimeoutError):
        await said(openai_client.with_options(timeout=0.1))


async def test_cut_stream_breaks_connection(
    openai_client: AsyncOpenAI, http: httpx.AsyncClient
) -> None:
    await add_fault(http, cut_after_tokens=2)
    tokens: list[str] = []

    with pytest.raises(openai.APIConnectionError):
        await said(openai_client, tokens)

    assert tokens == ["Hello,", " this"]


async def test_empty_reply_has_no_words(
    openai_client: AsyncOpenAI, http: httpx.AsyncClient
) -> None:
    await add_fault(http, empty=True, times=1)

    assert await said(openai_client) == ""


async def test_raw_events_replace_the_stream(
    openai_client: AsyncOpenAI, http: httpx.AsyncClient
) -> None:
    failure = {"type": "error", "code": "server_error", "message": "Overloaded", "param": None}
    await add_fault(http, raw_events=[{**failure, "sequence_number": 0}])

    stream = await openai_client.responses.create(model="any", input="Hi", stream=True)

    assert [event.type async for event in stream] == ["error"]


async def test_requests_are_kept(openai_client: AsyncOpenAI, http: httpx.AsyncClient) -> None:
    await said(openai_client)

    kept = (await http.get("/_demo/requests")).json()

    assert [body["input"] for body in kept] == ["Hi"]
