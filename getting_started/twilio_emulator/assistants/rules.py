"""What an emulated assistant says and which tool it uses: rules to read, no language model."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from getting_started.demo_model import findings, meanings
from getting_started.twilio_emulator.assistants.models import Assistant, Tool

GREETING = "Hello! How can I help you?"
UNKNOWN = "I am sorry, I do not know that."
FAILED = "I am sorry, I could not pass you on just now. I am still here to help you."
_HUMANS = re.compile(r"\b(agent|human|person|colleague)\b", re.IGNORECASE)
_LAST_RESORT = re.compile(r"\b(don't|do not|cannot) know\b", re.IGNORECASE)


@dataclass(frozen=True)
class ToolAnswer:
    """What a tool answered; `status` is None when nothing did."""

    status: int | None
    text: str

    @property
    def is_success(self) -> bool:
        return self.status is not None and self.status < 400


def decide(assistant: Assistant, words: str, answers: Sequence[ToolAnswer]) -> Tool | str:
    """The tool to use, or what to say to the customer's `words`.

    After a tool: its own words, or an apology. Then, in this order: asked for a person, the tool
    that mentions one; a tool whose description shares a topic with the words; a greeting for a
    greeting; what the personality prompt knows; the tool for what it does not know.
    """
    if answers:
        return f"{answers[-1].text.rstrip('.')}." if answers[-1].is_success else FAILED
    topics = findings.topics(meanings.GREETING.sub("", words))
    tools = [tool for tool in assistant.tools if tool.request.enabled]
    if tool := _choose(tools, words):
        return tool
    if not topics:
        return GREETING
    known = findings.best_sentences(words, assistant.request.personality_prompt)
    last_resort = (tool for tool in tools if _LAST_RESORT.search(tool.request.description))
    return known or next(last_resort, UNKNOWN)


def _choose(tools: Sequence[Tool], words: str) -> Tool | None:
    if meanings.HUMAN.search(words):
        fitting = [tool for tool in tools if _HUMANS.search(tool.request.description)]
        return next(iter(fitting), None)
    for tool in tools:
        description = tool.request.description
        if not _LAST_RESORT.search(description) and findings.best_sentences(words, description):
            return tool
    return None
