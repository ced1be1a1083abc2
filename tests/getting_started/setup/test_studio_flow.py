"""The Studio flow: made, kept, brought back to the template, and restored."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from getting_started.setup.account import Account
from getting_started.setup.errors import SetupError, status_of
from getting_started.setup.resource import PENDING, Action, Change, Known
from getting_started.setup.resources.studio_flow import HandoffFlow
from getting_started.twilio_emulator.faults import Fault
from getting_started.twilio_emulator.twilio import Twilio
from studio_templates.render import AGENT_HANDOFF
from studio_templates.workbench import Workbench
from tests.studio_templates.console import edit, widget_of

FLOW = HandoffFlow()
SAY = "One moment please."
INVALID = {
    "code": 20001,
    "message": "Flow definition validation failed",
    "status": 400,
    "details": {"errors": [{"property_path": "#/states/1/properties/input", "message": "is odd"}]},
}


@pytest.fixture
def known(cloud: Twilio) -> Known:
    """The desk that TaskRouter has."""
    router = cloud.taskrouter
    workspace = router.create_workspace("Flex Task Assignment")
    queue = router.create_queue(workspace.sid, "Support")
    routing = {"task_routing": {"filters": [], "default_filter": {"queue": queue.sid}}}
    channels = ("voice", "chat")
    return {
        "flex_workspace_sid": workspace.sid,
        "flex_workflow_sid": router.create_workflow(workspace.sid, "Anyone", routing).sid,
        **{
            f"{name}_task_channel_sid": router.find_task_channel(workspace.sid, name).sid
            for name in channels
        },
    }


@pytest.fixture
def sid(account: Account, known: Known) -> str:
    """The flow that was made."""
    return FLOW.apply(account, FLOW.plan(account, known))["handoff_flow_sid"]


def say_otherwise(flow: dict[str, Any]) -> None:
    widget_of(flow, "announce_person")["properties"]["say"] = SAY


def add_beep(flow: dict[str, Any]) -> None:
    flow["states"].append({"name": "beep", "type": "say-play", "properties": {"digits": "1"}})
    flow["states"][-1]["transitions"] = []


def test_new_flow_is_planned_with_its_parameters(account: Account, known: Known) -> None:
    change = FLOW.plan(account, known)

    assert (change.action, change.id) == (Action.CREATE, PENDING)
    told = {one.field: one.new for one in change.differences}
    assert told["workflow_sid"] == known["flex_workflow_sid"]
    assert account.settings.flow_password not in json.dumps([*told.values()])


def test_flow_is_made_once(cloud: Twilio, account: Account, known: Known, sid: str) -> None:
    change = FLOW.plan(account, known)

    assert (change.action, change.id) == (Action.KEEP, sid)
    assert cloud.studio.flows.get_or_raise(sid).latest.status == "published"


def test_flow_is_what_the_flow_commands_want(
    environment: dict[str, str], known: Known, sid: str
) -> None:
    bench = Workbench(AGENT_HANDOFF, environment, {})

    flow = bench.fetch()
    assert (flow.sid, bench.compare(flow)) == (sid, [])


def test_flow_waits_for_its_workflow(account: Account, known: Known, sid: str) -> None:
    change = FLOW.plan(account, {**known, "flex_workflow_sid": PENDING})

    assert change.action is Action.CHANGE
    assert {one.new for one in change.differences if one.field.endswith("workflow")} == {PENDING}


def test_other_workflow_is_published(
    cloud: Twilio, account: Account, known: Known, sid: str
) -> None:
    other = {**known, "flex_workflow_sid": "WW" + "1" * 32}

    assert FLOW.apply(account, FLOW.plan(account, other)) == {"handoff_flow_sid": sid}
    assert FLOW.plan(account, other).action is Action.KEEP
    assert cloud.studio.flows.get_or_raise(sid).latest.number == 2


@pytest.mark.parametrize(
    ("change", "field", "cuts"),
    [
        (say_otherwise, "announce_person.properties.say", ()),
        (add_beep, "beep", ("widget beep is removed",)),
    ],
)
def test_edited_flow_is_changed_and_restored(
    account: Account,
    known: Known,
    sid: str,
    change: Callable[[dict[str, Any]], None],
    field: str,
    cuts: tuple[str, ...],
) -> None:
    edit(account.client, sid, change)

    planned = FLOW.plan(account, known)
    assert ([one.field for one in planned.differences], planned.cuts) == ([field], cuts)
    FLOW.apply(account, planned)
    assert FLOW.plan(account, known).action is Action.KEEP

    back = FLOW.restore(account, planned.current)
    FLOW.apply(account, back)
    assert FLOW.plan(account, known).differences == planned.differences


def test_flow_that_is_gone_is_made_anew(
    cloud: Twilio, account: Account, known: Known, sid: str
) -> None:
    change = edited(account, known, sid)
    cloud.studio.flows.delete(sid)

    assert FLOW.restore(account, change.current).action is Action.BLOCKED
    assert FLOW.plan(account, known).action is Action.CREATE


def edited(account: Account, known: Known, sid: str) -> Change:
    edit(account.client, sid, say_otherwise)
    return FLOW.plan(account, known)


def test_named_flow_is_taken(
    cloud: Twilio, environment: dict[str, str], known: Known, sid: str
) -> None:
    other = cloud.studio.create_flow("Handoff of ours", {"states": []}, status="draft")
    account = Account({**environment, "TWILIO_STUDIO_HANDOFF_FLOW_SID": other.sid})

    change = FLOW.plan(account, known)

    account.close()
    assert (change.action, change.id) == (Action.CHANGE, other.sid)
    assert [one.new for one in change.differences] == ["published"]


def test_choice_of_flows_is_the_persons(cloud: Twilio, account: Account, known: Known) -> None:
    sids = [cloud.studio.create_flow("Agent handoff", {}, status="draft").sid for _ in "ab"]

    change = FLOW.plan(account, known)

    assert change.action is Action.BLOCKED
    assert change.reason.endswith(", ".join(sids))


def test_invalid_flow_is_blocked_before_anything_is_done(
    cloud: Twilio, account: Account, known: Known
) -> None:
    cloud.faults.add(Fault(path="/v2/Flows/Validate", status=400, body=INVALID))

    change = FLOW.plan(account, known)

    assert change.action is Action.BLOCKED
    assert "widget 'split_on_handoff': properties.input: is odd" in change.reason


def test_refused_publication_names_the_field(cloud: Twilio, account: Account, known: Known) -> None:
    change = FLOW.plan(account, known)
    cloud.faults.add(Fault(path="/v2/Flows", method="POST", status=400, body=INVALID))

    with pytest.raises(SetupError, match=r"'split_on_handoff': properties\.input: is odd"):
        FLOW.apply(account, change)


def test_missing_permission_is_for_setup_to_explain(
    cloud: Twilio, account: Account, known: Known
) -> None:
    cloud.faults.add(Fault(path="/v2/Flows*", status=403, code=20003))

    with pytest.raises(Exception, match="Unable to fetch page") as raised:
        FLOW.plan(account, known)
    assert status_of(raised.value) == 403
