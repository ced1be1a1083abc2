"""`agent flows` on an emulated account, by the real client of the `twilio` library."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from twilio.rest import Client

from getting_started.twilio_emulator.faults import Fault
from getting_started.twilio_emulator.seed import seed
from getting_started.twilio_emulator.studio.models import Flow
from getting_started.twilio_emulator.twilio import Twilio
from studio_templates.render import AGENT_HANDOFF, EXAMPLE, render
from tests.studio_templates.conftest import Command, Environment
from tests.studio_templates.console import edit, widget_of

SAY = "One moment please."
VALIDATION, SAVING = "/v2/Flows/Validate", "/v2/Flows"


def only_flow(cloud: Twilio) -> Flow:
    (flow,) = cloud.studio.flows.flows.values()
    return flow


def say_otherwise(flow: dict[str, Any]) -> None:
    widget_of(flow, "announce_person")["properties"]["say"] = SAY


@pytest.fixture
def sid(flows: Command, cloud: Twilio) -> str:
    """A flow that was deployed."""
    assert flows("deploy").exit_code == 0
    return only_flow(cloud).sid


def test_flow_is_created_in_an_empty_account(flows: Command, cloud: Twilio) -> None:
    ended = flows("deploy", "--message", "the first")

    flow = only_flow(cloud)
    assert (flow.latest.friendly_name, flow.latest.status) == ("Agent handoff", "published")
    assert flow.latest.commit_message == "the first"
    assert ended.output.splitlines() == [
        "Agent handoff: created, revision 1 is published",
        f"TWILIO_STUDIO_HANDOFF_FLOW_SID={flow.sid}",
    ]


def test_parameters_are_looked_up_in_the_account(flows: Command, cloud: Twilio, sid: str) -> None:
    queue_call = cloud.studio.flows.get_published_or_raise(sid).parsed().find("queue_call")

    assert queue_call is not None
    assert queue_call.properties["workflow_sid"] == next(iter(cloud.taskrouter.workflows))


def test_new_flow_has_the_name_that_is_asked_for(flows: Command, cloud: Twilio) -> None:
    for _ in range(2):
        assert flows("deploy", "--flow", "Handoff of tests").exit_code == 0

    assert only_flow(cloud).latest.friendly_name == "Handoff of tests"
    assert only_flow(cloud).latest.number == 1


def test_equal_flow_gets_no_new_revision(flows: Command, cloud: Twilio, sid: str) -> None:
    ended = flows("deploy")

    assert "unchanged, revision 1 is published already, no new revision" in ended.output
    assert only_flow(cloud).latest.number == 1


def test_flow_saved_in_the_editor_is_still_equal(
    flows: Command, client: Client, cloud: Twilio, sid: str
) -> None:
    edit(client, sid, lambda flow: None)

    assert flows("diff").exit_code == 0
    assert "no new revision" in flows("deploy").output
    assert only_flow(cloud).latest.number == 2


@pytest.mark.parametrize("target", ["sid", "name", "environment"])
def test_flow_is_found(flows: Command, cloud: Twilio, sid: str, target: str) -> None:
    ways = {
        "sid": (["--flow", sid], {}),
        "name": (["--flow", "Agent handoff"], {}),
        "environment": ([], {"TWILIO_STUDIO_HANDOFF_FLOW_SID": sid}),
    }
    options, extra = ways[target]

    assert f"TWILIO_STUDIO_HANDOFF_FLOW_SID={sid}" in flows("deploy", *options, **extra).output
    assert only_flow(cloud).sid == sid


def test_flow_of_the_account_that_is_set_up_is_equal(bare: Command, cloud: Twilio) -> None:
    assert bare("diff", **seed(cloud, "https://agent.example.org")).exit_code == 0


def test_edited_field_is_shown(flows: Command, client: Client, sid: str) -> None:
    edit(client, sid, say_otherwise)

    ended = flows("diff")

    assert ended.exit_code == 1
    assert "announce_person\n  properties.say\n  - I am connecting you" in ended.output
    assert f"\n  + {SAY}\n" in ended.output


def test_difference_is_shown_as_json(flows: Command, client: Client, sid: str) -> None:
    edit(client, sid, say_otherwise)

    (difference,) = json.loads(flows("diff", "--json").stdout)["differences"]
    assert (difference["widget"], difference["field"]) == ("announce_person", "properties.say")
    assert difference["flow"] == SAY


def test_difference_is_shown_as_a_diff(flows: Command, client: Client, sid: str) -> None:
    edit(client, sid, say_otherwise)

    lines = flows("diff", "--unified").output.splitlines()
    assert lines[0] == "--- agent_handoff.json"
    assert [line for line in lines[2:] if line.startswith("+")] == [
        f'+      "properties": {{"say": "{SAY}", "loop": 1}},'
    ]


def test_deploy_puts_back_what_was_edited(
    flows: Command, client: Client, cloud: Twilio, sid: str
) -> None:
    edit(client, sid, say_otherwise)

    ended = flows("deploy")

    assert f"+ {SAY}" in ended.output
    assert "updated, revision 3 is published" in ended.output
    assert only_flow(cloud).latest.commit_message == "Deployed from agent_handoff.json"
    assert flows("diff").exit_code == 0


def test_edited_flow_is_pulled_and_deployed(
    flows: Command, client: Client, cloud: Twilio, sid: str, tmp_path: Path
) -> None:
    template = shutil.copy(AGENT_HANDOFF, tmp_path)
    edit(client, sid, say_otherwise)

    shown = flows("pull", template, "--write")

    assert shown.exit_code == 0
    before, after = AGENT_HANDOFF.read_text("utf-8"), Path(template).read_text("utf-8")
    assert SAY not in before
    assert after.count(SAY) == 1
    assert after.count("${") == before.count("${")
    assert "no new revision" in flows("deploy", template).output


def test_pull_after_deploy_gives_the_template(flows: Command, sid: str, tmp_path: Path) -> None:
    template = shutil.copy(AGENT_HANDOFF, tmp_path)

    shown = flows("pull", template, "--write")

    assert "changes nothing in agent_handoff.json" in shown.output
    assert Path(template).read_bytes() == AGENT_HANDOFF.read_bytes()


def test_draft_is_no_deployment(flows: Command, client: Client, sid: str) -> None:
    edit(client, sid, say_otherwise, status="draft")

    assert flows("diff").exit_code == 0
    assert flows("diff", "--draft").exit_code == 1


def test_flow_never_published_is_published(flows: Command, cloud: Twilio) -> None:
    draft = cloud.studio.create_flow("Agent handoff", {"states": []}, status="draft")

    assert "never been published" in flows("diff").output
    assert "never published" in flows("list").output
    assert f"updated, revision 2 is published\nTWILIO_STUDIO_HANDOFF_FLOW_SID={draft.sid}" in (
        flows("deploy").output
    )


def test_flows_are_listed(flows: Command, client: Client, cloud: Twilio, sid: str) -> None:
    other = cloud.studio.create_flow("Opening hours", {"states": []}, status="draft")

    equal, foreign = json.loads(flows("list", "--json").stdout)["flows"]

    assert (equal["sid"], equal["template"]) == (sid, "agent_handoff")
    assert (equal["revision"], equal["state"]) == (1, "equal to agent_handoff")
    assert (foreign["sid"], foreign["template"]) == (other.sid, None)
    edit(client, sid, say_otherwise)
    assert "1 fields differ" in flows("list").output


def test_listed_sids_can_be_copied(flows: Command, sid: str) -> None:
    assert sid in flows("list", COLUMNS="80").output


# What goes wrong: the request that fails, how, and what the person reads.
DETAILS = {
    "code": 20001,
    "message": "Flow definition validation failed",
    "status": 400,
    "details": {
        "errors": [
            {"property_path": "#/states/1/properties/input", "message": "is odd"},
            {"property_path": "#/initial_state", "message": "is odd too"},
        ]
    },
}
NAMED = [
    "Studio: widget 'split_on_handoff': properties.input: is odd; correct the template",
    "Studio: initial_state: is odd too; correct the template",
]
REFUSALS = {
    "found invalid": (Fault(path=VALIDATION, status=400, body=DETAILS), NAMED),
    "not published": (Fault(path=SAVING, method="POST", status=400, body=DETAILS), NAMED),
    "permission missing": (
        Fault(path="/v2/Flows*", status=403, code=20003),
        ["(HTTP 403, code 20003); give the API key this permission"],
    ),
    "TaskRouter's permission missing": (
        Fault(product="taskrouter", status=403, code=20003),
        [
            "Twilio refused to look for workspace, workflow and chat service",
            "give the API key this permission",
        ],
    ),
    "wrong key": (
        Fault(status=401, code=20003),
        ["check account SID, API key and secret"],
    ),
    "called invalid without a reason": (
        Fault(path=VALIDATION, status=200, body={"valid": False}),
        ["Studio calls this flow invalid, and does not say why"],
    ),
    "no answer": (
        Fault(path=VALIDATION, drop="before"),
        ["did not answer", "nothing is done twice"],
    ),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_refusal_is_explained(flows: Command, cloud: Twilio, name: str) -> None:
    fault, words = REFUSALS[name]
    cloud.faults.add(fault)

    ended = flows("deploy")

    assert ended.exit_code == 2
    assert [word for word in words if word not in ended.output] == []
    assert not cloud.studio.flows.flows


def test_lost_answer_makes_no_second_flow(flows: Command, cloud: Twilio) -> None:
    cloud.faults.add(Fault(path=SAVING, method="POST", drop="after", times=1))

    assert flows("deploy").exit_code == 2
    assert "no new revision" in flows("deploy").output
    assert len(cloud.studio.flows.flows) == 1


def test_invalid_flow_names_widget_and_field(flows: Command, cloud: Twilio, tmp_path: Path) -> None:
    template = tmp_path / "broken.json"
    broken = json.loads(AGENT_HANDOFF.read_text("utf-8"))
    del widget_of(broken, "send_call_to_flex")["properties"]["workflow"]
    template.write_text(json.dumps(broken), "utf-8")

    ended = flows("deploy", str(template))

    assert ended.exit_code == 2
    assert "Broken: widget 'send_call_to_flex': properties.workflow: is missing" in _flat(ended)
    assert not cloud.studio.flows.flows


def test_template_is_validated_at_twilio(flows: Command, cloud: Twilio) -> None:
    cloud.faults.add(Fault(path=VALIDATION, status=400, body=DETAILS))

    assert flows("validate").exit_code == 0
    found = flows("validate", "--twilio", "--json")
    assert found.exit_code == 1
    (error, _) = json.loads(found.stdout)["agent_handoff"]
    assert (error["widget"], error["field"]) == ("split_on_handoff", "properties.input")


def test_unknown_flow_is_told(flows: Command, cloud: Twilio) -> None:
    unknown = "FW" + "0" * 32

    assert "`agent flows deploy` makes it" in flows("diff").output
    ended = flows("diff", "--flow", unknown)
    assert (ended.exit_code, cloud.studio.flows.flows) == (2, {})
    assert f"read flow {unknown}" in ended.output


def test_name_of_several_flows_is_not_guessed(flows: Command, cloud: Twilio) -> None:
    sids = [cloud.studio.create_flow("Agent handoff", {}, status="draft").sid for _ in "ab"]

    ended = flows("deploy")

    assert f"Several flows are called 'Agent handoff': {', '.join(sids)}" in ended.output
    assert ended.exit_code == 2


def test_every_missing_credential_is_named(bare: Command) -> None:
    ended = bare("deploy", TWILIO_VOICE_PUBLIC_DOMAIN="agent.example.org")

    assert ended.exit_code == 2
    for variable in ("TWILIO_ACCOUNT_SID", "TWILIO_API_KEY", "TWILIO_API_SECRET"):
        assert f"{variable}: is not set" in ended.output
    assert "Neither TWILIO_AUTH_TOKEN nor AGENT_FLOW_SECRET is set" in ended.output


def test_templates_are_listed_without_an_account(bare: Command) -> None:
    ended = bare("list")

    assert "template agent_handoff: becomes the flow 'Agent handoff'" in ended.output
    assert "TWILIO_API_KEY: is not set" in ended.output


def test_choice_of_workflows_is_the_persons(
    flows: Command, cloud: Twilio, environment: Environment
) -> None:
    workspace_sid, anyone = (
        next(iter(cloud.taskrouter.workspaces)),
        next(iter(cloud.taskrouter.workflows.values())),
    )
    other = cloud.taskrouter.create_workflow(workspace_sid, "Callbacks", anyone.configuration)

    ended = flows("deploy")

    assert ended.exit_code == 2
    assert f"{other.sid}  Callbacks" in ended.output
    assert "AGENT_FLEX_WORKFLOW_SID" in ended.output
    cloud.studio.create_flow("Agent handoff", render(EXAMPLE).to_dict())
    assert "not compared with agent_handoff" in flows("list").output
    assert flows("deploy", AGENT_FLEX_WORKFLOW_SID=anyone.sid).exit_code == 0


def test_password_is_not_shown(flows: Command, sid: str) -> None:
    changed = {"AGENT_FLOW_SECRET": "another-flow-secret"}

    for options in ([], ["--json"], ["--unified"]):
        ended = flows("diff", *options, **changed)
        assert ended.exit_code == 1
        assert "studio:***" in ended.output
        assert changed["AGENT_FLOW_SECRET"] not in ended.output


def _flat(ended: Any) -> str:
    return " ".join(ended.output.split())
