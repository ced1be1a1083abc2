"""Planning and applying, on an emulated account."""

from __future__ import annotations

import pytest

from getting_started.setup.account import Account
from getting_started.setup.errors import SetupError
from getting_started.setup.plan import Plan, apply_plan, make_plan
from getting_started.setup.resource import Action, Change
from getting_started.twilio_emulator.faults import Fault
from getting_started.twilio_emulator.twilio import Twilio


def keep_nothing(_change: Change) -> None:
    """No backups."""


def apply_all(account: Account) -> Plan:
    return apply_plan(account, make_plan(account), keep_nothing)


def test_plan_changes_nothing(cloud: Twilio, account: Account) -> None:
    plan = make_plan(account, ["memory-store"])

    assert [change.action for change in plan.changes] == [Action.CREATE]
    assert not cloud.memory.stores


def test_second_run_has_nothing_to_do(cloud: Twilio, account: Account) -> None:
    apply_all(account)

    assert not make_plan(account).work
    assert len(cloud.memory.stores) == 1


def test_refused_permission_is_named(cloud: Twilio, account: Account) -> None:
    cloud.faults.add(Fault(product="memory", method="POST", status=403, code=20403))

    with pytest.raises(SetupError, match=r"403.* permission to create or change ControlPlane/St"):
        apply_all(account)
