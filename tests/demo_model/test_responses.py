"""The endpoint through the real client of OpenAI: streamed, whole, refused and failing."""

from __future__ import annotations

import json
from typing import Any, cast

import httpx
import pytest
from openai import AsyncOpenAI
from openai.types.responses import Response, ResponseStreamEvent
from pydantic import TypeAdapter

from getting_started.demo_model.phrases import ENGLISH
from tests.demo_model.talk import TOOLS, called, user

Stream = list[ResponseStreamEvent]


async def stream(client: AsyncOpenAI, *items: dict[str, Any]) -> Stream:
    events = await client.responses.create(
        model="gpt-5.4-mini",
        instructions="You are the agent of a shop.",
        input=cast(Any, list(items)),
        tools=cast(Any, TOOLS),
        stream=True,
    )
    return [event async for event in events]


def types_of(events: Stream) -> list[str]:
    """The event types in order, deltas that follow each other as one."""
    types = [event.type for event in events]
    return [kind for kind, before in zip(types, ["", *types], strict=False) if kind != before]


async def test_speech_streams_token_by_token(openai_client: AsyncOpenAI) -> None:
    events = await stream(openai_client, user("Hello"))

    deltas = [event.delta for event in events if event.type == "response.output_text.delta"]
    assert "".join(deltas) == ENGLISH.greeting
    assert len(deltas) == len(ENGLISH.greeting.split())
    assert types_of(events) == [
        "response.created",
        "response.in_progress",
        "response.output_item.added",
        "response.content_part.added",
        "response.output_text.delta",
        "response.output_text.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.completed",
    ]


async def test_tool_call_streams_arguments(openai_client: AsyncOpenAI) -> None:
    events = await stream(openai_client, user("where is order 1042?"))

    kind = "response.function_call_arguments"
    deltas = [e.delta for e in events if e.type == "response.function_call_arguments.delta"]
    assert json.loads("".join(deltas)) == {"order_number": "1042"}
    assert types_of(events) == [
        "response.created",
        "response.in_progress",
        "response.output_item.added",
        f"{kind}.delta",
        f"{kind}.done",
        "response.output_item.done",
        "response.completed",
    ]


@pytest.mark.parametrize("words", ["Hello", "where is order 1042?"])
async def test_events_have_the_published_shape(http: httpx.AsyncClient, words: str) -> None:
    body = {"model": "any", "input": words, "tools": TOOLS, "stream": True}
    answer = await http.post("/v1/responses", json=body)

    adapter: TypeAdapter[ResponseStreamEvent] = TypeAdapter(ResponseStreamEvent)
    lines = [line for line in answer.text.splitlines() if line.startswith("data: ")]
    events = [adapter.validate_json(line.removeprefix("data: ")) for line in lines]
    assert [event.sequence_number for event in events] == list(range(len(events)))
    assert answer.headers["content-type"].startswith("text/event-stream")


async def test_whole_response_has_text_and_usage(openai_client: AsyncOpenAI) -> None:
    response = await openai_client.responses.create(model="any", input="Hello")

    assert response.output_text == ENGLISH.greeting
    assert response.usage is not None
    assert response.usage.output_tokens == len(ENGLISH.greeting.split())
    Response.model_validate(response.model_dump())


async def test_tool_loop_ends_in_words(openai_client: AsyncOpenAI) -> None:
    question = user("a human please")
    first = await openai_client.responses.create(
        model="any", input=cast(Any, [question]), tools=cast(Any, TOOLS)
    )
    call = first.output[0]
    assert call.type == "function_call"

    result = {"type": "function_call_output", "call_id": call.call_id, "output": "done"}
    items = [question, call.model_dump(), result]
    second = await openai_client.responses.create(
        model="any", input=cast(Any, items), tools=cast(Any, TOOLS)
    )

    assert second.output_text == ENGLISH.connecting


async def test_streaming_helper_accumulates(openai_client: AsyncOpenAI) -> None:
    async with openai_client.responses.stream(model="any", input="Hello") as events:
        response = await events.get_final_response()

    assert response.output_text == ENGLISH.greeting


async def test_models_are_listed(openai_client: AsyncOpenAI) -> None:
    assert [model.id async for model in openai_client.models.list()] == ["demo-model"]


@pytest.mark.parametrize(
    ("body", "param", "code"),
    [
        ({"model": "any"}, "input", "missing_required_parameter"),
        ({"input": "Hello"}, "model", "missing_required_parameter"),
        ({"model": "any", "input": 1}, "input", "invalid_value"),
        ({"model": "any", "input": [{"type": "odd"}]}, "input.0", "invalid_value"),
        ({"model": "any", "input": [called("handoff", "x")[0]]}, "input", None),
        ({"model": "any", "input": [called("handoff", "x")[1]]}, "input", None),
        (b"{", None, "invalid_json"),
    ],
)
async def test_bad_body_is_refused(
    http: httpx.AsyncClient, body: Any, param: str | None, code: str | None
) -> None:
    content = body if isinstance(body, bytes) else json.dumps(body)

    answer = await http.post("/v1/responses", content=content)

    error = answer.json()["error"]
    assert answer.status_code == 400
    assert (error["type"], error["param"], error["code"]) == (
        "invalid_request_error",
        param,
        code,
    )
    assert error["message"]
