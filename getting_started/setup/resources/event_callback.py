"""TaskRouter's event callback: by which the agent learns what becomes of a handoff.

https://www.twilio.com/docs/taskrouter/api/event/reference
"""

from __future__ import annotations

from typing import Any

from getting_started.setup.account import Account, Json
from getting_started.setup.resource import Action, Change, Known, compare

PATH = "/taskrouter/events"
EVENTS = (
    "task.created",
    "reservation.accepted",
    "task.wrapup",
    "task.completed",
    "task.canceled",
    "task.deleted",
)
"""What `agent.handoff.receipts` takes."""


class EventCallback:
    """The workspace tells us of the events we need; a workspace has one such address.

    A filter that is there already keeps what it lets through; an empty one lets everything.
    """

    name = "event-callback"
    needs: tuple[str, ...] = ("taskrouter",)

    def plan(self, account: Account, known: Known) -> Change:
        workspace = account.client.taskrouter.v1.workspaces(known["flex_workspace_sid"]).fetch()
        current = _to_json(workspace)
        url = account.public_url + PATH
        is_ours = current["eventCallbackUrl"] == url
        events = [name.strip() for name in current["eventsFilter"].split(",") if name.strip()]
        if events or not is_ours:
            events += [event for event in EVENTS if event not in events]
        return _change(current, {"eventCallbackUrl": url, "eventsFilter": ",".join(events)})

    def apply(self, account: Account, change: Change) -> Known:
        account.client.taskrouter.v1.workspaces(change.id).update(
            event_callback_url=change.desired["eventCallbackUrl"],
            events_filter=change.desired["eventsFilter"],
        )
        return {}

    def restore(self, account: Account, backup: Json) -> Change:
        workspace = account.client.taskrouter.v1.workspaces(backup["sid"]).fetch()
        desired = {name: backup[name] for name in ("eventCallbackUrl", "eventsFilter")}
        return _change(_to_json(workspace), desired)


def _to_json(workspace: Any) -> Json:
    return {
        "sid": workspace.sid,
        "friendlyName": workspace.friendly_name,
        "eventCallbackUrl": workspace.event_callback_url or "",
        "eventsFilter": workspace.events_filter or "",
    }


def _change(current: Json, desired: Json) -> Change:
    differences = compare(
        {name: current[name] or None for name in desired},
        {name: value or None for name, value in desired.items()},
    )
    old, new = current["eventCallbackUrl"], desired["eventCallbackUrl"]
    return Change(
        resource=EventCallback.name,
        action=Action.CHANGE if differences else Action.KEEP,
        title=f'event callback of workspace "{current["friendlyName"]}"',
        id=current["sid"],
        differences=differences,
        cuts=(f"{old} is no longer told of tasks",) if old and old != new else (),
        current=current,
        desired=desired,
    )
