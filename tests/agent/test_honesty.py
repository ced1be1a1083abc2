"""A promise of a person is kept, reworded or taken back; the customer is told the truth."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from datetime import UTC, datetime

import pytest

from agent.conversation import Conversation
from agent.errors import ModelError, ToolError
from agent.handoff.payload import Escalation, HandoffAttributes, HandoffPayload
from agent.handoff.record import HandoffRecord, HandoffState
from agent.history import History
from agent.instructions import FALSE_PROMISE
from agent.language_model import ToolCall
from agent.memory import CustomerMemory
from agent.metrics import Metrics
from agent.phrases import ENGLISH, Phrases
from agent.phrases.spanish import SPANISH
from agent.promises import find_promise
from agent.settings import load_settings
from agent.tool import Tool
from agent.turns import Turns
from agent.twilio_api.http import ClientPool
from agent.twilio_api.memory import PooledMemoryClient
from tests.environment import COMPLETE
from tests.scripted_model import ScriptedModel, Step

SETTINGS = load_settings(COMPLETE)
WISH = "The boots are torn"
PROMISE = "I'm connecting you now."
TRUTH = "I cannot reach anybody just now."
FAILURE = ModelError("The model failed")
CALL = ToolCall("call_1", "handoff", json.dumps({"reason": "asks for a person"}))


class Desk:
    """The handoff tool of one test; keeps what it was asked."""

    def __init__(self, *, is_open: bool = True) -> None:
        self.asked: list[str] = []
        self._is_open = is_open

    async def take(self, conversation: Conversation, escalation: Escalation) -> str:
        self.asked.append(escalation.reason)
        if not self._is_open:
            raise ToolError("The handoff failed.")
        conversation.handoff = _record(escalation)
        return "A colleague takes over."


def _record(escalation: Escalation) -> HandoffRecord:
    attributes = HandoffAttributes(**escalation.model_dump(), handoff_id="handoff_1")
    return HandoffRecord(
        id="handoff_1",
        thread="CH1",
        channel="CHAT",
        attempt=1,
        customer_address="ana",
        agent_address="ai-assistant",
        payload=HandoffPayload(
            conversation_id="conv_conversation_1",
            memory_store_id="mem_store_1",
            profile_id="",
            attributes=attributes,
        ),
        state=HandoffState.REQUESTED,
        requested_at=datetime.now(UTC),
    )


class Talk:
    """One conversation with a scripted model and a desk."""

    def __init__(self, steps: list[Step], desk: Desk, *, spoken: bool) -> None:
        self.model = ScriptedModel(*steps)
        self.metrics = Metrics()
        client = PooledMemoryClient(ClientPool("", ""), "http://127.0.0.1:1", "mem_store_1")
        tools = [Tool("handoff", Escalation, desk.take, has_effects=True)]
        memory = CustomerMemory(client, SETTINGS)
        self.turns = Turns(self.model, tools, memory, self.metrics, SETTINGS)
        self.conversation = Conversation(
            id="conv_conversation_1",
            channel="VOICE" if spoken else "CHAT",
            thread="CH1",
            customer_address="ana",
            agent_address="ai-assistant",
            history=History(turns=30),
        )

    def reply(self) -> AsyncGenerator[str, None]:
        return self.turns.reply(self.conversation, WISH)

    async def say(self) -> str:
        return "".join([words async for words in self.reply()])

    @property
    def promises_counted(self) -> list[str]:
        lines = self.metrics.to_text().decode().splitlines()
        counted = [line for line in lines if line.startswith("agent_false_promises_total")]
        return [line.partition('done="')[2].partition('"')[0] for line in counted]


@pytest.mark.parametrize(
    ("steps", "is_open", "said", "done"),
    [
        pytest.param([["Hi"]], True, "Hi", [], id="no promise"),
        pytest.param([[PROMISE, CALL]], True, PROMISE, [], id="promise that is kept"),
        pytest.param(
            [[PROMISE], [CALL], ["Bye"]], True, "", ["handed_over_by_model"], id="handed over"
        ),
        pytest.param([[PROMISE], [TRUTH]], True, TRUTH, ["reworded"], id="reworded"),
        pytest.param([[PROMISE]], True, "", ["handed_over"], id="promised again"),
        pytest.param([["I see. ", PROMISE], []], True, "I see.", ["handed_over"], id="then silent"),
        pytest.param([[PROMISE], [FAILURE]], True, "", ["handed_over"], id="then down"),
        pytest.param([[PROMISE, FAILURE], [TRUTH]], True, TRUTH, ["reworded"], id="broken off"),
        pytest.param(
            [["I see. ", PROMISE]],
            False,
            f"I see. {ENGLISH.taken_back}",
            ["taken_back"],
            id="refused",
        ),
        pytest.param(
            [[PROMISE, CALL], [TRUTH], [TRUTH]], False, TRUTH, ["reworded"], id="tool refused"
        ),
    ],
)
async def test_written_promise_holds(
    steps: list[Step], is_open: bool, said: str, done: list[str]
) -> None:
    talk = Talk(steps, Desk(is_open=is_open), spoken=False)

    assert await talk.say() == said
    assert talk.promises_counted == done
    assert (talk.conversation.handoff is not None) == (not said or said in (PROMISE, "I see."))


@pytest.mark.parametrize(
    ("steps", "is_open", "said", "done"),
    [
        pytest.param([["Hi"]], True, "Hi", [], id="no promise"),
        pytest.param([[PROMISE, CALL]], True, PROMISE, [], id="promise that is kept"),
        pytest.param([[PROMISE]], True, PROMISE, ["handed_over"], id="promise"),
        pytest.param([[PROMISE, FAILURE]], True, PROMISE, ["handed_over"], id="broken off"),
        pytest.param(
            [[PROMISE]], False, f"{PROMISE} {ENGLISH.taken_back}", ["taken_back"], id="refused"
        ),
        pytest.param(
            [[PROMISE, CALL], [TRUTH]],
            False,
            f"{PROMISE} {TRUTH}",
            [],
            id="tool refused, and said so",
        ),
        pytest.param(
            [[PROMISE, CALL], []],
            False,
            f"{PROMISE} {ENGLISH.taken_back}",
            ["taken_back"],
            id="tool refused, then silent",
        ),
        pytest.param(
            [[PROMISE, CALL], [FAILURE]],
            False,
            f"{PROMISE} {ENGLISH.taken_back}",
            ["taken_back"],
            id="tool refused, then down",
        ),
    ],
)
async def test_spoken_promise_holds(
    steps: list[Step], is_open: bool, said: str, done: list[str]
) -> None:
    talk = Talk(steps, Desk(is_open=is_open), spoken=True)

    assert await talk.say() == said
    assert talk.promises_counted == done
    assert (talk.conversation.handoff is not None) == (is_open and said != "Hi")


async def test_desk_is_told_what_the_customer_said() -> None:
    desk = Desk()

    await Talk([[PROMISE]], desk, spoken=True).say()

    assert len(desk.asked) == 1
    assert WISH in desk.asked[0]


async def test_model_is_told_what_became_of_its_words() -> None:
    talk = Talk([[PROMISE], [TRUTH]], Desk(), spoken=False)

    await talk.say()

    said = [item["content"] for item in talk.model.requests[-1].items]
    assert said == [WISH, PROMISE, FALSE_PROMISE]


async def test_every_handoff_comes_with_words() -> None:
    talk = Talk([[CALL], []], Desk(), spoken=False)

    assert await talk.say() == ""
    assert "".join([words async for words in talk.turns.goodbye(talk.conversation)]).strip()


@pytest.mark.parametrize("phrases", [ENGLISH, SPANISH])
def test_fixed_words_promise_nothing(phrases: Phrases) -> None:
    said = (phrases.taken_back, phrases.apology, phrases.trouble, phrases.sorry, phrases.unsure)
    assert [find_promise(words) for words in said] == [""] * len(said)
