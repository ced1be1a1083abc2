"""Handoff records: one open a thread, whoever claims, and moves that cannot cross."""

from __future__ import annotations

import asyncio
import itertools
from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncEngine

from agent.errors import HandoffError
from agent.handoff.payload import Escalation, HandoffPayload, build_attributes
from agent.handoff.record import HOLDING, MOVES, HandoffRecord, HandoffState
from agent.handoff.replay import replay
from agent.store.database import connect
from agent.store.handoff_search import HandoffSearch
from agent.store.handoffs import HandoffStore
from agent.store.tables import handoff

ids = itertools.count()
_S = HandoffState


def make_payload() -> HandoffPayload:
    escalation = Escalation(reason='wants “a person”\n😡 "now"', summary="x")
    attributes = build_attributes(escalation, {"tier": ["gold"]}, handoff_id=f"handoff_{next(ids)}")
    return HandoffPayload(
        conversation_id="conv_conversation_1",
        memory_store_id="mem_store_1",
        profile_id="",
        attributes=attributes,
    )


async def claim(store: HandoffStore, thread: str = "CH1") -> HandoffRecord:
    return await store.claim(
        thread=thread,
        channel="CHAT",
        customer_address="ana",
        agent_address="ai-assistant",
        payload=make_payload(),
    )


@pytest.fixture
def store(engine: AsyncEngine) -> HandoffStore:
    return HandoffStore(engine)


@pytest.fixture
def search(engine: AsyncEngine) -> HandoffSearch:
    return HandoffSearch(engine)


async def test_record_comes_back_as_it_was_stored(store: HandoffStore) -> None:
    record = await claim(store)

    found = await store.get(record.id)

    assert found == record
    assert record.payload.attributes.reason == 'wants “a person”\n😡 "now"'
    assert [change.state for change in record.changes] == [HandoffState.REQUESTED]


async def test_claims_at_once_get_one_record(database_url: str, store: HandoffStore) -> None:
    another = connect(database_url)

    stores = [store, HandoffStore(another)] * 5
    records = await asyncio.gather(*(claim(one) for one in stores))

    assert len({record.id for record in records}) == 1
    await another.dispose()


async def test_replays_at_once_are_one(
    database_url: str, store: HandoffStore, search: HandoffSearch
) -> None:
    another = connect(database_url)
    failed = await store.move(await claim(store), HandoffState.FAILED)

    stores = [store, HandoffStore(another)] * 3
    records = await asyncio.gather(*(replay(one, failed) for one in stores))

    assert {record.replay_of for record in records} == {failed.id}
    assert len({record.id for record in records}) == 1
    assert await search.not_begun(seconds=60) == [records[0].id]
    await another.dispose()


async def test_handoff_that_is_asked_for_again_stays_what_it_was(store: HandoffStore) -> None:
    canceled = await store.move(await claim(store), HandoffState.CANCELED)

    again = await store.claim_again(canceled)
    noted = await store.get(canceled.id)

    assert noted
    assert [change.state for change in noted.changes] == ["requested", "canceled", "canceled"]
    assert again.id in noted.changes[-1].detail


async def test_failed_handoff_may_be_tried_again(store: HandoffStore) -> None:
    first = await claim(store)
    await store.move(first, HandoffState.FAILED, failure="studio_unavailable", detail="HTTP 503")

    second = await claim(store)

    assert (second.attempt, second.state) == (2, HandoffState.REQUESTED)
    assert second.id != first.id
    assert await store.latest("CH1") == second


@pytest.mark.parametrize("state", sorted(set(HandoffState) - HOLDING))
async def test_closed_handoff_makes_room_for_another(
    engine: AsyncEngine, store: HandoffStore, state: HandoffState
) -> None:
    first = await claim(store)
    async with engine.begin() as connection:
        await connection.execute(update(handoff).values(state=state.value))

    assert (await claim(store)).id != first.id


async def test_every_change_is_kept_with_its_time(store: HandoffStore) -> None:
    record = await claim(store)
    record = await store.move(record, HandoffState.DELIVERING)
    record = await store.move(record, HandoffState.DELIVERED, execution_sid="FN1")

    assert [change.state for change in record.changes] == ["requested", "delivering", "delivered"]
    assert sorted(change.at for change in record.changes) == [
        change.at for change in record.changes
    ]
    assert record.execution_sid == "FN1"


