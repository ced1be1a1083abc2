"""Replay: a failed handoff is asked for again, once, and the running agent delivers it; that of a
call, which is over, as what comes later (`record.is_next_step`)."""

from __future__ import annotations

from agent.errors import HandoffError
from agent.handoff.record import HandoffRecord, HandoffState
from agent.settings import variable_of
from agent.store.handoffs import HandoffStore


async def replay(
    store: HandoffStore, record: HandoffRecord, *, has_later_way: bool = False
) -> HandoffRecord:
    """The handoff that asks again for a failed one: a new one, or the one made before.

    `has_later_way`: callbacks or tickets are set up.

    Raises HandoffError when it cannot be, or need not be, asked for again.
    """
    reason = await why_not(store, record, has_later_way=has_later_way)
    if made := await store.get_replay(record.id):  # after `why_not`: it may have been its reason
        return made
    if reason:
        raise HandoffError(reason)
    claimed = await store.claim_again(record)
    if claimed.replay_of != record.id:
        raise HandoffError(_taken(record, claimed))
    return claimed


async def why_not(store: HandoffStore, record: HandoffRecord, *, has_later_way: bool) -> str:
    """Why a handoff cannot be replayed; empty when it can."""
    if record.state is not HandoffState.FAILED:
        return f"Handoff {record.id} is {record.state}; only a failed one can be replayed."
    if record.next_step:
        return f"Handoff {record.id} has a {record.next_step} in its place; see to that."
    if record.channel == "VOICE" and not has_later_way:
        return (
            f"Handoff {record.id} was of a call, which is over; call the customer back, or set up "
            f"callbacks ({variable_of('callback_workflow_sid')}) or tickets "
            f"({variable_of('ticket_webhook_url')})."
        )
    latest = await store.latest(record.thread)
    if latest and latest.id != record.id:
        return _taken(record, latest)
    return ""


def _taken(record: HandoffRecord, latest: HandoffRecord) -> str:
    return (
        f"The conversation of handoff {record.id} was handed over again since: "
        f"{latest.id} is {latest.state}."
    )
