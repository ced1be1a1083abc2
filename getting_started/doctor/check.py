"""One check and what it can find."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from getting_started.doctor.examination import Examination


class Status(StrEnum):
    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Finding:
    """What a check found: why in a sentence, the values that show it, and what mends it.

    `remedy` is a command, or the way to it in a console.
    """

    status: Status
    reason: str
    evidence: tuple[str, ...] = ()
    remedy: str = ""

    @property
    def is_met(self) -> bool:
        """Whether other checks can build on it."""
        return self.status in (Status.OK, Status.WARNING)


def ok(reason: str) -> Finding:
    return Finding(Status.OK, reason)


def warning(reason: str, *evidence: str, remedy: str) -> Finding:
    return Finding(Status.WARNING, reason, evidence, remedy)


def failed(reason: str, *evidence: str, remedy: str) -> Finding:
    return Finding(Status.FAILED, reason, evidence, remedy)


def skipped(reason: str) -> Finding:
    return Finding(Status.SKIPPED, reason)


Look = Callable[[Examination], Finding]
"""Reads only. May raise REQUEST_ERRORS, httpx.HTTPError, OSError and AgentError."""


@dataclass(frozen=True)
class Check:
    """One condition. `title` states it as met; `needs` are checks without which it says nothing.

    `setup` is the step of `agent setup` that mends it.
    """

    name: str
    title: str
    look: Look
    needs: tuple[str, ...] = ()
    setup: str = ""


@dataclass(frozen=True)
class Group:
    """Checks under one heading."""

    title: str
    checks: tuple[Check, ...]
