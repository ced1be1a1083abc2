"""The resources that lead calls, messages and events to the agent, without what they need."""

from __future__ import annotations

from getting_started.setup.account import Account
from getting_started.setup.resource import Change, Known
from getting_started.setup.resources import RESOURCES

WIRING = ("event-callback", "phone-number", "messaging-addresses", "chat-address")


def wire(account: Account, known: Known) -> list[Change]:
    """Plan and apply each; gives what there was to do."""
    done = []
    for resource in (one for one in RESOURCES if one.name in WIRING):
        change = resource.plan(account, known)
        if change.is_work:
            resource.apply(account, change)
            done.append(change)
    return done


def put_back(account: Account, changes: list[Change]) -> None:
    """What there was before these changes."""
    for change in changes:
        resource = next(one for one in RESOURCES if one.name == change.resource)
        if change.current:
            resource.apply(account, resource.restore(account, change.current))
