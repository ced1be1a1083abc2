"""One turn: always words, never two at once, tools checked, a human asked for once."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict

from agent.conversation import Conversation
from agent.errors import ModelError, ToolError
from agent.handoff.payload import Escalation
from agent.history import History
from agent.language_model import LanguageModel, ModelEvent, ModelRequest, TextDelta, ToolCall
from agent.memory import CustomerMemory
from agent.metrics import Metrics
from agent.phrases import ENGLISH
from agent.settings import Settings, load_settings
from agent.tool import Tool
from agent.turns import Turns
from agent.twilio_api.http import ClientPool
from agent.twilio_api.memory import PooledMemoryClient
from tests.environment import COMPLETE
from tests.scripted_model import ScriptedModel, Step

SETTINGS = load_settings({**COMPLETE, "AGENT_TOOL_ROUNDS": "3"})
IMPATIENT = load_settings({**COMPLETE, "AGENT_FILLER_SECONDS": "0.01"})
FAILURE = ModelError("The model failed")


class Echo(BaseModel):
    """Say it back."""

    model_config = ConfigDict(extra="forbid")

    text: str


async def echo(_conversation: Conversation, arguments: Echo) -> str:
    if arguments.text == "fail":
        raise ToolError("There is no such echo.")
    if arguments.text == "break":
        raise RuntimeError("secret detail")
    return arguments.text.upper()


def call(text: str = "hi", **extra: Any) -> ToolCall:
    return ToolCall("call_1", "echo", json.dumps({"text": text, **extra}))


async def _join(words: AsyncGenerator[str, None]) -> str:
    return "".join([word async for word in words])


def make_turns(model: LanguageModel, *tools: Tool, settings: Settings = SETTINGS) -> Turns:
    memory = CustomerMemory(
        PooledMemoryClient(ClientPool("", ""), "http://127.0.0.1:1", "mem_store_1"), SETTINGS
    )
    return Turns(model, tools or [Tool("echo", Echo, echo)], memory, Metrics(), settings)


def make_conversation(*, spoken: bool = False) -> Conversation:
    return Conversation(
        id="conv_conversation_1",
        channel="VOICE" if spoken else "CHAT",
        thread="CH1",
        customer_address="ana",
        agent_address="ai-assistant",
        history=History(turns=30),
    )


async def say(model: LanguageModel, conversation: Conversation, text: str = "hello") -> str:
    return await _join(make_turns(model).reply(conversation, text))


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        pytest.param([["Hi", " there"]], "Hi there", id="words"),
        pytest.param([[FAILURE]], ENGLISH.apology, id="failure at once"),
        pytest.param(
            [["Your or", FAILURE]], f"Your or {ENGLISH.apology_after_words}", id="broken off"
        ),
        pytest.param([[]], ENGLISH.apology, id="empty"),
        pytest.param([["  \n"]], "  \n" + ENGLISH.apology, id="blank"),
        pytest.param([[call()], ["It is HI"]], "It is HI", id="tool"),
        pytest.param([["One moment. ", call()], ["HI"]], "One moment. HI", id="words then tool"),
        pytest.param([[call()], [FAILURE]], ENGLISH.apology, id="failure after tool"),
        pytest.param([[call(), FAILURE], ["HI"]], "HI", id="broken off after the tool call"),
        pytest.param([[call()], []], ENGLISH.apology, id="empty after tool"),
    ],
)
async def test_reply_always_has_words(steps: list[Step], expected: str) -> None:
    assert await say(ScriptedModel(*steps), make_conversation()) == expected


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (call("fail"), "There is no such echo."),
        (call("break"), "The tool echo failed. Go on without it."),
        (call(profile_id="mem_profile_of_somebody_else"), "profile_id: Extra inputs"),
        (ToolCall("call_1", "echo", "{not json"), "The arguments were refused."),
        (ToolCall("call_1", "format_disk", "{}"), "There is no tool format_disk."),
    ],
)
async def test_failed_tool_is_told_in_words(wrong: ToolCall, told: str) -> None:
    model = ScriptedModel([wrong], ["I see."])

    await say(model, make_conversation())

    output = model.requests[1].items[-1]
    assert output["type"] == "function_call_output"
    assert told in output["output"]
    assert "secret" not in output["output"]


async def test_tool_rounds_are_limited() -> None:
    model = ScriptedModel([call()])

    await say(model, make_conversation())

    assert [request.may_call_tools for request in model.requests] == [True, True, True, False]


async def test_next_turn_knows_what_was_said_and_done() -> None:
    model = ScriptedModel([call()], ["It is HI"], ["Bye"])
    conversation = make_conversation()
    await say(model, conversation, "echo hi")

    await say(model, conversation, "thanks")

    assert [item.get("role") or item["type"] for item in model.requests[-1].items] == [
        "user",
        "function_call",
        "function_call_output",
        "assistant",
        "user",
    ]


async def test_instructions_fit_the_channel() -> None:
    model = ScriptedModel(["Hi"])

    await say(model, make_conversation(spoken=True))
    await say(model, make_conversation(spoken=False))

    spoken, written = (request.instructions for request in model.requests)
    assert "spoken aloud" in spoken
    assert "spoken aloud" not in written


class SlowModel:
    """Says one word and never the next."""

    def __init__(self) -> None:
        self.at_once = 0
        self.most_at_once = 0
        self.release = asyncio.Event()

    async def warm_up(self) -> None:
        """Nothing is cold."""

    async def stream(self, _request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            yield TextDelta("Well")
            await self.release.wait()
        finally:
            self.at_once -= 1

    async def close(self) -> None:
        """Nothing is held."""


async def test_turns_of_one_conversation_do_not_overlap() -> None:
    model = SlowModel()
    turns = make_turns(model)
    conversation = make_conversation()

    async def say_all(text: str) -> list[str]:
        return [words async for words in turns.reply(conversation, text)]

    replies = asyncio.gather(*(say_all(text) for text in ("one", "two", "three")))
    await asyncio.sleep(0)
    model.release.set()

    assert await replies == [["Well"], ["Well"], ["Well"]]
    assert model.most_at_once == 1


async def test_abandoned_reply_frees_the_turn() -> None:
    turns = make_turns(SlowModel())
    conversation = make_conversation(spoken=True)

    async with aclosing(turns.reply(conversation, "hello")) as reply:
        assert await anext(reply) == "Well"

    assert not conversation.turn.locked()
    assert conversation.history.items()[-1]["content"] == "Well"


async def test_tool_with_effects_outlives_its_turn() -> None:
    model = ScriptedModel([call()], ["It is HI"])
    begun, release = asyncio.Event(), asyncio.Event()

    async def slow_echo(_conversation: Conversation, arguments: Echo) -> str:
        begun.set()
        await release.wait()
        return arguments.text.upper()

    turns = make_turns(model, Tool("echo", Echo, slow_echo, has_effects=True))
    conversation = make_conversation(spoken=True)
    broken_off = asyncio.create_task(anext(turns.reply(conversation, "echo hi")))
    await begun.wait()
    broken_off.cancel()
    await asyncio.wait({broken_off})
    assert conversation.effects
    next_reply = asyncio.create_task(_join(turns.reply(conversation, "And?")))
    release.set()

    assert await next_reply == "It is HI"
    assert [item["output"] for item in model.requests[1].items if "output" in item] == ["HI"]


class WaitingModel(ScriptedModel):
    """Gives every answer only when it is let."""

    def __init__(self, *steps: Step) -> None:
        super().__init__(*steps)
        self.may_speak = asyncio.Event()

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        await self.may_speak.wait()
        async for event in super().stream(request):
            yield event


async def test_slow_model_is_bridged_by_different_words() -> None:
    model = WaitingModel(["Our store is open."])
    conversation = make_conversation(spoken=True)
    turns = make_turns(model, settings=IMPATIENT)
    reply = turns.reply(conversation, "When are you open?")
    fillers = [await anext(reply), await anext(reply)]
    model.may_speak.set()
    rest = await _join(reply)

    assert len({filler.strip() for filler in fillers}) == 2
    assert all(filler.strip() in ENGLISH.fillers for filler in fillers)
    assert rest == " Our store is open."
    said = [item["content"] for item in conversation.history.items()][1:]
    assert "".join(said) == "".join(fillers) + rest


@pytest.mark.parametrize("end", ["", " ", "\n\n"])
async def test_slow_tool_is_bridged(end: str) -> None:
    release = asyncio.Event()

    async def slow_echo(_conversation: Conversation, arguments: Echo) -> str:
        await release.wait()
        return arguments.text.upper()

    model = ScriptedModel([f"Let me look.{end}", call()], ["It is HI"])
    turns = make_turns(model, Tool("echo", Echo, slow_echo), settings=IMPATIENT)
    reply = turns.reply(make_conversation(spoken=True), "echo hi")
    words = ""
    while not words.endswith(ENGLISH.fillers):
        words += await anext(reply)
    release.set()

    assert words.startswith("Let me look. ")
    assert (await _join(reply)).endswith(" It is HI")


@pytest.mark.parametrize(
    ("has_effects", "said"), [(False, ENGLISH.apology), (True, "It is HI")], ids=["waits", "acts"]
)
async def test_slow_tool_ends_with_the_turn_unless_it_acts(has_effects: bool, said: str) -> None:
    async def slow_echo(_conversation: Conversation, arguments: Echo) -> str:
        await asyncio.sleep(0.1)
        return arguments.text.upper()

    settings = load_settings({**COMPLETE, "AGENT_TURN_SECONDS": "0.05"})
    model = ScriptedModel([call()], ["It is HI"])
    tool = Tool("echo", Echo, slow_echo, has_effects=has_effects)

    reply = make_turns(model, tool, settings=settings).reply(make_conversation(), "echo hi")

    assert await _join(reply) == said


async def test_slow_way_to_a_person_without_the_model_is_bridged() -> None:
    release = asyncio.Event()

    async def ask(_conversation: Conversation, _escalation: Escalation) -> str:
        await release.wait()
        raise ToolError("Nobody is there")

    turns = make_turns(
        ScriptedModel([]), Tool("handoff", Escalation, ask, has_effects=True), settings=IMPATIENT
    )
    words = turns.hand_over(make_conversation(spoken=True), Escalation(reason="Pressed 0"))
    first = await anext(words)
    release.set()

    assert first in ENGLISH.fillers
    assert (await _join(words)).endswith(f" {ENGLISH.sorry}")


async def test_nothing_but_fillers_is_apologised_for() -> None:
    model = WaitingModel([])
    reply = make_turns(model, settings=IMPATIENT).reply(make_conversation(spoken=True), "Open?")
    await anext(reply)
    model.may_speak.set()

    assert (await _join(reply)).endswith(f" {ENGLISH.apology_after_words}")


async def test_slow_goodbye_is_bridged() -> None:
    model = WaitingModel(["Bye now."])
    words = make_turns(model, settings=IMPATIENT).goodbye(make_conversation(spoken=True))
    first = await anext(words)
    model.may_speak.set()

    assert first in ENGLISH.fillers
    assert (await _join(words)).endswith(" Bye now.")


@pytest.mark.parametrize(
    ("steps", "spoken", "expected"),
    [
        ([["Bye now."]], True, "Bye now."),
        ([["Bye n", FAILURE]], True, f"Bye {ENGLISH.connecting_call}"),
        ([["Bye n", FAILURE]], False, f"Bye n {ENGLISH.connecting_chat}"),
        ([[FAILURE]], True, ENGLISH.connecting_call),
        ([[]], False, ENGLISH.connecting_chat),
        ([[call()]], False, ENGLISH.connecting_chat),
    ],
)
async def test_goodbye_is_never_empty(steps: list[Step], spoken: bool, expected: str) -> None:
    turns = make_turns(ScriptedModel(*steps))

    goodbye = [words async for words in turns.goodbye(make_conversation(spoken=spoken))]

    assert "".join(goodbye) == expected
