"""Failures on demand, for tests of what the agent does when its model fails."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class Fault(BaseModel):
    """How the next `times` answers fail (None: all of them, until cleared).

    `status` answers with that error; `delay` (seconds) waits before the first byte, then goes on;
    `cut_after_tokens` closes the connection in the middle of a stream; `stall_after_tokens` lets it
    hang there; `empty` replies without
    words; `raw_events` sends these events (or raw lines) instead of a stream. An answer that is not
    streamed is cut as a whole, and says what the events would have said.
    """

    model_config = ConfigDict(extra="forbid")

    status: int | None = Field(default=None, ge=400, le=599)
    delay: float = Field(default=0, ge=0, le=600)
    cut_after_tokens: int | None = Field(default=None, ge=0)
    stall_after_tokens: int | None = Field(default=None, ge=0)
    empty: bool = False
    raw_events: list[dict[str, Any] | str] | None = None
    times: int | None = Field(default=None, ge=1)


class Faults:
    """The faults in force, oldest first: each answer meets one."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> None:
        self._faults.append(fault)

    def list(self) -> list[Fault]:
        return list(self._faults)

    def clear(self) -> None:
        self._faults.clear()

    def take(self) -> Fault:
        """The fault for the next answer, counted down; one without effect when there is none."""
        if not self._faults:
            return Fault()
        fault = self._faults[0]
        if fault.times is not None:
            fault.times -= 1
            if fault.times == 0:
                self._faults.pop(0)
        return fault
