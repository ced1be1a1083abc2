"""The OpenAI model: streamed words and tool calls, and every way it can fail."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, nullcontext
from types import AsyncGeneratorType
from typing import Any

import httpx
import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from agent.errors import ModelError
from agent.language_model import ModelEvent, ModelRequest, OpenAIModel, TextDelta, ToolCall
from agent.settings import load_settings
from getting_started.demo_model.app import create_demo_model
from getting_started.serving import listen, serving
from tests.environment import COMPLETE

HANDOFF = {
    "type": "function",
    "name": "handoff",
    "description": "Hand over to a human.",
    "parameters": {"type": "object", "properties": {"reason": {"type": "string"}}},
    "strict": False,
}


@pytest.fixture
async def model_url() -> AsyncIterator[str]:
    async with serving(create_demo_model(), listen()) as url:
        yield url


@pytest.fixture
async def model(model_url: str) -> AsyncIterator[OpenAIModel]:
    model = OpenAIModel(load_settings({**COMPLETE, "OPENAI_BASE_URL": f"{model_url}/v1"}))
    yield model
    await model.close()


async def break_model(url: str, fault: dict[str, Any]) -> None:
    async with httpx.AsyncClient() as client:
        (await client.post(f"{url}/_demo/faults", json=fault)).raise_for_status()


def ask(text: str, **options: Any) -> ModelRequest:
    return ModelRequest("You help.", [{"role": "user", "content": text}], **options)


async def test_words_come_in_pieces(model: OpenAIModel) -> None:
    events = [event async for event in model.stream(ask("Hello"))]

    assert len(events) > 2
    assert all(isinstance(event, TextDelta) for event in events)


async def test_tool_call_comes_whole(model: OpenAIModel) -> None:
    events = [event async for event in model.stream(ask("I want a person", tools=[HANDOFF]))]

    calls = [event for event in events if isinstance(event, ToolCall)]
    assert [call.name for call in calls] == ["handoff"]
    assert "reason" in calls[0].arguments


async def test_unheard_answer_comes_whole(model: OpenAIModel) -> None:
    words = [event async for event in model.stream(ask("Hello", is_heard=False))]
    calls = [
        event
        async for event in model.stream(ask("I want a person", tools=[HANDOFF], is_heard=False))
    ]

    assert [type(event) for event in words + calls] == [TextDelta, ToolCall]


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ({"status": 500}, "failed"),
        ({"status": 401}, "failed"),
        ({"delay": 5}, "too long"),
        ({"cut_after_tokens": 0}, "failed|broke off"),
        ({"cut_after_tokens": 2}, "failed|broke off"),
        ({"raw_events": []}, "failed|broke off"),
        ({"raw_events": [{"type": "error", "message": "overloaded"}]}, "overloaded|failed"),
        ({"raw_events": ["data: {not json\n\n"]}, "cannot be read"),
        ({"raw_events": ["\x00<html>busy</html>"]}, "broke off|cannot be read"),
        ({"raw_events": [{"type": "response.failed", "response": {}}]}, "gave up"),
        ({"raw_events": [{"type": "response.incomplete", "response": {}}]}, "gave up"),
    ],
)
@pytest.mark.parametrize("is_heard", [True, False], ids=["word by word", "whole"])
async def test_failure_is_a_model_error(
    model: OpenAIModel, model_url: str, fault: dict[str, Any], said: str, is_heard: bool
) -> None:
    await break_model(model_url, fault)
    request = ask("Hello", first_token_seconds=1.0, total_seconds=1.5, is_heard=is_heard)

    with pytest.raises(ModelError, match=said):
        async for _event in model.stream(request):
            pass


@pytest.mark.parametrize("is_heard", [True, False], ids=["word by word", "whole"])
@pytest.mark.parametrize(
    ("fault", "is_answered"),
    [
        ({"status": 429, "times": 1}, True),
        ({"status": 503, "times": 1}, True),
        ({"status": 503, "times": 2}, False),
        ({"status": 400, "times": 1}, False),
    ],
    ids=["too many at once", "busy", "busy for longer", "our fault"],
)
async def test_passing_refusal_is_asked_again_once(
    model: OpenAIModel, model_url: str, fault: dict[str, Any], is_answered: bool, is_heard: bool
) -> None:
    await break_model(model_url, fault)

    with nullcontext() if is_answered else pytest.raises(ModelError):
        assert [event async for event in model.stream(ask("Hello", is_heard=is_heard))]


@pytest.mark.parametrize(
    ("line", "is_heard"),
    [
        ('data: {"type": "response.output_item.done"}\n\n', True),
        ('data: {"type": "response.failed"}\n\n', True),
        ("{}", False),
        ('{"output": [{"type": "message"}]}', False),
        ('{"output": [{"type": "function_call"}]}', False),
        ('{"output": []}', False),
        ("[]", False),
    ],
)
async def test_answer_that_lacks_something_is_a_model_error(
    model: OpenAIModel, model_url: str, line: str, is_heard: bool
) -> None:
    await break_model(model_url, {"raw_events": [line]})

    with pytest.raises(ModelError, match="cannot be read"):
        async for _event in model.stream(ask("Hello", is_heard=is_heard)):
            pass


async def test_model_that_stalls_in_the_middle_is_not_waited_for_to_the_end(
    model: OpenAIModel, model_url: str
) -> None:
    await break_model(model_url, {"stall_after_tokens": 2})
    heard: list[ModelEvent] = []

    async def listen() -> None:
        async for event in model.stream(ask("Hello", first_token_seconds=0.5)):
            heard.append(event)

    with pytest.raises(ModelError, match="too long"):
        await asyncio.wait_for(listen(), timeout=10)

    assert heard == [TextDelta("Hello,"), TextDelta(" this")]


def counting(connections: list[object]) -> ASGIApp:
    """The demo model, which notes the connection of each request."""
    demo_model = create_demo_model()

    async def count(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            connections.append(scope["client"])
        await demo_model(scope, receive, send)

    return count


@pytest.mark.parametrize(
    ("is_heard", "is_left", "at_most"),
    [(True, False, 1), (False, False, 1), (True, True, 2)],
    ids=["read to its end", "whole", "left after a word"],
)
async def test_answers_share_the_warm_connection(
    is_heard: bool, is_left: bool, at_most: int
) -> None:
    """A new one costs a handshake before the reply, so that the next is opened ahead."""
    connections: list[object] = []
    async with serving(counting(connections), listen()) as url:
        model = OpenAIModel(load_settings({**COMPLETE, "OPENAI_BASE_URL": f"{url}/v1"}))
        await model.warm_up()
        async with aclosing(model.stream(ask("Hello", is_heard=is_heard))) as events:
            async for _event in events:
                if is_left:
                    break
        await model.warm_up()
        assert [event async for event in model.stream(ask("Hello"))]
        await model.close()

    assert len(set(connections)) <= at_most
    assert connections[-1] == connections[-2]


async def test_callers_at_once_find_a_connection_each() -> None:
    connections: list[object] = []
    async with serving(counting(connections), listen()) as url:
        model = OpenAIModel(load_settings({**COMPLETE, "OPENAI_BASE_URL": f"{url}/v1"}))
        await asyncio.gather(*(model.warm_up() for _caller in range(5)))
        await model.warm_up()
        await model.close()

    assert len(set(connections)) == 5


async def test_cold_model_is_told_and_survived(caplog: pytest.LogCaptureFixture) -> None:
    model = OpenAIModel(load_settings(COMPLETE))

    await model.warm_up()
    await model.close()

    assert "The model does not answer" in caplog.text


@pytest.mark.parametrize("how", ["read to its end", "left after one word", "canceled"])
async def test_no_generator_is_left_to_the_garbage_collector(model: OpenAIModel, how: str) -> None:
    """It may run in another thread, while they are at work."""

    async def listen_to(events: AsyncGenerator[object, None]) -> None:
        async with aclosing(events):
            async for _event in events:
                if how == "left after one word":
                    return
                started.set()

    started = asyncio.Event()
    reading = asyncio.create_task(listen_to(model.stream(ask("Hello"))))
    if how == "canceled":
        await started.wait()
        reading.cancel()
    await asyncio.wait({reading})

    open_ones = [
        each.__qualname__
        for each in gc.get_objects()
        if type(each) is AsyncGeneratorType and each.ag_frame  # isinstance would wake lazy modules
    ]
    assert not [name for name in open_ones if "Stream" in name or "Response" in name]


async def test_whole_answer_has_a_time_limit(model: OpenAIModel) -> None:
    with pytest.raises(ModelError, match="too long"):
        async for _event in model.stream(ask("Hello", total_seconds=0.0)):
            pass
