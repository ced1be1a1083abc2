"""Setup is broken off at each of its requests, and run again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from getting_started.setup.account import Account
from getting_started.setup.errors import SetupError
from getting_started.setup.plan import make_plan
from getting_started.twilio_emulator.faults import Fault
from getting_started.twilio_emulator.new_account import open_account, open_begun_account
from getting_started.twilio_emulator.pace import Pace
from getting_started.twilio_emulator.twilio import Twilio
from tests.getting_started.setup.applying import apply_all
from tests.getting_started.setup.conftest import AGENT_URL, environment_of
from tests.getting_started.setup.console import empty

OPEN: dict[str, Callable[[Twilio], object]] = {
    "new account": open_account,
    "begun account": lambda twilio: open_begun_account(twilio, AGENT_URL),
}
SLOW = Pace(pending_reads=2, stale_reads=1)


@pytest.mark.parametrize(
    ("opened", "request_"),
    [
        ("new account", {"method": "P*", "drop": "after"}),
        ("new account", {"path": "*/Operations/*", "drop": "before"}),
        ("begun account", {"method": "PUT", "drop": "after"}),
    ],
    ids=str,
)
def test_nothing_is_made_twice(
    emulator: Twilio, tmp_path: Path, request_: dict[str, Any], opened: str
) -> None:
    for number in count():
        empty(emulator).pace = SLOW
        OPEN[opened](emulator)
        with running(emulator, tmp_path / str(number)) as account:
            was_broken_off = break_off(emulator, account, number, request_)
        with running(emulator, tmp_path / str(number)) as account:
            apply_all(account)
            assert not make_plan(account).work
        made = [
            len(emulator.memory.stores),
            len(emulator.intelligence.configurations),
            len(emulator.orchestrator.configurations),
            len(emulator.studio.flows.flows),
        ]
        assert made == [1, 1, 1, 1]
        assert len(emulator.classic.addresses) == 2
        if not was_broken_off:
            break
    assert number


@contextmanager
def running(twilio: Twilio, folder: Path) -> Iterator[Account]:
    """One run of setup; what is remembered for the next one is in `folder`."""
    account = Account(environment_of(twilio), patience=5, pause=0, folder=folder)
    yield account
    account.close()


def break_off(twilio: Twilio, account: Account, number: int, request: dict[str, Any]) -> bool:
    """Apply up to the request `number` of this kind; whether there was one."""
    fault = Fault(**request, times=1)
    if number:
        twilio.faults.add(fault.model_copy(update={"drop": None, "times": number}))
    twilio.faults.add(fault)
    try:
        apply_all(account)
    except SetupError:
        return True
    finally:
        twilio.faults.clear()
    return False
