"""A long conversation costs the model no more than a short one: a window and a running summary."""

from __future__ import annotations

import json
from itertools import pairwise

from agent.conversation import Conversation
from agent.errors import ModelError
from agent.history import History
from agent.language_model import ModelRequest
from agent.settings import load_settings
from tests.agent.test_turns import make_conversation, make_turns
from tests.environment import COMPLETE
from tests.scripted_model import ScriptedModel, Step

ANSWER = "You have got thirty days to send it back, with the label from your order page."
WINDOW = load_settings(COMPLETE).history_turns


def conversation() -> Conversation:
    conversation = make_conversation()
    conversation.history = History(turns=WINDOW)
    return conversation


async def talk(model: ScriptedModel, conversation: Conversation, turns: int) -> None:
    """Customer and agent in turn, no faster than the summaries are written."""
    for number in range(turns):
        question = f"Question {number}: how many days have I got to send the shoes back, please?"
        async for _words in make_turns(model).reply(conversation, question):
            pass
        if conversation.summarizing:
            await conversation.summarizing


def to_text(request: ModelRequest) -> str:
    """In the order in which a model reads it, what is the same for all first."""
    return json.dumps([request.instructions, request.tools, request.items])


def common_share(before: str, after: str) -> float:
    """How much of the one begins as the other did."""
    pairs = enumerate(zip(before, after, strict=False))
    return next((at for at, (a, b) in pairs if a != b), len(before)) / len(after)


async def test_input_stays_flat_and_its_beginning_the_same() -> None:
    model = ScriptedModel([ANSWER])

    await talk(model, conversation(), 100)

    turns = [to_text(request) for request in model.requests if request.tools]
    shares = [common_share(*pair) for pair in pairwise(turns)]
    assert len(turns) == 100
    assert len(turns[99]) <= 1.2 * len(turns[19])
    assert sum(share >= 0.8 for share in shares) >= 0.9 * len(shares)  # all but where it is folded
    assert sum(shares) / len(shares) >= 0.8


async def test_summary_is_quoted_and_carried_on() -> None:
    model, long = ScriptedModel([ANSWER]), conversation()

    await talk(model, long, WINDOW + WINDOW // 2)

    first, second = (one.items[0]["content"] for one in model.requests if not one.tools)
    assert "Customer: Question 0:" in first
    assert second.startswith(f"Earlier: {ANSWER}\n")
    quoted = f"<earlier_in_this_conversation>\n{ANSWER}\n</earlier_in_this_conversation>"
    assert model.requests[-2].items[0] == {"role": "user", "content": quoted}


async def test_failed_summary_loses_no_reply_and_is_tried_again() -> None:
    answer: Step = [ANSWER]
    failure: Step = [ModelError("The model failed")]
    model, long = ScriptedModel(*[answer] * WINDOW, failure, answer), conversation()

    await talk(model, long, WINDOW + 1)

    assert [bool(one.tools) for one in model.requests[-4:]] == [True, False, True, False]
    assert long.history.summary == ANSWER
