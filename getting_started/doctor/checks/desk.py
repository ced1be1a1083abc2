"""Flex and TaskRouter: whether somebody is there to take a handoff.

https://www.twilio.com/docs/taskrouter/api/worker
"""

from __future__ import annotations

import re

from agent.settings import variable_of
from agent.twilio_api.account import fetch_flex, find_workspace
from getting_started.doctor.check import Finding, failed, ok, warning
from getting_started.doctor.checks.machine import is_confirmed
from getting_started.doctor.examination import Examination
from getting_started.setup.checklist import ITEMS

LEAST_UI = (2, 17, 1)
_UI = next(item for item in ITEMS if item.name == "flex-ui")


def is_flex_there(examination: Examination) -> Finding:
    """The account has Flex, and Flex a workspace."""
    workspace_sid = _workspace_of(examination)
    if workspace_sid is None:
        reason = "there is no TaskRouter workspace, so that no human can take a task"
        return failed(reason, remedy="console.twilio.com: Flex > Overview: set up Flex")
    return ok(f"workspace {workspace_sid}")


def shows_summaries(examination: Examination) -> Finding:
    """Flex UI is as new as the summary needs: as Flex tells, or else a person."""
    flex = fetch_flex(examination.account.client)
    told = str((flex and flex.ui_version) or "")
    numbers = tuple(map(int, re.findall(r"\d+", told)))[:3]
    if len(numbers) < 3:
        return is_confirmed(_UI)(examination)
    if numbers < LEAST_UI:
        return failed(f"{_UI.why}", f"Flex UI {told}", remedy=f"console.twilio.com: {_UI.where}")
    return ok(f"Flex UI {told}")


def has_workers(examination: Examination) -> Finding:
    """There are humans, and one of them is available."""
    workspace_sid = str(_workspace_of(examination))
    router = examination.account.client.taskrouter.v1
    workers = router.workspaces(workspace_sid).workers.list()
    if not workers:
        reason = "there is no worker: whoever is handed over waits for ever"
        return failed(reason, workspace_sid, remedy="console.twilio.com: Flex > Users: add one")
    available = sum(bool(worker.available) for worker in workers)
    if not available:
        reason = f"none of {len(workers)} workers is available now"
        return warning(reason, workspace_sid, remedy='in Flex, set a worker to "Available"')
    return ok(f"{available} of {len(workers)} available")


def takes_callbacks(examination: Examination) -> Finding:
    """The workflow of callbacks exists, where it is set."""
    variable = variable_of("callback_workflow_sid")
    wanted = examination.settings.callback_workflow_sid
    if wanted is None:
        return ok(f"not used ({variable} is not set)")
    workspace_sid = str(_workspace_of(examination))
    workflows = examination.account.client.taskrouter.v1.workspaces(workspace_sid).workflows.list()
    if wanted in {workflow.sid for workflow in workflows}:
        return ok(wanted)
    reason = f"workspace {workspace_sid} has no workflow {wanted}"
    return failed(reason, remedy=f"correct {variable} in .env")


def _workspace_of(examination: Examination) -> str | None:
    account = examination.account
    given = account.given("flex_workspace_sid")
    return examination.once("workspace", lambda: find_workspace(account.client, given))
