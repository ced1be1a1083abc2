"""Plan and apply in one, as `agent setup --apply` does."""

from __future__ import annotations

from collections.abc import Collection

from getting_started.setup.account import Account
from getting_started.setup.plan import Plan, apply_plan, make_plan
from getting_started.setup.resource import Action, Change


def keep_nothing(_change: Change) -> None:
    """No backups."""


def apply_all(account: Account, only: Collection[str] = ()) -> Plan:
    return apply_plan(account, make_plan(account, only), keep_nothing)


def actions_of(plan: Plan) -> dict[str, Action]:
    return {change.resource: change.action for change in plan.changes}
