"""What a resource of the account can do: say what it would change, change it, be put back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from agent.settings import Settings, variable_of
from getting_started.setup.account import Account, Json

PENDING = "(known after apply)"
"""Stands in a plan for the id of something that is yet to be made."""

Known = Mapping[str, str]
"""Ids by name. A name that is a field of `Settings` ends in `.env` as that field's variable."""


class Action(StrEnum):
    CREATE = "create"
    CHANGE = "change"
    KEEP = "keep"
    BLOCKED = "blocked"


@dataclass(frozen=True)
class Difference:
    """One field: what it is (None: not there) and what it is to be."""

    field: str
    old: Any
    new: Any


@dataclass(frozen=True, kw_only=True)
class Change:
    """What a resource would do. Nothing has been changed yet.

    `title` names what it is about: `memory store "virtual-agent"`. `current` is what Twilio has
    now, whole, and what a backup keeps; `desired` is what `apply` is to write. `cuts` are
    sentences about what stops working; `reason` says why it is blocked, and what to do. `ids` are
    what others need: PENDING until `apply` gives them.
    """

    resource: str
    action: Action
    title: str
    id: str = ""
    differences: tuple[Difference, ...] = ()
    cuts: tuple[str, ...] = ()
    reason: str = ""
    ids: Known = field(default_factory=dict)
    current: Json = field(default_factory=dict)
    desired: Json = field(default_factory=dict)

    @property
    def is_work(self) -> bool:
        """Whether there is something to do."""
        return self.action in (Action.CREATE, Action.CHANGE)

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables that it yields; PENDING where it is yet to be made."""
        fields = Settings.model_fields
        return {variable_of(name): value for name, value in self.ids.items() if name in fields}


class Resource(Protocol):
    """One part of the account.

    `name` is what `--only` takes; `needs` are the names of resources that come before it, whose
    ids are in `known`.
    """

    name: str
    needs: tuple[str, ...]

    def plan(self, account: Account, known: Known) -> Change:
        """What there is to do; reads only. Raises REQUEST_ERRORS, SetupError."""

    def apply(self, account: Account, change: Change) -> Known:
        """Carry out `change`, wait until it is done, and give its ids, none PENDING.

        Called only when there is something to do, with a plan made just before.
        Raises REQUEST_ERRORS, SetupError.
        """

    def restore(self, account: Account, backup: Json) -> Change:
        """What would bring back `backup`, the `current` of an earlier change; reads only.

        `apply` carries it out. Raises REQUEST_ERRORS, SetupError.
        """


def compare(old: Any, new: Any, field: str = "") -> tuple[Difference, ...]:
    """Where two JSON values differ, field by field: `statusCallbacks.0.url`.

    Null, an empty list and an empty object are the same.
    """
    old_parts, new_parts = _parts(old), _parts(new)
    if old == new or not (_is_leaf(old) or _is_leaf(new) or old_parts or new_parts):
        return ()
    if (old_parts or new_parts) and not (_is_leaf(old) or _is_leaf(new)):
        names = [*old_parts, *(name for name in new_parts if name not in old_parts)]
        below = [
            compare(old_parts.get(name), new_parts.get(name), f"{field}.{name}" if field else name)
            for name in names
        ]
        return tuple(difference for part in below for difference in part)
    return (Difference(field, old, new),)


def _parts(value: Any) -> dict[str, Any]:
    """What is below: an object's fields, a list's objects by their number."""
    if isinstance(value, list):
        return {str(number): part for number, part in enumerate(value)}
    return value if isinstance(value, dict) else {}


def _is_leaf(value: Any) -> bool:
    """A plain value, or a list of such; what is not there is no value."""
    if isinstance(value, list):
        return any(not isinstance(part, dict) for part in value)
    return value is not None and not isinstance(value, dict)
