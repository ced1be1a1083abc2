"""`agent handoffs`: what an operator sees and does, on a database of its own."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from agent.handoff.payload import Escalation, HandoffPayload, build_attributes
from agent.handoff.record import HandoffState
from agent.operations import handoffs
from agent.settings import variable_of
from agent.store.database import connect, migrate
from agent.store.handoffs import HandoffStore

_S = HandoffState
WAITING = [_S.DELIVERING, _S.DELIVERED, _S.QUEUED]


@pytest.fixture
def database_url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    url = f"sqlite:///{tmp_path}/agent.db"
    monkeypatch.setenv(variable_of("database_url"), url)
    return url


def put(database_url: str, handoff_id: str, states: list[HandoffState]) -> None:
    """A handoff that has gone through `states`."""

    async def put_there() -> None:
        await migrate(database_url)
        engine = connect(database_url)
        store = HandoffStore(engine)
        attributes = build_attributes(Escalation(reason="a reason"), {}, handoff_id=handoff_id)
        record = await store.claim(
            thread=f"CH_{handoff_id}",
            channel="CHAT",
            customer_address="ana",
            agent_address="ai-assistant",
            payload=HandoffPayload(
                conversation_id="conv_conversation_1",
                memory_store_id="mem_store_1",
                profile_id="",
                attributes=attributes,
            ),
        )
        for state in states:
            record = await store.move(record, state)
        await engine.dispose()

    asyncio.run(put_there())


def run(*arguments: str) -> Result:
    return CliRunner().invoke(handoffs, arguments)


@pytest.mark.parametrize(
    ("command", "before", "after"),
    [
        pytest.param("cancel", [], "canceled", id="cancel one asked for"),
        pytest.param("cancel", WAITING, "canceled", id="cancel one that waits"),
        pytest.param("cancel", [*WAITING, _S.ACCEPTED], "canceled", id="cancel one accepted"),
        pytest.param("return", WAITING, "returned", id="return one that waits"),
        pytest.param("return", [*WAITING, _S.ACCEPTED], "returned", id="return one accepted"),
        pytest.param("return", [*WAITING, _S.ENDED], "returned", id="return one that ended"),
    ],
)
def test_operator_moves_a_handoff(
    database_url: str, command: str, before: list[HandoffState], after: str
) -> None:
    put(database_url, "handoff_1", before)

    result = run(command, "handoff_1", "--json")

    record = json.loads(result.output)
    assert record["state"] == after
    assert record["changes"][-1]["detail"] == "by an operator"
    assert json.loads(run("show", "handoff_1", "--json").output) == record


@pytest.mark.parametrize(
    ("command", "before", "told"),
    [
        pytest.param("return", [], "is requested and cannot become returned", id="not there yet"),
        pytest.param("cancel", [_S.FAILED], "is failed and cannot become canceled", id="failed"),
        pytest.param("cancel", [_S.CANCELED], "cannot become canceled", id="canceled twice"),
    ],
)
def test_move_against_the_rules_is_refused(
    database_url: str, command: str, before: list[HandoffState], told: str
) -> None:
    put(database_url, "handoff_1", before)

    result = run(command, "handoff_1")

    assert result.exit_code == 1
    assert told in result.stderr


@pytest.mark.parametrize("command", ["show", "cancel", "return"])
def test_unknown_handoff_is_said_to_be_unknown(database_url: str, command: str) -> None:
    result = run(command, "handoff_9")

    assert result.exit_code == 1
    assert "There is no handoff handoff_9" in result.stderr


def test_stranded_are_the_open_ones_that_nobody_accepted(database_url: str) -> None:
    put(database_url, "handoff_asked", [])
    put(database_url, "handoff_queued", WAITING)
    put(database_url, "handoff_accepted", [*WAITING, _S.ACCEPTED])
    put(database_url, "handoff_ended", [*WAITING, _S.ENDED])
    put(database_url, "handoff_failed", [_S.FAILED])

    now = json.loads(run("list", "--stranded", "--minutes", "0", "--json").output)
    for_long = json.loads(run("list", "--stranded", "--json").output)

    assert [record["id"] for record in now] == ["handoff_queued", "handoff_asked"]
    assert for_long == []


def test_show_tells_what_comes_next(database_url: str) -> None:
    put(database_url, "handoff_1", [_S.FAILED])

    async def note() -> None:
        engine = connect(database_url)
        await HandoffStore(engine).note("handoff_1", next_step="callback")
        await engine.dispose()

    asyncio.run(note())

    assert json.loads(run("show", "handoff_1", "--json").output)["next_step"] == "callback"
    assert "callback" in run("show", "handoff_1").output


def test_list_shows_every_handoff_by_its_id(database_url: str) -> None:
    put(database_url, "handoff_1", [])

    assert "handoff_1" in run("list").output
