"""The plan: what every chosen resource would do, in order; and carrying it out.

A resource is planned again just before it is changed, with the ids that were pending: so what was
interrupted is found, and what has changed since the plan was shown is noticed.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any

from getting_started.setup.account import Account, Json
from getting_started.setup.errors import REQUEST_ERRORS, SetupError, explain, status_of
from getting_started.setup.resource import Action, Change, Resource
from getting_started.setup.resources import RESOURCES

CONFLICTS = (409, 412)


@dataclass(frozen=True)
class Plan:
    """The changes of the chosen resources, in the order of their making."""

    changes: tuple[Change, ...]
    is_done: bool = False

    @property
    def work(self) -> tuple[Change, ...]:
        return tuple(change for change in self.changes if change.is_work)

    @property
    def blocked(self) -> tuple[Change, ...]:
        return tuple(change for change in self.changes if change.action is Action.BLOCKED)

    @property
    def environment(self) -> dict[str, str]:
        """The variables that all of it yields; PENDING where something is yet to be made."""
        return {name: value for one in self.changes for name, value in one.environment.items()}

    def to_json(self) -> dict[str, Any]:
        """As `--json` prints it."""
        return {
            "changes": [_to_json(change) for change in self.changes],
            "environment": self.environment,
            "applied": self.is_done,
        }


Look = Callable[[], Change]
Step = Callable[[Resource, Look], Change]


def make_plan(account: Account, only: Collection[str] = ()) -> Plan:
    """What there is to do; `only` names resources, all where it is empty. Reads only.

    Raises SetupError.
    """
    return Plan(tuple(_go_through(account, only, _look)))


def apply_plan(account: Account, plan: Plan, back_up: Callable[[Change], object]) -> Plan:
    """Carry out `plan`, which somebody has agreed to; gives what was done, with every id.

    `back_up` is given each change before it is made. What was done before an error stays.
    Raises SetupError.
    """
    names = [change.resource for change in plan.changes]
    changes = _go_through(account, names, _carry_out(account, plan, back_up))
    return Plan(tuple(changes), is_done=True)


def plan_restore(account: Account, kept: Mapping[str, Json]) -> Plan:
    """What would bring back the contents `kept`, by resource, the last made first; reads only.

    Raises SetupError.
    """
    return Plan(tuple(_put_back(account, kept, _look)))


def apply_restore(
    account: Account, plan: Plan, kept: Mapping[str, Json], back_up: Callable[[Change], object]
) -> Plan:
    """Carry out a plan to restore, as `apply_plan` does."""
    changes = _put_back(account, kept, _carry_out(account, plan, back_up))
    return Plan(tuple(changes), is_done=True)


def _look(_resource: Resource, look: Look) -> Change:
    """Nothing is done."""
    return look()


def _carry_out(account: Account, plan: Plan, back_up: Callable[[Change], object]) -> Step:
    agreed = {change.resource: change for change in plan.changes}

    def step(resource: Resource, look: Look) -> Change:
        change = _look_for_interrupted(account, resource, look)
        _check(change, agreed[resource.name])
        if not change.is_work:
            return change
        account.report(f"{change.action} {change.title}")
        back_up(change)
        with _request(account, resource):
            return replace(change, ids=resource.apply(account, change))

    return step


def _look_for_interrupted(account: Account, resource: Resource, look: Look) -> Change:
    """The plan; where an earlier run asked to create and heard no more, not the first best one."""
    if resource.name not in account.requests.read():
        return look()
    change = account.look_again(look, lambda change: change.action is not Action.CREATE)
    if change.action is not Action.CREATE:
        account.requests.forget(resource.name)
    return change


@contextmanager
def _request(account: Account, resource: Resource) -> Iterator[None]:
    """Remembers, with a key, that something is asked for; until it is known what came of it."""
    if resource.name not in account.requests.read():
        account.requests.put(resource.name, str(uuid.uuid4()))
    try:
        yield
    except REQUEST_ERRORS as error:
        if 400 <= (status_of(error) or 0) < 500:
            account.requests.forget(resource.name)
        raise
    account.requests.forget(resource.name)


def _go_through(account: Account, only: Collection[str], step: Step) -> Iterator[Change]:
    """Plan the chosen resources and what they need; `step` decides what becomes of the chosen."""
    known: dict[str, str] = {}
    unmet: set[str] = set()
    chosen = only or [resource.name for resource in RESOURCES]
    for resource in _with_needs(chosen):
        is_chosen = resource.name in chosen
        if waits_for := [need for need in resource.needs if need in unmet]:
            change = _blocked(resource, waits_for)
        else:
            look = partial(resource.plan, account, known)
            change = _take(resource, look, step if is_chosen else _look)
        known.update(change.ids)
        if change.action is Action.BLOCKED or (change.is_work and not is_chosen):
            unmet.add(resource.name)
        if is_chosen:
            yield change


def _put_back(account: Account, kept: Mapping[str, Json], step: Step) -> Iterator[Change]:
    for resource in reversed(RESOURCES):
        if resource.name in kept:
            look = partial(_look_back, resource, account, kept[resource.name])
            yield _take(resource, look, step)


def _look_back(resource: Resource, account: Account, backup: Json) -> Change:
    """What would bring `backup` back; nothing can, where what was changed is gone."""
    try:
        return resource.restore(account, backup)
    except REQUEST_ERRORS as error:
        if status_of(error) != 404:
            raise
        reason = "what was changed is gone; run agent setup for a new one"
        return Change(
            resource=resource.name, action=Action.BLOCKED, title=resource.name, reason=reason
        )


def _take(resource: Resource, look: Look, step: Step) -> Change:
    """Plan a resource and do `step`; once more where somebody else was changing it meanwhile."""
    try:
        try:
            return step(resource, look)
        except REQUEST_ERRORS as error:
            if status_of(error) not in CONFLICTS:
                raise
        return step(resource, look)
    except REQUEST_ERRORS as error:
        raise explain(error, resource.name) from error


def _check(change: Change, agreed: Change) -> None:
    """Nothing is done that was not in the plan."""
    if change.action not in (agreed.action, Action.KEEP) or set(change.cuts) - set(agreed.cuts):
        raise SetupError(
            f"{change.title} is not as it was when the plan was made. Run the same command again "
            "to see what there is to do now."
        )


def _blocked(resource: Resource, needs: list[str]) -> Change:
    return Change(
        resource=resource.name,
        action=Action.BLOCKED,
        title=resource.name,
        reason=f"needs {', '.join(needs)} first (--only takes several)",
    )


def _with_needs(chosen: Collection[str]) -> list[Resource]:
    """The chosen resources and those that they need, directly or not, in their order."""
    wanted = set(chosen)
    for resource in reversed(RESOURCES):
        if resource.name in wanted:
            wanted.update(resource.needs)
    return [resource for resource in RESOURCES if resource.name in wanted]


def _to_json(change: Change) -> dict[str, Any]:
    return {
        "resource": change.resource,
        "action": str(change.action),
        "title": change.title,
        "id": change.id,
        "differences": [asdict(difference) for difference in change.differences],
        "cuts": list(change.cuts),
        "reason": change.reason,
        "environment": change.environment,
    }
