"""Which workflow takes the handoffs, and what it gets."""

from __future__ import annotations

from typing import Any

import pytest

from agent.twilio_api.account import WORKFLOW_NAME
from getting_started.setup.account import Account
from getting_started.setup.plan import make_plan
from getting_started.setup.resource import Action, Change
from getting_started.setup.resources.taskrouter import TaskRouter
from getting_started.twilio_emulator.twilio import Twilio
from tests.getting_started.setup.applying import apply_all
from tests.getting_started.setup.conftest import NewAccount


def plan_of(account: Account) -> Change:
    [change] = make_plan(account, ["taskrouter"]).changes
    return change


def add_workflow(twilio: Twilio, name: str, **routing: Any) -> str:
    """As somebody made it in the console; gives its SID."""
    workspace_sid = next(iter(twilio.taskrouter.workspaces))
    workflow = twilio.taskrouter.create_workflow(workspace_sid, name, {"task_routing": {}})
    workflow.configuration = {"task_routing": routing}
    return workflow.sid


def add_queue(twilio: Twilio, name: str) -> str:
    workspace_sid = next(iter(twilio.taskrouter.workspaces))
    return twilio.taskrouter.create_queue(workspace_sid, name).sid


def drop_workflows(twilio: Twilio) -> None:
    twilio.taskrouter.workflows.clear()
    twilio.flex.configuration.clear()


def test_flexs_own_workflow_is_kept(flex: Twilio, account: Account) -> None:
    own = next(iter(flex.taskrouter.workflows))
    add_workflow(flex, "Sales")

    change = plan_of(account)

    assert (change.action, change.environment["AGENT_FLEX_WORKFLOW_SID"]) == (Action.KEEP, own)
    assert change.ids["voice_task_channel_sid"].startswith("TC")


def test_workflow_of_the_settings_goes_first(flex: Twilio, new_account: NewAccount) -> None:
    queue_sid = next(iter(flex.taskrouter.queues))
    chosen = add_workflow(flex, "Support", default_filter={"queue": queue_sid})

    change = plan_of(new_account(AGENT_FLEX_WORKFLOW_SID=chosen))

    assert (change.action, change.id) == (Action.KEEP, chosen)


def test_queue_and_workflow_are_made_where_there_is_none(flex: Twilio, account: Account) -> None:
    drop_workflows(flex)

    [made] = apply_all(account, ["taskrouter"]).changes

    [workflow] = flex.taskrouter.workflows.values()
    queue = flex.taskrouter.queues[
        workflow.configuration["task_routing"]["default_filter"]["queue"]
    ]
    assert (workflow.friendly_name, queue.friendly_name, queue.target_workers) == (
        WORKFLOW_NAME,
        WORKFLOW_NAME,
        "1==1",
    )
    assert made.environment["AGENT_FLEX_WORKFLOW_SID"] == workflow.sid
    assert plan_of(account).action is Action.KEEP


def test_workflow_that_was_asked_for_is_made_once(flex: Twilio, new_account: NewAccount) -> None:
    asked = {"workflow": "AI handoffs"}

    apply_all(new_account(**asked), ["taskrouter"])
    again = plan_of(new_account(**asked))

    names = [one.friendly_name for one in flex.taskrouter.workflows.values()]
    queues = [one.friendly_name for one in flex.taskrouter.queues.values()]
    assert (names, again.action) == (["Assign to Anyone", "AI handoffs"], Action.KEEP)
    assert queues == ["Everyone", "AI handoffs"]


def test_queue_that_an_interrupted_run_made_is_taken(flex: Twilio, account: Account) -> None:
    drop_workflows(flex)
    queue_sid = add_queue(flex, WORKFLOW_NAME)

    apply_all(account, ["taskrouter"])

    [workflow] = flex.taskrouter.workflows.values()
    assert workflow.configuration["task_routing"]["default_filter"]["queue"] == queue_sid


def test_default_filter_is_added_and_taken_away(flex: Twilio, account: Account) -> None:
    drop_workflows(flex)
    everyone = next(iter(flex.taskrouter.queues))
    filters = [{"expression": "vip == true", "targets": [{"queue": add_queue(flex, "VIP")}]}]
    sid = add_workflow(flex, "Support", filters=filters)

    planned = plan_of(account)
    apply_all(account, ["taskrouter"])

    workflow = flex.taskrouter.workflows[sid]
    assert planned.differences[0].field == "task_routing.default_filter.queue"
    assert workflow.configuration == {
        "task_routing": {"filters": filters, "default_filter": {"queue": everyone}}
    }
    resource = TaskRouter()
    resource.apply(account, resource.restore(account, planned.current))
    assert workflow.configuration == {"task_routing": {"filters": filters}}


def lose_the_workspace(twilio: Twilio) -> None:
    twilio.taskrouter.workspaces.clear()


def lose_the_chat_channel(twilio: Twilio) -> None:
    [workspace_sid] = twilio.taskrouter.workspaces
    del twilio.taskrouter.task_channels[
        twilio.taskrouter.find_task_channel(workspace_sid, "chat").sid
    ]


def have_two_to_choose_from(twilio: Twilio) -> None:
    drop_workflows(twilio)
    add_workflow(twilio, "Sales")
    add_workflow(twilio, "Support")


def have_no_obvious_queue(twilio: Twilio) -> None:
    drop_workflows(twilio)
    twilio.taskrouter.queues.clear()
    add_queue(twilio, "Sales")
    add_queue(twilio, "Support")
    add_workflow(twilio, "Support")


@pytest.mark.parametrize(
    ("happen", "reason"),
    [
        (lose_the_workspace, "there is no TaskRouter workspace: set up Flex"),
        (lose_the_chat_channel, "has no task channel chat"),
        (have_two_to_choose_from, "choose one with --workflow: Sales, Support"),
        (have_no_obvious_queue, "has no default filter, so that tasks which match no other"),
    ],
    ids=["no Flex", "no task channel", "two workflows", "no default filter"],
)
def test_what_only_a_person_can_decide_blocks(
    flex: Twilio, account: Account, happen: Any, reason: str
) -> None:
    happen(flex)

    change = plan_of(account)

    assert change.action is Action.BLOCKED
    assert reason in change.reason
