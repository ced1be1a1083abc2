"""What was changed is kept, and put back."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from agent.errors import AgentError
from getting_started.setup.account import Account
from getting_started.setup.backups import Backups, secrets_of
from getting_started.setup.errors import SetupError
from getting_started.setup.plan import apply_plan, apply_restore, make_plan, plan_restore
from getting_started.setup.resource import Action, Change
from getting_started.twilio_emulator.new_account import open_begun_account
from getting_started.twilio_emulator.twilio import Twilio
from tests.getting_started.setup.conftest import AGENT_URL

CORE = ("memory-store", "intelligence", "conversation-configuration")
SECRET = {"flow password": "s3cret"}
CHANGE = Change(
    resource="studio-flow", action=Action.CHANGE, title="flow", current={"url": "//flow:s3cret@x"}
)


def test_what_was_changed_is_put_back(cloud: Twilio, account: Account, tmp_path: Path) -> None:
    open_begun_account(cloud, AGENT_URL)
    [before] = [one.to_json() for one in cloud.orchestrator.configurations.values()]
    backups = Backups(secrets_of(account.settings), tmp_path)
    apply_plan(account, make_plan(account, CORE), backups.write)

    kept = Backups({}, tmp_path).read_run()
    plan = plan_restore(account, kept)
    apply_restore(account, plan, kept, backups.write)

    [after] = [one.to_json() for one in cloud.orchestrator.configurations.values()]
    volatile = {"updatedAt", "version"}
    assert {name for name in before if before[name] != after[name]} <= volatile
    assert [one.resource for one in plan.work] == ["conversation-configuration"]


def test_nothing_to_put_back_is_nothing_to_do(cloud: Twilio, account: Account) -> None:
    open_begun_account(cloud, AGENT_URL)
    [configuration] = cloud.orchestrator.configurations.values()

    plan = plan_restore(account, {"conversation-configuration": configuration.to_json()})

    assert [change.action for change in plan.changes] == [Action.KEEP]


def test_what_is_gone_is_not_put_back(cloud: Twilio, account: Account) -> None:
    open_begun_account(cloud, AGENT_URL)
    [configuration] = cloud.orchestrator.configurations.values()
    cloud.orchestrator.control_plane.delete(configuration.id)

    plan = plan_restore(account, {"conversation-configuration": configuration.to_json()})

    assert [change.action for change in plan.changes] == [Action.BLOCKED]


@pytest.mark.parametrize("name", ["memory-store", "intelligence"])
def test_what_is_never_changed_has_nothing_to_put_back(account: Account, name: str) -> None:
    with pytest.raises(SetupError, match="is never changed"):
        plan_restore(account, {name: {}})


def test_backup_is_private_and_without_secrets(tmp_path: Path) -> None:
    Backups(SECRET, tmp_path).write(CHANGE)

    [file] = (tmp_path / "backups").iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    assert json.loads(file.read_text())["content"] == {"url": "//flow:(secret: flow password)@x"}
    assert Backups({"flow password": "new"}, tmp_path).read(file) == {
        "studio-flow": {"url": "//flow:new@x"}
    }


@pytest.mark.parametrize("password", ["s3cret", "an-older-one"])
def test_flow_is_restored_with_todays_password(tmp_path: Path, password: str) -> None:
    change = replace(CHANGE, current={"url": f"https://studio:{password}@agent.example.org/"})
    Backups(SECRET, tmp_path).write(change)

    [file] = (tmp_path / "backups").iterdir()
    assert password not in file.read_text()
    assert Backups(SECRET, tmp_path).read(file) == {
        "studio-flow": {"url": "https://studio:s3cret@agent.example.org/"}
    }


def test_password_of_others_is_left_to_the_person(tmp_path: Path) -> None:
    change = replace(CHANGE, current={"url": "https://crm:t0psecret@crm.example.org/hook"})
    Backups(SECRET, tmp_path).write(change)

    [file] = (tmp_path / "backups").iterdir()
    assert "t0psecret" not in file.read_text()
    with pytest.raises(AgentError, match="write the passwords in place of"):
        Backups(SECRET, tmp_path).read(file)


def test_newest_run_is_read_whole(tmp_path: Path) -> None:
    for run in range(2):
        backups = Backups({}, tmp_path)
        for name in ("a", "b"):
            title = f"{name}{run}"
            change = Change(resource=name, action=Action.CHANGE, title=title, current={"n": title})
            backups.write(change)

    assert Backups({}, tmp_path).read_run() == {"a": {"n": "a1"}, "b": {"n": "b1"}}


def test_without_backups_that_is_said(tmp_path: Path) -> None:
    with pytest.raises(AgentError, match="nothing was changed yet"):
        Backups({}, tmp_path).read_run()


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"resource": "a"}'])
def test_other_file_is_no_backup(tmp_path: Path, text: str) -> None:
    (tmp_path / "x.json").write_text(text)

    with pytest.raises(AgentError, match=r"x.json is no backup of agent setup"):
        Backups({}, tmp_path).read(tmp_path / "x.json")
