"""Settings are put into `.env`; everything else in it stays."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from dotenv import dotenv_values
from hypothesis import given
from hypothesis import strategies as st

from getting_started.setup.env_file import EnvChange, merge, plan_env, write_env

FILE = """\
# the account
export TWILIO_ACCOUNT_SID = AC1 # mine
TWILIO_PHONE_NUMBER='+1 # 2'   # the agent's

OPENAI_API_KEY=
# AGENT_LANGUAGES=
TWILIO_REGION="""
NAMES = ["TWILIO_ACCOUNT_SID", "TWILIO_PHONE_NUMBER", "OPENAI_API_KEY", "TWILIO_REGION", "NEW"]
printable = st.text(st.characters(min_codepoint=32, max_codepoint=0x2FF, exclude_categories=["C"]))
lines = st.one_of(
    st.builds("# {}\n".format, printable),
    st.just("\n"),
    st.builds("{}={}\n".format, st.sampled_from(NAMES), st.from_regex(r"\w{0,8}", fullmatch=True)),
    st.builds("{}='{}' # why\n".format, st.sampled_from(NAMES), st.just("a b")),
)


def read(text: str) -> dict[str, str | None]:
    return dotenv_values(stream=io.StringIO(text), interpolate=False)


@pytest.mark.parametrize(
    ("values", "old", "new"),
    [
        ({"TWILIO_ACCOUNT_SID": "AC2"}, " = AC1 # mine", " =AC2 # mine"),
        ({"TWILIO_PHONE_NUMBER": "+3"}, "'+1 # 2'   # the", "+3   # the"),
        ({"OPENAI_API_KEY": "a 'b' \\ #c"}, "KEY=\n", "KEY='a \\'b\\' \\\\ #c'\n"),
        ({"TWILIO_REGION": "ie1"}, "REGION=", "REGION=ie1"),
        ({"NEW": "1"}, "REGION=", "REGION=\nNEW=1\n"),
        ({"AGENT_LANGUAGES": "de-DE"}, "REGION=", "REGION=\nAGENT_LANGUAGES=de-DE\n"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_value_takes_its_place(values: dict[str, str], old: str, new: str) -> None:
    merged = merge(FILE, values)

    assert merged == FILE.replace(old, new)
    assert read(merged) == {**read(FILE), **values}


@given(
    text=st.lists(lines).map("".join),
    values=st.dictionaries(st.sampled_from(NAMES), printable),
)
def test_merged_file_reads_as_merged(text: str, values: dict[str, str]) -> None:
    merged = merge(text, values)

    assert read(merged) == {**read(text), **values}
    assert merge(merged, values) == merged
    comments = [line for line in text.splitlines() if line.startswith("#")]
    assert [line for line in merged.splitlines() if line.startswith("#")] == comments


def test_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("TWILIO_REGION=ie1\n")
    file.chmod(0o644)

    write_env(file, {"NEW": "1"})

    assert file.stat().st_mode & 0o777 == 0o600
    assert file.read_text() == "TWILIO_REGION=ie1\nNEW=1\n"
    assert list(tmp_path.iterdir()) == [file]


def test_link_to_the_file_stays_one(tmp_path: Path) -> None:
    (tmp_path / "shared").write_text("")
    (tmp_path / ".env").symlink_to(tmp_path / "shared")

    write_env(tmp_path / ".env", {"NEW": "1"})

    assert (tmp_path / ".env").is_symlink()
    assert (tmp_path / "shared").read_text() == "NEW=1\n"


def test_plan_tells_new_from_other_values(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("SAME=1\nEMPTY=\nOTHER=2\n")

    changes = plan_env(file, {"SAME": "1", "EMPTY": "1", "OTHER": "1", "NEW": "1"})

    assert changes == [
        EnvChange("EMPTY", None, "1"),
        EnvChange("OTHER", "2", "1"),
        EnvChange("NEW", None, "1"),
    ]
