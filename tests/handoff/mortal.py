"""A process of the agent that ends itself, as `kill -9` would, at one step of its work."""

from __future__ import annotations

import os
import signal
from abc import ABC, abstractmethod
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Engine, Insert, Update, event
from sqlalchemy.pool import ConnectionPoolEntry, Pool

from agent.store.tables import message_claim

STEPS = "operation_outputs"
"""DBOS's table of what finished steps gave."""
_DIES = "dies when this is committed"


class Moment(StrEnum):
    """BEFORE: the step has had its effect, which is not stored. AFTER: it is, and no more."""

    BEFORE = "before"
    AFTER = "after"


class Death(ABC):
    """When a process dies."""

    @abstractmethod
    def set_up(self) -> None:
        """For every engine of this process, also those made later."""


@dataclass(frozen=True)
class DeathInDelivery(Death):
    """Before or after the first step of this name is stored."""

    step: str
    moment: Moment

    def __str__(self) -> str:
        return f"{self.moment} {self.step} is stored"

    def set_up(self) -> None:
        event.listen(Engine, "before_execute", self._on_statement)
        event.listen(Engine, "rollback", _on_rollback)
        event.listen(Pool, "checkin", _on_checkin)

    def _on_statement(self, connection: Connection, statement: Any, *_others: Any) -> None:
        if not (isinstance(statement, Insert) and statement.table.name == STEPS):
            return
        if statement.compile().params["function_name"] != self.step:
            return
        if self.moment is Moment.BEFORE:
            _die()
        connection.info[_DIES] = True


class DeathOnceAnswered(Death):
    """Before it is noted that a message was answered."""

    def set_up(self) -> None:
        event.listen(Engine, "before_execute", self._on_statement)

    def _on_statement(self, _connection: Connection, statement: Any, *_others: Any) -> None:
        is_of_claims = isinstance(statement, Update) and statement.table is message_claim
        if is_of_claims and "event" in statement.compile().params:
            _die()


def _on_rollback(connection: Connection) -> None:
    connection.info.pop(_DIES, None)


def _on_checkin(_connection: Any, entry: ConnectionPoolEntry) -> None:
    """The transaction is over. (SQLAlchemy tells of a commit before it makes it.)"""
    if _DIES in entry.info:
        _die()


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
