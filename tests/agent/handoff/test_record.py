"""The handoff record: one open record a thread, and moves in order."""

from __future__ import annotations

import asyncio
import itertools

import pytest

from agent.errors import HandoffError
from agent.handoff.payload import Escalation, HandoffPayload, build_attributes
from agent.handoff.record import HandoffRecord, HandoffState, MemoryHandoffStore

ALLOWED = {
    ("requested", "delivering"),
    ("requested", "failed"),
    ("delivering", "delivered"),
    ("delivering", "failed"),
}
PAYLOAD = HandoffPayload(
    conversation_id="conv_conversation_1",
    memory_store_id="mem_store_1",
    profile_id="",
    attributes=build_attributes(Escalation(reason="wants a person"), {}),
)


def record_in(state: HandoffState) -> HandoffRecord:
    return HandoffRecord("handoff_1", "CH1", "CHAT", 1, PAYLOAD, state)


@pytest.mark.parametrize(("before", "after"), [*itertools.product(HandoffState, HandoffState)])
def test_only_these_moves_are_allowed(before: HandoffState, after: HandoffState) -> None:
    record = record_in(before)

    if (before, after) in ALLOWED:
        assert record.move(after).state is after
    else:
        with pytest.raises(HandoffError, match=f"{before} cannot become {after}"):
            record.move(after)


async def test_claims_at_once_get_one_record() -> None:
    store = MemoryHandoffStore()

    records = await asyncio.gather(*(store.claim("CH1", "CHAT", PAYLOAD) for _ in range(10)))

    assert len({record.id for record in records}) == 1


async def test_failed_handoff_may_be_tried_again() -> None:
    store = MemoryHandoffStore()
    first = await store.claim("CH1", "CHAT", PAYLOAD)
    await store.save(first.move(HandoffState.FAILED, failure="Studio said 503"))

    second = await store.claim("CH1", "CHAT", PAYLOAD)

    assert (second.attempt, second.state) == (2, HandoffState.REQUESTED)
    assert second.id != first.id


async def test_oldest_records_are_forgotten_beyond_the_limit() -> None:
    store = MemoryHandoffStore(limit=2)
    for thread in ["CH1", "CH2", "CH3"]:
        await store.claim(thread, "CHAT", PAYLOAD)

    assert await store.latest("CH1") is None
    assert await store.latest("CH3") is not None
