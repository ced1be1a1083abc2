"""`agent setup` as it is typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from dotenv import dotenv_values
from typer.testing import CliRunner, Result

from agent.cli import app
from getting_started.setup.checklist import ITEMS
from getting_started.setup.resources import NAMES
from getting_started.twilio_emulator.new_account import open_account_in_use
from getting_started.twilio_emulator.twilio import Twilio
from tests.commands import ROOT, one_line

CONFIGURATION = "TWILIO_CONVERSATION_CONFIGURATION_ID"
OTHER = "conv_configuration_other"


def setup(*arguments: str, **extra: str) -> Result:
    return CliRunner().invoke(app, ["setup", *arguments], env=extra)


@pytest.fixture
def told(folder: Path, environment: dict[str, str]) -> Path:
    """A `.env` with what setup has to be told."""
    file = folder / ".env"
    file.write_text("# mine\n" + "".join(f"{name}={environment[name]}\n" for name in environment))
    return file


def test_without_a_yes_nothing_is_changed(flex: Twilio, told: Path) -> None:
    before = told.read_text()

    shown = setup()

    assert shown.exit_code == 0
    assert '+ memory store "virtual-agent"' in shown.stdout
    assert f"{CONFIGURATION} = (known after apply)" in shown.stdout
    assert "uv run agent setup --apply" in shown.stdout
    assert not flex.memory.stores
    assert told.read_text() == before


def test_applied_settings_are_in_the_file(flex: Twilio, told: Path) -> None:
    before = told.read_text()

    shown = setup("--apply")

    [configuration_id] = flex.orchestrator.configurations
    assert shown.exit_code == 0
    assert told.read_text().startswith(f"{before}{CONFIGURATION}={configuration_id}\n")
    assert told.stat().st_mode & 0o777 == 0o600
    assert "uv run agent doctor" in shown.stdout


def test_second_run_says_nothing_to_do(flex: Twilio, told: Path) -> None:
    setup("--apply")

    shown = setup("--apply")

    assert "Nothing to do: the account is as the agent needs it." in shown.stdout
    assert json.loads(setup("--json").stdout)["nothing_to_do"]


def test_json_tells_the_plan_and_no_secret(
    cloud: Twilio, told: Path, environment: dict[str, str]
) -> None:
    open_account_in_use(cloud)

    plan = json.loads(setup("--json", "--only", "event-callback").stdout)

    assert plan["changes"][0]["action"] == "change"
    assert "is no longer told of tasks" in plan["changes"][0]["cuts"][0]
    assert {"field", "old", "new"} == set(plan["changes"][0]["differences"][0])
    assert {plan["applied"], plan["nothing_to_do"]} == {False}
    assert environment["TWILIO_AUTH_TOKEN"] not in json.dumps(plan)


def test_applied_json_has_every_id(flex: Twilio, told: Path) -> None:
    plan = json.loads(setup("--json", "--apply").stdout)

    assert plan["applied"]
    assert plan["environment"][CONFIGURATION] in flex.orchestrator.configurations


def test_other_value_in_the_file_is_not_overwritten(flex: Twilio, told: Path) -> None:
    told.write_text(f"{told.read_text()}{CONFIGURATION}={OTHER}\n")

    shown = setup("--apply")

    assert shown.exit_code == 2
    assert f".env has other values of {CONFIGURATION}. Nothing was changed" in shown.stderr
    assert not flex.orchestrator.configurations


def test_other_value_is_overwritten_when_asked_to(flex: Twilio, told: Path) -> None:
    told.write_text(f"{told.read_text()}{CONFIGURATION}={OTHER} # old\n")

    shown = setup("--apply", "--overwrite")

    [configuration_id] = flex.orchestrator.configurations
    assert shown.exit_code == 0
    assert f"{CONFIGURATION}={configuration_id} # old\n" in told.read_text()


def test_environment_that_counts_more_is_told(flex: Twilio, told: Path) -> None:
    shown = setup("--apply", **{CONFIGURATION: OTHER})

    assert f"is set in the environment too, to {OTHER}" in shown.stderr


def test_what_the_environment_has_is_not_written(flex: Twilio, told: Path) -> None:
    setup("--apply")
    values = {name: value or "" for name, value in dotenv_values(told).items()}
    told.unlink()

    assert "Nothing to do" in setup("--apply", **values).stdout
    assert not told.exists()


def test_settings_that_cannot_be_written_are_told(flex: Twilio, told: Path) -> None:
    values = {name: value or "" for name, value in dotenv_values(told).items()}

    shown = setup("--apply", "--env-file", "none/.env", **values)

    [configuration_id] = flex.orchestrator.configurations
    assert shown.exit_code == 2
    assert "none/.env cannot be written: " in shown.stderr
    assert f"It lacks:\n{CONFIGURATION}={configuration_id}\n" in shown.stderr


def test_folder_that_cannot_be_written_is_named(flex: Twilio, told: Path) -> None:
    (told.parent / ".agent").write_text("")

    shown = setup("--apply")

    assert (shown.exit_code, shown.stderr.count("\n")) == (2, 1)
    assert "Not a directory: '.agent/requests.json'" in shown.stderr


def test_region_is_a_setting(flex: Twilio, told: Path) -> None:
    plan = json.loads(setup("--json", "--only", "event-callback", "--region", "ie1").stdout)

    assert plan["settings"][-1]["name"] == "TWILIO_REGION"


def test_everything_missing_is_listed(folder: Path) -> None:
    shown = setup("--apply")

    assert shown.exit_code == 2
    assert shown.stderr.count("is not set") == 4
    assert "find it: console.twilio.com: home page" in shown.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--only", "flow"], "--only takes memory-store, "),
        (["--confirm", "flex"], "--confirm takes flex-ui, "),
        (["--restore"], "There is no backup in .agent/backups/"),
        (["x.json"], "x.json would be a backup to restore: add --restore"),
        (["--restore", "x.json"], "x.json is no backup of agent setup"),
    ],
    ids=" ".join,
)
def test_mistake_is_explained(flex: Twilio, told: Path, arguments: list[str], words: str) -> None:
    shown = setup(*arguments)

    assert (shown.exit_code, shown.stdout) == (2, "")
    assert words in shown.stderr


def test_blocked_resource_fails_the_command(flex: Twilio, told: Path) -> None:
    flex.voice.numbers.clear()

    shown = setup("--apply")

    assert shown.exit_code == 1
    assert "! number +15550100002" in shown.stdout
    assert "Next:" not in shown.stdout


def test_refusal_fails_the_command(flex: Twilio, told: Path) -> None:
    told.write_text(told.read_text().replace("emulator-api-secret", "wrong"))

    shown = setup()

    assert shown.exit_code == 2
    assert "Twilio answered 401" in shown.stderr


def test_last_run_is_put_back(cloud: Twilio, told: Path) -> None:
    account = open_account_in_use(cloud)
    number = cloud.voice.numbers[account.number_sid]
    before = number.voice_url
    setup("--apply")

    planned = setup("--restore")
    assert number.voice_url != before
    setup("--restore", "--apply")

    assert "cuts: calls to +15550100002 no longer go to https://agent" in planned.stdout
    assert cloud.voice.numbers[account.number_sid].voice_url == before


def test_one_backup_is_put_back(cloud: Twilio, told: Path) -> None:
    account = open_account_in_use(cloud)
    setup("--apply")
    [backup] = (told.parent / ".agent" / "backups").glob("*-event-callback.json")

    setup("--restore", str(backup), "--apply")

    assert account.workspace.event_callback_url == "https://crm.example.org/taskrouter"
    assert cloud.voice.numbers[account.number_sid].voice_url == "https://agent.example.org/twiml"


def test_confirmed_step_leaves_the_list(flex: Twilio, told: Path) -> None:
    first = setup("--confirm", "flex-ui", "--confirm", "senders")

    again = setup()

    open_items = [f"[ ] {item.name}:" in again.stdout for item in ITEMS]
    assert open_items == [item.name not in ("flex-ui", "senders") for item in ITEMS]
    assert first.exit_code == 0


def test_help_names_every_option_and_resource() -> None:
    shown = one_line(setup("--help", COLUMNS="300").stdout)

    options = ("apply", "only", "restore", "confirm", "region", "env-file", "overwrite", "json")
    assert all(f"--{option}" in shown for option in options)
    assert ", ".join(NAMES) in shown


def test_table_of_the_blueprint_names_everything() -> None:
    guide = (ROOT / "getting_started" / "README.md").read_text("utf-8")
    table = guide.partition("| step of the blueprint |")[2].partition("\n\n")[0]

    names = [*NAMES, *(item.name for item in ITEMS)]
    assert [name for name in names if f"`{name}`" not in table] == []