async def test_of_two_moves_at_once_one_is_refused(store: HandoffStore) -> None:
    record = await claim(store)

    outcomes = await asyncio.gather(
        store.move(record, HandoffState.DELIVERING),
        store.move(record, HandoffState.CANCELED),
        return_exceptions=True,
    )

    refused = [outcome for outcome in outcomes if isinstance(outcome, HandoffError)]
    assert len(refused) == 1


@pytest.mark.parametrize(("before", "after"), [*itertools.product(HandoffState, HandoffState)])
def test_only_the_listed_moves_are_allowed(before: HandoffState, after: HandoffState) -> None:
    closed = {"failed", "canceled", "abandoned", "returned"}

    assert not (before in closed and MOVES[before])
    assert before not in MOVES[before]
    if before in MOVES[after]:
        assert after not in MOVES[before], "a handoff never goes back"


async def test_advance_goes_as_far_as_the_rules_allow(store: HandoffStore) -> None:
    record = await claim(store)
    await store.move(record, HandoffState.DELIVERING)

    queued = await store.advance(record.id, HandoffState.QUEUED, task_sid="WT1")
    late = await store.advance(record.id, HandoffState.DELIVERED)

    assert queued
    assert (queued.state, queued.task_sid) == (HandoffState.QUEUED, "WT1")
    assert late is None
    assert await store.advance("handoff_unknown", HandoffState.QUEUED) is None


@pytest.mark.parametrize(
    ("failure", "since", "state", "is_allowed"),
    [
        pytest.param("outcome_unknown", None, _S.QUEUED, True, id="unknown, queued"),
        pytest.param("outcome_unknown", None, _S.ACCEPTED, True, id="unknown, accepted"),
        pytest.param("outcome_unknown", _S.FAILED, _S.QUEUED, True, id="failed again since"),
        pytest.param("outcome_unknown", _S.DELIVERING, _S.QUEUED, False, id="asked again since"),
        pytest.param("outcome_unknown", None, _S.ENDED, False, id="unknown, ended"),
        pytest.param("outcome_unknown", None, _S.CANCELED, False, id="unknown, canceled"),
        pytest.param("studio_refused", None, _S.QUEUED, False, id="refused, queued"),
    ],
)
async def test_failed_handoff_moves_only_when_it_may_have_arrived(
    store: HandoffStore,
    failure: str,
    since: HandoffState | None,
    state: HandoffState,
    is_allowed: bool,
) -> None:
    failed = await store.move(await claim(store), _S.FAILED, failure=failure, detail="no answer")
    if since:
        await store.move(await claim(store), since)

    moved = await store.advance(failed.id, state)

    latest = await store.latest("CH1")
    assert latest
    if is_allowed:
        assert moved == latest
        assert (latest.id, latest.state) == (failed.id, state)
        assert (latest.failure, latest.detail) == ("", "")
    else:
        assert moved is None
        assert await store.get(failed.id) == failed


async def test_advances_at_once_all_arrive(store: HandoffStore) -> None:
    record = await claim(store)
    await store.move(record, HandoffState.DELIVERING)

    states = [HandoffState.DELIVERED, HandoffState.ACCEPTED, HandoffState.ENDED]
    await asyncio.gather(*(store.advance(record.id, state) for state in states))

    found = await store.get(record.id)
    assert found
    assert found.state is HandoffState.ENDED


async def test_note_is_kept_whatever_the_state(store: HandoffStore) -> None:
    record = await claim(store)

    await store.note(record.id, execution_sid="FN1", next_step="callback")

    found = await store.get(record.id)
    assert found
    assert found.state is HandoffState.REQUESTED
    assert (found.execution_sid, found.next_step) == ("FN1", "callback")


async def test_handoff_without_task_is_found_for_a_while(
    store: HandoffStore, search: HandoffSearch
) -> None:
    record = await claim(store)
    for state in (HandoffState.DELIVERING, HandoffState.DELIVERED):
        record = await store.move(record, state)

    assert [one.id for one in await search.without_task(seconds=0, at_most=60)] == [record.id]
    assert await search.without_task(seconds=60, at_most=3600) == []
    assert await search.without_task(seconds=0, at_most=0) == []
    assert await store.count_since("CH1", record.requested_at) == 1
    assert await store.count_since("CH1", record.requested_at + timedelta(seconds=1)) == 0


async def test_newest_records_are_listed_first(store: HandoffStore, search: HandoffSearch) -> None:
    first, second = await claim(store, "CH1"), await claim(store, "CH2")

    assert [record.id for record in await search.list()] == [second.id, first.id]
    assert [record.id for record in await search.list(limit=1)] == [second.id]
    assert await search.list(state=HandoffState.FAILED) == []
