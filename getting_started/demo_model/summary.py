"""Extractive summaries: the conversation's own words, cut to size."""

from __future__ import annotations

import json
import re
from typing import Final

from getting_started.demo_model import findings, meanings
from getting_started.demo_model.conversation import Conversation
from getting_started.demo_model.request import FunctionCallOutput, Message

MAX_CHARACTERS: Final = 400
_SPEAKER: Final = re.compile(r"^\W*(customer|user|caller|\w*agent|assistant)\W*:\s*", re.IGNORECASE)


def shorten(text: str, limit: int) -> str:
    """One line of at most `limit` characters, cut at a word's end and marked."""
    line = " ".join(text.split())
    if len(line) <= limit:
        return line
    return line[: limit - 3].rsplit(" ", 1)[0] + "..."


def quote(text: str, limit: int = 160) -> str:
    return f'"{shorten(text, limit)}"'


def for_colleague(conversation: Conversation) -> str:
    """What was asked, tried and found, for the human who takes over."""
    asked = "; ".join(quote(words, 120) for words in conversation.customer_words[-4:])
    tried = "; ".join(dict.fromkeys(_tried(conversation))) or "nothing but talk"
    parts = [f"Asked: {asked or 'nothing'}.", f"Tried: {tried}."]
    if found := _found(conversation):
        parts.append(f"Found: {found}.")
    if any(meanings.is_spanish(words) for words in conversation.customer_words[-1:]):
        parts.append("The customer speaks Spanish.")
    return shorten(" ".join(parts), MAX_CHARACTERS)


def of_transcript(conversation: Conversation) -> str:
    """What the customer wanted first and last, and the last answer: for a request to summarise."""
    asked, answered = _transcript(conversation)
    if not asked:
        return "The customer said nothing."
    parts = [f"The customer asked: {quote(asked[0])}."]
    if len(asked) > 1:
        parts.append(f"Later: {quote(asked[-1])}.")
    if answered:
        parts.append(f"Last answer: {quote(answered[-1])}.")
    return shorten(" ".join(parts), MAX_CHARACTERS)


def _transcript(conversation: Conversation) -> tuple[list[str], list[str]]:
    """The customer's and the agent's lines, by role or by a `CUSTOMER:` before the words."""
    asked: list[str] = []
    answered: list[str] = []
    for message in (item for item in conversation.items if isinstance(item, Message)):
        for line in message.text.splitlines():
            speaker = _SPEAKER.match(line)
            words = line[speaker.end() :] if speaker else line
            by = speaker[1].lower() if speaker else message.role
            if words.strip():
                (asked if by in {"customer", "user", "caller"} else answered).append(words)
    return asked, answered


def _tried(conversation: Conversation) -> list[str]:
    names = {
        "lookup_order": "looked up order",
        "search_knowledge": "searched the knowledge pages for",
        "recall_memory": "recalled memory about",
    }
    return [
        f"{names[call.name]} {_first_argument(call.arguments)}"
        for call in conversation.calls
        if call.name in names
    ]


def _first_argument(arguments: str) -> str:
    try:
        values = json.loads(arguments)
    except ValueError:
        return "something"
    return shorten(str(next(iter(values.values()), "")), 60) if isinstance(values, dict) else ""


def _found(conversation: Conversation) -> str:
    handoffs = {call.call_id for call in conversation.calls if call.name == "handoff"}
    outputs = [
        item.text
        for item in conversation.items
        if isinstance(item, FunctionCallOutput) and item.call_id not in handoffs
    ]
    if not outputs:
        return ""
    if order := findings.order_in(outputs[-1]):
        return f"order {order['order_number']} is {order['status']}"
    return shorten(findings.first_sentences(outputs[-1], 1) or "nothing", 120).rstrip(".")
