"""Steps without an API: remembered once confirmed, for each account."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.errors import AgentError
from getting_started.setup.checklist import ITEMS, Checklist


def test_confirmed_step_is_remembered_for_its_account(tmp_path: Path) -> None:
    Checklist("AC1", tmp_path).confirm(["flex-ui"])
    Checklist("AC1", tmp_path).confirm(["senders"])

    mine = {item.name for item in Checklist("AC1", tmp_path).open_items()}
    assert {item.name for item in ITEMS} - mine == {"flex-ui", "senders"}
    assert len(Checklist("AC2", tmp_path).open_items()) == len(ITEMS)


def test_unknown_step_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AgentError, match=r"--confirm takes flex-ui, .*; got flex"):
        Checklist("AC1", tmp_path).confirm(["flex"])


@pytest.mark.parametrize("text", ["{", "[]", '{"AC1": 3}'])
def test_damaged_file_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "checklist.json").write_text(text)

    with pytest.raises(AgentError, match=r"checklist.json is damaged .*: delete it"):
        Checklist("AC1", tmp_path).open_items()
