"""What the emulated assistant says, and which tool it chooses."""

from __future__ import annotations

import pytest

from getting_started.twilio_emulator.assistants.rules import FAILED, GREETING, ToolAnswer, decide
from getting_started.twilio_emulator.assistants.seed import seed_assistants
from getting_started.twilio_emulator.seed import seed
from getting_started.twilio_emulator.twilio import Twilio

OPEN = "Our store is open on Saturdays from 10:00 to 18:00."


@pytest.fixture
def twilio() -> Twilio:
    """Seeded, and not served."""
    twilio = Twilio("http://127.0.0.1:1")
    seed(twilio, "http://127.0.0.1:1")
    seed_assistants(twilio, "http://127.0.0.1:1")
    return twilio


@pytest.mark.parametrize(
    ("words", "decision"),
    [
        ("Hello", GREETING),
        ("Good morning!", GREETING),
        ("When are you open on Saturdays?", OPEN),
        ("I want a refund", "Studio Handover"),
        ("Hello, could you refund order 1042?", "Studio Handover"),
        ("I would like to talk to a person, please.", "Flex Agent Handover"),
        ("A human agent, please", "Flex Agent Handover"),
        ("What is the meaning of life?", "Flex Agent Handover"),
    ],
)
def test_words_decide(twilio: Twilio, words: str, decision: str) -> None:
    [assistant] = twilio.assistants.assistants.values()

    decided = decide(assistant, words, [])

    assert (decided if isinstance(decided, str) else decided.request.name).startswith(decision)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (ToolAnswer(200, "Conversation handed over"), "Conversation handed over."),
        (ToolAnswer(400, "a bad SID"), FAILED),
        (ToolAnswer(None, ""), FAILED),
    ],
)
def test_tool_is_reported(twilio: Twilio, answer: ToolAnswer, said: str) -> None:
    [assistant] = twilio.assistants.assistants.values()

    assert decide(assistant, "I want a refund", [answer]) == said


def test_switched_off_tool_is_not_used(twilio: Twilio) -> None:
    [assistant] = twilio.assistants.assistants.values()
    for tool in assistant.tools:
        tool.request.enabled = False

    assert decide(assistant, "I want a refund", []) == "I am sorry, I do not know that."
