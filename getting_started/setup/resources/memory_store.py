"""The memory store: where the profiles of customers live.

https://www.twilio.com/docs/conversations/memory
"""

from __future__ import annotations

from typing import Any

from getting_started.setup.account import Account, Json, JsonBody
from getting_started.setup.errors import SetupError
from getting_started.setup.lookup import find_conversation_configuration
from getting_started.setup.resource import PENDING, Action, Change, Known, compare

NAME = "virtual-agent"
DESCRIPTION = "Customers of the virtual agent"


class MemoryStore:
    """The store of the conversation configuration, or the one of our name, or a new one."""

    name = "memory-store"
    needs: tuple[str, ...] = ()

    def plan(self, account: Account, known: Known) -> Change:
        store = _find(account)
        if store is None:
            desired = {"displayName": NAME, "description": DESCRIPTION}
            return _change(
                Action.CREATE, NAME, PENDING, desired=desired, differences=compare({}, desired)
            )
        name, store_id = store["displayName"], store["id"]
        if store["status"] == "FAILED":
            reason = f"Twilio failed to provision {store_id}: delete it and run this again"
            return _change(Action.BLOCKED, name, store_id, reason=reason)
        return _change(Action.KEEP, name, store_id, current=store)

    def apply(self, account: Account, change: Change) -> Known:
        memory = account.client.memory.v1
        accepted = memory.stores.create(JsonBody(change.desired))
        account.finish(memory.operations, accepted, change.title)
        return {"memory_store_id": account.wait(lambda: _active(account), change.title)}

    def restore(self, account: Account, backup: Json) -> Change:
        raise SetupError("A memory store is never changed, so there is nothing to put back")


def _change(action: Action, name: str, store_id: str, **more: Any) -> Change:
    ids = {"memory_store_id": store_id}
    title = f'memory store "{name}"'
    return Change(
        resource=MemoryStore.name, action=action, title=title, id=store_id, ids=ids, **more
    )


def _find(account: Account) -> Json | None:
    memory = account.client.memory.v1
    configuration = find_conversation_configuration(account)
    linked = configuration and configuration["memoryStoreId"]
    stores = [_fetch(account, store_id) for store_id in memory.stores.list()]
    by_id = {store["id"]: store for store in stores}
    named = (store for store in stores if store["displayName"] == NAME)
    return by_id.get(linked) or next(named, None)


def _active(account: Account) -> str | None:
    store = _find(account)
    return store["id"] if store and store["status"] == "ACTIVE" else None


def _fetch(account: Account, store_id: str) -> Json:
    return account.fetch(account.client.memory.v1, f"/ControlPlane/Stores/{store_id}")
