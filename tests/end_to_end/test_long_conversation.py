"""What leaves the window of a long conversation is in its running summary."""

from __future__ import annotations

from typing import Any

from getting_started.local import LocalStack
from tests.end_to_end.model_script import model_requests
from tests.end_to_end.relay_client import relay_call

MARK = "<earlier_in_this_conversation>"
MOST_QUESTIONS = 60


def question(number: int) -> str:
    return f"My question number {number}: how many days have I got to send shoes back, please?"


def summary_in(request: dict[str, Any]) -> str:
    said = (item.get("content", "") for item in request["input"])
    return next((words for words in said if words.startswith(MARK)), "")


async def test_first_question_of_a_long_call_is_not_forgotten(stack: LocalStack) -> None:
    summary, number = "", 0
    async with relay_call(stack) as relay:
        while not summary and number < MOST_QUESTIONS:
            await relay.prompt(question(number))
            await relay.reply()
            number += 1
            summary = summary_in((await model_requests(stack))[-1])

    assert "question number 0" in summary
    assert number >= 20
