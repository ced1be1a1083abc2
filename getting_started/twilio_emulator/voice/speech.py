"""What the virtual agent is saying at the moment, and whether the caller may cut it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Turn:
    """One turn of talk: its tokens so far."""

    text: str = ""
    interruptible: bool = True
    finished: bool = False


class AgentSpeech:
    """The turn in play: being spoken, or spoken and not yet answered by the caller.

    Speech takes no time here, so the last turn counts as still sounding until the caller reacts.
    """

    def __init__(self, *, interruptible: bool) -> None:
        self._default = interruptible
        self.turn: Turn | None = None

    @property
    def is_idle(self) -> bool:
        """Whether no turn is being spoken."""
        return self.turn is None or self.turn.finished

    def add(self, token: str, *, interruptible: bool | None = None) -> None:
        if self.turn is None or self.turn.finished:
            self.turn = Turn()
        self.turn.text += token
        self.turn.interruptible &= self._default if interruptible is None else interruptible

    def finish(self) -> None:
        """The last token has come; a turn without words leaves nothing in play."""
        if self.turn is not None:
            self.turn.finished = True
            self.turn = self.turn if self.turn.text.strip() else None

    def answered(self) -> None:
        """The caller reacts: nothing of an earlier turn sounds any more."""
        self.turn = None


def interrupts(value: str | None) -> bool:
    """Whether an `interruptible` attribute lets speech cut in (default `any`)."""
    return (value or "any").lower() in {"any", "speech", "true"}
