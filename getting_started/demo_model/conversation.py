"""A request read as a conversation: what the customer said last, what was tried, what was found."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from getting_started.demo_model import meanings
from getting_started.demo_model.phrases import ENGLISH, SPANISH, Phrases
from getting_started.demo_model.reply import ToolCall
from getting_started.demo_model.request import (
    FunctionCall,
    FunctionCallOutput,
    Item,
    Message,
    ModelRequest,
)


class Conversation:
    """Read-only view of one request. A turn begins after the agent's last words."""

    def __init__(self, request: ModelRequest) -> None:
        self.request = request
        self.items = request.input

    @cached_property
    def words(self) -> str:
        """What the customer said since the agent last spoke."""
        return "\n".join(self._turn_words).strip()

    @cached_property
    def last_reply(self) -> str:
        """What the agent said last; empty at the start."""
        replies = _words_of("assistant", self.items)
        return replies[-1] if replies else ""

    @cached_property
    def customer_words(self) -> list[str]:
        """Everything the customer said, oldest first."""
        return _words_of("user", self.items)

    @property
    def was_asked_for_number(self) -> bool:
        """Also when the customer cut the question off after its first words."""
        questions = (
            phrase
            for phrases in (ENGLISH, SPANISH)
            for phrase in (phrases.ask_order_number, phrases.ask_refund, phrases.no_such_order)
        )
        return any(self.last_reply.startswith(question[:20]) for question in questions)

    @cached_property
    def wish(self) -> str:
        """The customer's words, with those before them when these only answer a question."""
        earlier = self.customer_words[: -len(self._turn_words) or None]
        if self.was_asked_for_number and earlier:
            return f"{earlier[-1]}\n{self.words}"
        return self.words

    @cached_property
    def order_number(self) -> str | None:
        """The number the customer gives now, or gave with the wish that this answer is for."""
        asked = self.was_asked_for_number
        return meanings.order_number(self.words, asked=asked) or meanings.order_number(self.wish)

    @cached_property
    def phrases(self) -> Phrases:
        """The customer's language: of the last words, or before them when those show none."""
        for text in (self.words, " ".join(self.customer_words)):
            if meanings.is_spanish(text):
                return SPANISH
            if len(text.split()) > 2:
                return ENGLISH
        return ENGLISH

    @cached_property
    def result(self) -> tuple[FunctionCall, str] | None:
        """The last tool call of this turn and what came back."""
        since = self._last_said_by_customer
        outputs = [item for item in self.items[since:] if isinstance(item, FunctionCallOutput)]
        if not outputs:
            return None
        call = next(call for call in self.calls if call.call_id == outputs[-1].call_id)
        return call, outputs[-1].text

    def result_of(self, tool: str) -> str | None:
        """What the last call of this turn brought back, if it was to `tool`."""
        if self.result is None or self.result[0].name != tool:
            return None
        return self.result[1]

    @cached_property
    def calls(self) -> list[FunctionCall]:
        return [item for item in self.items if isinstance(item, FunctionCall)]

    def call(self, name: str, **arguments: Any) -> ToolCall | None:
        """A call with the arguments that the tool accepts; None when it is not offered."""
        tool = self.request.offered(name)
        if tool is None:
            return None
        return ToolCall(name, {key: value for key, value in arguments.items() if tool.accepts(key)})

    @cached_property
    def _turn_start(self) -> int:
        """The first item after the agent's last words that the customer has answered since."""
        earlier = range(self._last_said_by_customer)
        spoken = [i for i in earlier if _is_said_by(self.items[i], "assistant")]
        return spoken[-1] + 1 if spoken else 0

    @cached_property
    def _last_said_by_customer(self) -> int:
        indexes = [i for i, item in enumerate(self.items) if _is_said_by(item, "user")]
        return indexes[-1] if indexes else len(self.items)

    @cached_property
    def _turn_words(self) -> list[str]:
        return _words_of("user", self.items[self._turn_start :])


def _is_said_by(item: Item, role: str) -> bool:
    """What is quoted to the model in the customer's rank is not what they say."""
    return (
        isinstance(item, Message)
        and item.role == role
        and not item.text.startswith(("<customer_memory>", "<earlier_in_this_conversation>"))
    )


def _words_of(role: str, items: list[Item]) -> list[str]:
    said = (item for item in items if _is_said_by(item, role))
    return [item.text for item in said if isinstance(item, Message)]
