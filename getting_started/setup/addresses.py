"""Address configurations: into which conversations messages to our addresses come.

https://www.twilio.com/docs/conversations-classic/api/address-configuration-resource
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping

from agent.settings import Settings
from agent.twilio_api.account import find_chat_service
from getting_started.setup.account import Account, Json
from getting_started.setup.lookup import describe_flow
from getting_started.setup.resource import Action, Change, Difference, Known, compare

NAME = "Virtual agent"
Senders = Mapping[str, str]
"""Our addresses, and the type of each: `{"+15550100002": "sms"}`."""


class Addresses:
    """Messages to our addresses become conversations of Flex's chat service, and nothing else.

    There the bridge takes them to the agent. What a Studio flow or a webhook did with them ends.
    """

    needs: tuple[str, ...] = ("conversation-configuration", "studio-flow")

    def __init__(self, name: str, title: str, senders_of: Callable[[Settings], Senders]) -> None:
        self.name = name
        self._title = title
        self._senders_of = senders_of

    def plan(self, account: Account, known: Known) -> Change:
        connected = {
            "enabled": True,
            "type": "default",
            "conversation_service_sid": find_chat_service(account.client),
        }
        senders = self._senders_of(account.settings)
        found = {one["address"]: one for one in _list(account) if one["address"] in senders}
        wanted = [
            {"type": kind, "address": address, **found.get(address, {}), "auto_creation": connected}
            for address, kind in senders.items()
        ]
        return self._change(account, list(found.values()), wanted)

    def apply(self, account: Account, change: Change) -> Known:
        for one in change.desired["addresses"]:
            creation = one["auto_creation"]
            settings = {f"auto_creation_{name}": creation[name] for name in creation}
            addresses = account.client.conversations.v1.address_configurations
            if sid := one.get("sid"):
                addresses(sid).update(**settings)
            else:
                addresses.create(
                    type=one["type"], address=one["address"], friendly_name=NAME, **settings
                )
        return {}

    def restore(self, account: Account, backup: Json) -> Change:
        kept = {one["sid"]: one for one in backup["addresses"]}
        current = [one for one in _list(account) if one["sid"] in kept]
        return self._change(account, current, [kept[one["sid"]] for one in current])

    def _change(self, account: Account, current: list[Json], wanted: list[Json]) -> Change:
        before = {one["address"]: one["auto_creation"] for one in current}
        differences = {one["address"]: _differences(before, one) for one in wanted}
        changed = [one for one in wanted if differences[one["address"]]]
        return Change(
            resource=self.name,
            action=_action_of(changed),
            title=self._title,
            id=", ".join(one["sid"] for one in current),
            differences=tuple(itertools.chain.from_iterable(differences.values())),
            cuts=tuple(cut for one in changed for cut in _cuts(account, before, one)),
            current={"addresses": current} if current else {},
            desired={"addresses": changed},
        )


def _list(account: Account) -> list[Json]:
    return [
        {
            "sid": one.sid,
            "type": one.type,
            "address": one.address,
            "auto_creation": {
                name: value
                for name, value in (one.auto_creation or {}).items()
                if value is not None
            },
        }
        for one in account.client.conversations.v1.address_configurations.list()
    ]


def _differences(before: Mapping[str, Json], after: Json) -> tuple[Difference, ...]:
    """Of what `after` says; what else an address has stays."""
    address, new = after["address"], after["auto_creation"]
    old = before.get(address, {})
    return compare({name: old.get(name) for name in new}, new, address)


def _action_of(changed: list[Json]) -> Action:
    if not changed:
        return Action.KEEP
    return Action.CHANGE if any("sid" in one for one in changed) else Action.CREATE


def _cuts(account: Account, before: Mapping[str, Json], after: Json) -> Iterator[str]:
    """In words, what stops working."""
    address, new = after["address"], after["auto_creation"]
    old = before.get(address, {})
    if not old.get("enabled"):
        return
    flow_sid, url = old.get("studio_flow_sid"), old.get("webhook_url")
    if old["type"] == "studio" and flow_sid != new.get("studio_flow_sid"):
        yield f"messages to {address} no longer go to {describe_flow(account, str(flow_sid))}"
    if old["type"] == "webhook" and url != new.get("webhook_url"):
        yield f"messages to {address} no longer go to {url}"
