"""`agent handoffs`: what an operator sees and does, on a database of its own."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from agent.cli import app
from agent.handoff.payload import Escalation, HandoffPayload, build_attributes
from agent.handoff.record import HandoffState
from agent.operations import handoffs
from agent.settings import variable_of
from agent.store.database import connect, migrate
from agent.store.handoffs import HandoffStore
from agent.store.lost_messages import LostMessages

_S = HandoffState
WAITING = [_S.DELIVERING, _S.DELIVERED, _S.QUEUED]


@pytest.fixture
def database_url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    url = f"sqlite:///{tmp_path}/agent.db"
    monkeypatch.setenv(variable_of("database_url"), url)
    return url


def put(
    database_url: str,
    handoff_id: str,
    states: list[HandoffState],
    *,
    thread: str = "",
    channel: str = "CHAT",
    next_step: str = "",
    reason: str = "a reason",
) -> None:
    """A handoff that has gone through `states`."""

    async def put_there() -> None:
        await migrate(database_url)
        engine = connect(database_url)
        store = HandoffStore(engine)
        attributes = build_attributes(Escalation(reason=reason), {}, handoff_id=handoff_id)
        record = await store.claim(
            thread=thread or f"CH_{handoff_id}",
            channel=channel,
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
        await store.note(handoff_id, next_step=next_step)
        await engine.dispose()

    asyncio.run(put_there())


def run(*arguments: str) -> Result:
    return CliRunner().invoke(handoffs, arguments)


@pytest.mark.parametrize(
    ("command", "before", "after"),
    [
        pytest.param("cancel", [], "canceled", id="cancel one asked for"),
        pytest.param("cancel", WAITING, "canceled", id="cancel one that waits"),
        pytest.param(
            "cancel --record-only", [*WAITING, _S.ACCEPTED], "canceled", id="cancel one accepted"
        ),
        pytest.param("return", WAITING, "returned", id="return one that waits"),
        pytest.param(
            "return --record-only", [*WAITING, _S.ACCEPTED], "returned", id="return one accepted"
        ),
        pytest.param("return", [], "returned", id="return one asked for"),
        pytest.param("return", [*WAITING, _S.ENDED], "returned", id="return one that ended"),
    ],
)
def test_operator_moves_a_handoff(
    database_url: str, command: str, before: list[HandoffState], after: str
) -> None:
    put(database_url, "handoff_1", before)

    result = run(*command.split(), "handoff_1", "--json")

    record = json.loads(result.stdout)
    assert record["state"] == after
    assert record["changes"][-1]["detail"].endswith("by an operator")
    assert json.loads(run("show", "handoff_1", "--json").output) == record


@pytest.mark.parametrize(
    ("command", "before", "told"),
    [
        pytest.param("return", [*WAITING, _S.ACCEPTED], "A human has accepted", id="human has it"),
        pytest.param("return", [_S.FAILED], "is failed and cannot become returned", id="failed"),
        pytest.param(
            "cancel", [_S.FAILED], "is failed and cannot become canceled", id="failed, cancel"
        ),
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


@pytest.mark.parametrize("command", ["show", "cancel", "return", "replay"])
def test_unknown_handoff_is_said_to_be_unknown(database_url: str, command: str) -> None:
    result = run(command, "handoff_9")

    assert result.exit_code == 1
    assert "There is no handoff handoff_9" in result.stderr


def test_operator_is_told_that_only_the_record_is_moved(database_url: str) -> None:
    put(database_url, "handoff_1", WAITING)
    put(database_url, "handoff_2", WAITING)

    assert "Only the record is moved" in run("cancel", "handoff_1").stderr
    assert run("cancel", "handoff_2", "--record-only").stderr == ""


def test_stranded_are_the_open_ones_that_nobody_holds(database_url: str) -> None:
    put(database_url, "handoff_asked", [])
    put(database_url, "handoff_delivered", [_S.DELIVERING, _S.DELIVERED])
    put(database_url, "handoff_queued", WAITING)
    put(database_url, "handoff_accepted", [*WAITING, _S.ACCEPTED])
    put(database_url, "handoff_ended", [*WAITING, _S.ENDED])
    put(database_url, "handoff_failed", [_S.FAILED])

    now = json.loads(run("list", "--stranded", "--minutes", "0", "--json").output)
    for_long = json.loads(run("list", "--stranded", "--json").output)

    assert [record["id"] for record in now] == ["handoff_delivered", "handoff_asked"]
    assert for_long == []


def test_where_the_agent_stays_silent_the_ended_are_stranded_too(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable_of("after_human"), "silent")
    put(database_url, "handoff_ended", [*WAITING, _S.ENDED])
    put(database_url, "handoff_returned", [*WAITING, _S.ENDED, _S.RETURNED])
    put(database_url, "handoff_before", [*WAITING, _S.ENDED], thread="CH_again")
    put(database_url, "handoff_after", [*WAITING, _S.ACCEPTED], thread="CH_again")

    stranded = json.loads(run("list", "--stranded", "--minutes", "0", "--json").output)

    assert [record["id"] for record in stranded] == ["handoff_ended"]


def test_dead_letters_are_the_failed_with_nothing_next(database_url: str) -> None:
    put(database_url, "handoff_failed", [_S.FAILED])
    put(database_url, "handoff_call", [_S.FAILED], channel="VOICE")
    put(database_url, "handoff_ticket", [_S.FAILED], next_step="ticket")
    put(database_url, "handoff_canceled", [_S.CANCELED])
    put(database_url, "handoff_first", [_S.FAILED], thread="CH_again")
    put(database_url, "handoff_second", [*WAITING, _S.ENDED], thread="CH_again")

    dead = json.loads(run("list", "--dead", "--json").output)

    assert [record["id"] for record in dead] == ["handoff_call", "handoff_failed"]


def test_replay_asks_again_once(database_url: str) -> None:
    put(database_url, "handoff_1", [_S.FAILED])

    first, second = (json.loads(run("replay", "handoff_1", "--json").output) for _ in range(2))

    [made] = first
    assert first == second
    assert (made["state"], made["attempt"], made["replay_of"]) == ("requested", 2, "handoff_1")
    assert made["payload"]["attributes"]["handoffId"] == made["id"] != "handoff_1"
    noted = json.loads(run("show", "handoff_1", "--json").output)["changes"][-1]["detail"]
    assert noted == f"asked for again as {made['id']}"


@pytest.mark.parametrize(
    ("before", "since", "told"),
    [
        pytest.param([], None, "is requested; only a failed one", id="open"),
        pytest.param([_S.CANCELED], None, "is canceled; only a failed one", id="canceled"),
        pytest.param([_S.FAILED], WAITING, "handoff_2 is queued", id="again with a handoff"),
        pytest.param(
            [_S.FAILED],
            [*WAITING, _S.ENDED, _S.RETURNED],
            "handoff_2 is returned",
            id="returned since",
        ),
        pytest.param([_S.FAILED], [_S.FAILED], "handoff_2 is failed", id="failed again since"),
    ],
)
def test_replay_is_refused(
    database_url: str, before: list[HandoffState], since: list[HandoffState] | None, told: str
) -> None:
    put(database_url, "handoff_1", before, thread="CH1")
    if since is not None:
        put(database_url, "handoff_2", since, thread="CH1")

    result = run("replay", "handoff_1")

    assert result.exit_code == 1
    assert told in result.stderr


@pytest.mark.parametrize(
    ("answer", "arguments", "asked_again"),
    [
        pytest.param("y\n", [], ["handoff_a", "handoff_b"], id="yes"),
        pytest.param("n\n", [], [], id="no"),
        pytest.param("", [], [], id="nobody to ask"),
        pytest.param("", ["--yes"], ["handoff_a", "handoff_b"], id="not asked"),
    ],
)
def test_dead_letters_are_replayed_as_agreed(
    database_url: str, answer: str, arguments: list[str], asked_again: list[str]
) -> None:
    put(database_url, "handoff_a", [_S.FAILED])
    put(database_url, "handoff_b", [_S.FAILED])
    put(database_url, "handoff_call", [_S.FAILED], channel="VOICE")
    put(database_url, "handoff_ticket", [_S.FAILED], next_step="ticket")

    result = CliRunner().invoke(handoffs, ["replay", "--dead", *arguments], input=answer)

    requested = json.loads(run("list", "--state", "requested", "--json").output)
    assert sorted(record["replay_of"] for record in requested) == asked_again
    assert result.exit_code == (0 if asked_again else 1)
    assert "call, which is over" in " ".join(result.output.split())


def test_replay_of_a_call_is_what_comes_later(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(database_url, "handoff_call", [_S.FAILED], channel="VOICE")

    refused = run("replay", "handoff_call")
    monkeypatch.setenv(variable_of("callback_workflow_sid"), "WW" + "0" * 32)
    [made] = json.loads(run("replay", "handoff_call", "--json").output)

    assert "call, which is over" in refused.stderr
    assert made["replay_of"] == "handoff_call"


def test_replay_needs_to_know_of_which(database_url: str) -> None:
    assert run("replay").exit_code == 2
    assert run("replay", "handoff_1", "--dead").exit_code == 2


def test_time_to_the_human_is_shown(database_url: str) -> None:
    put(database_url, "handoff_1", [*WAITING, _S.ACCEPTED, _S.ENDED])
    put(database_url, "handoff_2", WAITING)

    never, soon = (
        record["seconds_to_human"] for record in json.loads(run("list", "--json").output)
    )

    assert never is None
    assert 0 < soon < 60
    assert "seconds_to_human" in run("show", "handoff_1").output


def test_show_tells_what_comes_next(database_url: str) -> None:
    put(database_url, "handoff_1", [_S.FAILED], next_step="callback")

    assert json.loads(run("show", "handoff_1", "--json").output)["next_step"] == "callback"
    assert "callback" in run("show", "handoff_1").output


def test_list_shows_every_handoff_by_its_id(database_url: str) -> None:
    put(database_url, "handoff_1", [], reason="wants a person, " * 9)

    row = run("list").output.splitlines()[1].split()

    assert (row[0], row[3], row[4]) == ("handoff_1", "CHAT", "requested")


def test_lost_messages_are_listed(database_url: str) -> None:
    async def lose_one() -> None:
        await migrate(database_url)
        engine = connect(database_url)
        await LostMessages(engine).add(
            conversation_id="conv_conversation_1",
            thread="CH1",
            channel="SMS",
            text="It arrives tomorrow.",
            detail="HTTP 500",
        )
        await engine.dispose()

    asyncio.run(lose_one())

    listed = CliRunner().invoke(app, ["lost-messages"])
    (one,) = json.loads(CliRunner().invoke(app, ["lost-messages", "--json"]).output)

    assert "It arrives tomorrow." in listed.output
    assert (one["thread"], one["channel"], one["detail"]) == ("CH1", "SMS", "HTTP 500")
