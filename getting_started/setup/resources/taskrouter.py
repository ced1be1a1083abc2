"""The TaskRouter workflow that takes handoffs to a human, and its queue.

https://www.twilio.com/docs/taskrouter/api/workflow
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from agent.twilio_api.account import WORKFLOW_NAME, choose_workflow, find_workspace
from getting_started.setup.account import Account, Json
from getting_started.setup.resource import PENDING, Action, Change, Known, compare

EVERYBODY = "1==1"
EVERYONE = "Everyone"
"""The queue that Flex comes with."""
TASK_CHANNELS = ("voice", "chat")


class TaskRouter:
    """The workflow that was asked for, or that the settings name, or Flex's own, or the only one.

    One that was asked for is made where it is missing, with a queue; so is one where there is none.
    Tasks that no filter matches are lost, so that it gets a default filter where it has none.
    """

    name = "taskrouter"
    needs: tuple[str, ...] = ()

    def plan(self, account: Account, known: Known) -> Change:
        workspace_sid = find_workspace(account.client, account.given("flex_workspace_sid"))
        if workspace_sid is None:
            reason = "there is no TaskRouter workspace: set up Flex (console.twilio.com: Flex)"
            return _blocked("workflow", reason)
        workspace = account.client.taskrouter.v1.workspaces(workspace_sid)
        channels = {one.unique_name: one.sid for one in workspace.task_channels.list()}
        if missing := [name for name in TASK_CHANNELS if name not in channels]:
            reason = f"workspace {workspace_sid} has no task channel {' and '.join(missing)}"
            return _blocked("workflow", reason)
        ids = {f"{name}_task_channel_sid": channels[name] for name in TASK_CHANNELS}
        return _plan_workflow(account, workspace, {"flex_workspace_sid": workspace_sid, **ids})

    def apply(self, account: Account, change: Change) -> Known:
        workspace = account.client.taskrouter.v1.workspaces(change.ids["flex_workspace_sid"])
        if change.action is Action.CREATE:
            workflow_sid = _make(workspace, change.desired["friendlyName"])
            return {**change.ids, "flex_workflow_sid": workflow_sid}
        configuration = json.dumps(change.desired["configuration"])
        workspace.workflows(change.id).update(configuration=configuration)
        return change.ids

    def restore(self, account: Account, backup: Json) -> Change:
        workspace = account.client.taskrouter.v1.workspaces(backup["workspaceSid"])
        current = _to_json(workspace.workflows(backup["sid"]).fetch())
        ids = {"flex_workspace_sid": backup["workspaceSid"]}
        return _change(current, backup["configuration"], ids)


def _plan_workflow(account: Account, workspace: Any, ids: Mapping[str, str]) -> Change:
    workflows = workspace.workflows.list()
    names = {one.friendly_name: one for one in workflows}
    if not workflows or (account.workflow and account.workflow not in names):
        return _create(account.workflow or WORKFLOW_NAME, ids)
    given = account.given("flex_workflow_sid")
    found = names.get(account.workflow) or choose_workflow(account.client, workflows, given)
    if found is None:
        return _blocked("workflow", f"choose one with --workflow: {', '.join(names)}")
    return _with_default(found, workspace.task_queues.list(), ids)


def _make(workspace: Any, name: str) -> str:
    """A workflow that leads to a queue of the same name, which may be there; gives its SID."""
    queue_sid = _queue_named(workspace.task_queues.list(), name)
    if queue_sid is None:
        queue = workspace.task_queues.create(friendly_name=name, target_workers=EVERYBODY)
        queue_sid = queue.sid
    configuration = json.dumps({"task_routing": _default(queue_sid)})
    return str(workspace.workflows.create(friendly_name=name, configuration=configuration).sid)


def _with_default(workflow: Any, queues: list[Any], ids: Mapping[str, str]) -> Change:
    current = _to_json(workflow)
    configuration = current["configuration"]
    routing = configuration.get("task_routing", {})
    if (routing.get("default_filter") or {}).get("queue") in {queue.sid for queue in queues}:
        return _change(current, configuration, ids)
    queue_sid = queues[0].sid if len(queues) == 1 else _queue_named(queues, EVERYONE)
    if queue_sid is None:
        reason = (
            "has no default filter, so that tasks which match no other are lost: give it one "
            "(console.twilio.com: TaskRouter > Workspaces > Workflows)"
        )
        return _blocked(_title(current), reason)
    return _change(current, {"task_routing": {**routing, **_default(queue_sid)}}, ids)


def _default(queue_sid: str) -> Json:
    return {"default_filter": {"queue": queue_sid}}


def _queue_named(queues: Iterable[Any], name: str) -> str | None:
    return next((queue.sid for queue in queues if queue.friendly_name == name), None)


def _to_json(workflow: Any) -> Json:
    return {
        "sid": workflow.sid,
        "workspaceSid": workflow.workspace_sid,
        "friendlyName": workflow.friendly_name,
        "configuration": json.loads(workflow.configuration),
    }


def _title(workflow: Json) -> str:
    return f'workflow "{workflow["friendlyName"]}"'


def _create(name: str, ids: Mapping[str, str]) -> Change:
    made = {"queue": name, "queue.targetWorkers": EVERYBODY, "workflow": name}
    return Change(
        resource=TaskRouter.name,
        action=Action.CREATE,
        title=f'workflow "{name}"',
        id=PENDING,
        ids={**ids, "flex_workflow_sid": PENDING},
        differences=compare({}, made),
        desired={"friendlyName": name},
    )


def _change(current: Json, configuration: Json, ids: Mapping[str, str]) -> Change:
    differences = compare(current["configuration"], configuration)
    return Change(
        resource=TaskRouter.name,
        action=Action.CHANGE if differences else Action.KEEP,
        title=_title(current),
        id=current["sid"],
        ids={**ids, "flex_workflow_sid": current["sid"]},
        differences=differences,
        current=current,
        desired={"configuration": configuration},
    )


def _blocked(title: str, reason: str) -> Change:
    return Change(resource=TaskRouter.name, action=Action.BLOCKED, title=title, reason=reason)
