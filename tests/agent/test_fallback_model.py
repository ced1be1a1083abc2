"""The fallback model: asked once the first is late or has failed; who begins first answers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import pytest

from agent.errors import ModelError
from agent.fallback_model import FallbackModel
from agent.language_model import LanguageModel, ModelEvent, ModelRequest, TextDelta
from tests.scripted_model import ScriptedModel

AT_ONCE = 0.0
NEVER = 60.0
REQUEST = ModelRequest("", [])
FAILURE = ModelError("The model failed")


class WaitingModel:
    """Says its words when it is let."""

    def __init__(self, *words: str) -> None:
        self._words = words
        self.may_speak = asyncio.Event()
        self.is_broken_off = False

    async def stream(self, _request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        try:
            await self.may_speak.wait()
            for word in self._words:
                yield TextDelta(word)
        except (asyncio.CancelledError, GeneratorExit):
            self.is_broken_off = True
            raise

    async def warm_up(self) -> None:
        """Nothing is cold."""

    async def close(self) -> None:
        """Nothing is held."""


async def ask(
    first: LanguageModel,
    second: LanguageModel,
    hedge_seconds: float,
    request: ModelRequest = REQUEST,
) -> str:
    model = FallbackModel(first, second, hedge_seconds=hedge_seconds)
    events = [event async for event in model.stream(request)]
    return "".join(event.text for event in events if isinstance(event, TextDelta))


@pytest.mark.parametrize(
    ("steps", "said", "is_asked"),
    [
        pytest.param(["I ", "am first"], "I am first", False, id="in time"),
        pytest.param([FAILURE], "second", True, id="down"),
        pytest.param([], "second", True, id="silent"),
    ],
)
async def test_second_is_asked_when_the_first_fails(
    steps: list[str | ModelError], said: str, is_asked: bool
) -> None:
    second = ScriptedModel(["sec", "ond"])

    assert await ask(ScriptedModel([*steps]), second, NEVER) == said
    assert bool(second.requests) is is_asked


@pytest.mark.parametrize(
    ("first_token_seconds", "hedge_seconds", "said"),
    [(AT_ONCE, NEVER, "second"), (NEVER, AT_ONCE, "whole")],
    ids=["late", "in time"],
)
async def test_unheard_answer_has_until_the_time_of_its_first_token(
    first_token_seconds: float, hedge_seconds: float, said: str
) -> None:
    request = ModelRequest("", [], first_token_seconds=first_token_seconds, is_heard=False)
    first = WaitingModel("whole")
    asyncio.get_running_loop().call_later(0.05, first.may_speak.set)

    assert await ask(first, ScriptedModel(["second"]), hedge_seconds, request) == said


async def test_late_first_is_broken_off_when_the_second_begins() -> None:
    first = WaitingModel("first")

    assert await ask(first, ScriptedModel(["second"]), AT_ONCE) == "second"
    assert first.is_broken_off


async def test_late_first_answers_when_it_begins_before_the_second() -> None:
    first, second = WaitingModel("I ", "am first"), WaitingModel("second")
    asking = asyncio.create_task(ask(first, second, AT_ONCE))
    first.may_speak.set()

    assert await asking == "I am first"
    assert second.is_broken_off or not second.may_speak.is_set()


async def test_failure_after_the_beginning_is_the_answers() -> None:
    second = ScriptedModel(["second"])

    with pytest.raises(ModelError):
        await ask(ScriptedModel(["I ", FAILURE]), second, NEVER)
    assert second.requests == []


async def test_both_down_fails_with_both_reasons() -> None:
    with pytest.raises(ModelError, match="The model failed Then: no words"):
        await ask(ScriptedModel([FAILURE]), ScriptedModel([]), NEVER)


async def test_interrupted_wait_breaks_both_off() -> None:
    first, second = WaitingModel("first"), WaitingModel("second")
    asking = asyncio.create_task(ask(first, second, AT_ONCE))
    async with asyncio.timeout(5):
        while not asking.done():
            await asyncio.sleep(0)
            asking.cancel()

    assert first.is_broken_off
