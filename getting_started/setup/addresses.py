"""Address configurations: into which conversations messages to our addresses come.

https://www.twilio.com/docs/conversations-classic/api/address-configuration-resource
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from agent.settings import Settings
from agent.twilio_api.account import find_chat_service
from getting_started.setup.account import Account, Json
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
        service_sid = find_chat_service(account.client)
        found = {one["address"]: one for one in _list(account)}
        wanted = []
        for address, kind in self._senders_of(account.settings).items():
            there = found.get(address) or {"type": kind, "address": address}
            connected = {
                "enabled": True,
                "type": "default",
                "conversation_service_sid": service_sid,
            }
            wanted.append({**there, "auto_creation": connected})
        current = [found[one["address"]] for one in wanted if one["address"] in found]
        return self._change(account, current, wanted)

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
        before = {one["address"]: one for one in current}
        changed = [one for one in wanted if _differences(before.get(one["address"]), one)]
        return Change(
            resource=self.name,
            action=_action_of(changed),
            title=self._title,
            id=", ".join(one["sid"] for one in current),
            differences=tuple(
                difference
                for one in changed
                for difference in _differences(before.get(one["address"]), one)
            ),
            cuts=tuple(
                cut
                for one in changed
                if one["address"] in before
                for cut in _cuts(account, before[one["address"]], one)
            ),
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
                name: value for name, value in one.auto_creation.items() if value is not None
            },
        }
        for one in account.client.conversations.v1.address_configurations.list()
    ]


def _differences(before: Json | None, after: Json) -> tuple[Difference, ...]:
    """Of what `after` says; what else an address has stays."""
    new = after["auto_creation"]
    old = {name: before["auto_creation"].get(name) for name in new} if before else {}
    return compare(old, new, after["address"])


def _action_of(changed: list[Json]) -> Action:
    if not changed:
        return Action.KEEP
    return Action.CHANGE if any("sid" in one for one in changed) else Action.CREATE


def _cuts(account: Account, before: Json, after: Json) -> Iterator[str]:
    """In words, what stops working."""
    old, new = before["auto_creation"], after["auto_creation"]
    if not old.get("enabled"):
        return
    if old.get("type") == "studio" and new.get("studio_flow_sid") != old["studio_flow_sid"]:
        flow_sid = old["studio_flow_sid"]
        yield f"messages to {before['address']} no longer go to Studio flow {flow_sid}"
    if old.get("type") == "webhook" and new.get("webhook_url") != old["webhook_url"]:
        yield f"messages to {before['address']} no longer go to {old['webhook_url']}"
