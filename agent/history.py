"""What was said in one conversation, as the language model reads it, bounded.

The newest turns stand word for word, what was before them in a summary.

Items have the shapes of the Responses API
(https://platform.openai.com/docs/api-reference/responses/create, `input`).
"""

from __future__ import annotations

from collections import deque
from typing import Any

Item = dict[str, Any]
Turn = list[Item]
CUT_MARK = "[interrupted by the caller]"


class History:
    """Turns of talk; each begins with the customer's words.

    When there are more than `turns`, the older ones are to be put into the summary. While nobody
    does, twice as many are kept.
    """

    def __init__(self, *, turns: int) -> None:
        self.summary = ""
        self._limit = turns
        self._turns: deque[Turn] = deque([[]], maxlen=2 * turns)
        self._said_before = 0

    def items(self) -> list[Item]:
        """The turns; the summary is to stand before them."""
        return [item for turn in self._turns for item in turn]

    def oldest(self) -> list[Turn]:
        """The turns that are due to be summarized, which leave half a window; none as long as
        there are few."""
        turns = list(self._turns)
        return turns[: -(self._limit // 2) - 1] if len(turns) > self._limit else []

    def fold(self, turns: list[Turn], summary: str) -> None:
        """Keep `summary`, which has what was in the summary before, in the place of `turns`."""
        self.summary = summary
        folded = {id(turn) for turn in turns}
        kept = [turn for turn in self._turns if id(turn) not in folded]
        self._turns = deque(kept, maxlen=self._turns.maxlen)

    def turn(self) -> Turn:
        """What belongs to the newest turn, the customer's words first."""
        return self._turns[-1]

    def add_customer(self, text: str) -> None:
        self._turns.append([{"role": "user", "content": text}])
        self._said_before = 0

    def add_agent(self, text: str) -> None:
        if text.strip():
            self._turns[-1].append({"role": "assistant", "content": text})

    def add_remark(self, text: str) -> None:
        """Words of the agent that are no part of its reply: an interruption of them leaves that."""
        self._said_before = len("".join(item["content"] for item in self._said()))
        self.add_agent(text)

    def take_back_words(self) -> None:
        """What the agent has written in this turn does not reach the customer."""
        kept = [item for item in self._turns[-1] if item.get("role") != "assistant"]
        self._turns[-1][:] = kept

    def add_note(self, *items: Item) -> None:
        """What happened meanwhile, told to the model."""
        self._turns[-1] += items

    def add_tool_call(self, call_id: str, name: str, arguments: str, output: str) -> None:
        """A call and its output together: the API refuses the one without the other."""
        self._turns[-1] += [
            {"type": "function_call", "call_id": call_id, "name": name, "arguments": arguments},
            {"type": "function_call_output", "call_id": call_id, "output": output},
        ]

    def cut_last_reply(self, heard: str | None) -> None:
        """Keep of the agent's words in this turn only those the caller heard, and say so; all
        where that is not known (None)."""
        said = self._said()
        left = _length_until(heard, "".join(item["content"] for item in said), self._said_before)
        for item in said:
            item["content"], left = item["content"][:left], max(left - len(item["content"]), 0)
        if said:
            said[-1]["content"] = f"{said[-1]['content'].rstrip()} {CUT_MARK}".lstrip()

    def _said(self) -> list[Item]:
        return [item for item in self._turns[-1] if item.get("role") == "assistant"]


def _length_until(heard: str | None, said: str, begin: int) -> int:
    """How much of `said` it is up to `heard`, which was heard of what begins at `begin`, or else
    of what was said before; words that were read out in another way count by their length."""
    if heard is None:
        return len(said)
    found = max(said.find(heard, begin), said.find(heard) if heard else begin)
    return (begin if found < 0 else found) + len(heard)
