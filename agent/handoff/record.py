"""The handoff record: one per escalation, and the rules of its states."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from agent.errors import HandoffError
from agent.handoff.payload import HandoffPayload
from agent.handoff.reasons import FailureReason


class HandoffState(StrEnum):
    """Where a handoff is on its way to the human, and back."""

    REQUESTED = "requested"
    DELIVERING = "delivering"
    DELIVERED = "delivered"
    QUEUED = "queued"
    ACCEPTED = "accepted"
    ENDED = "ended"
    RETURNED = "returned"
    FAILED = "failed"
    CANCELED = "canceled"
    ABANDONED = "abandoned"


_S = HandoffState
MOVES = {
    _S.REQUESTED: {  # a call may have reached the human while the database was away
        *(_S.DELIVERING, _S.QUEUED, _S.ACCEPTED, _S.ENDED),
        *(_S.FAILED, _S.CANCELED, _S.ABANDONED, _S.RETURNED),
    },
    _S.DELIVERING: {
        *(_S.DELIVERED, _S.QUEUED, _S.ACCEPTED, _S.ENDED),
        *(_S.FAILED, _S.CANCELED, _S.ABANDONED, _S.RETURNED),
    },
    _S.DELIVERED: {
        *(_S.QUEUED, _S.ACCEPTED, _S.ENDED, _S.FAILED),
        *(_S.CANCELED, _S.ABANDONED, _S.RETURNED),
    },
    _S.QUEUED: {
        *(_S.ACCEPTED, _S.ENDED, _S.FAILED),
        *(_S.CANCELED, _S.ABANDONED, _S.RETURNED),
    },
    _S.ACCEPTED: {_S.ENDED, _S.CANCELED, _S.RETURNED},
    _S.ENDED: {_S.RETURNED},
    _S.RETURNED: set(),
    _S.FAILED: set(),
    _S.CANCELED: set(),
    _S.ABANDONED: set(),
}
AFTER_ALL = {_S.QUEUED, _S.ACCEPTED}
"""What a failed handoff becomes when it turns out to have arrived, which nobody knew."""
REOPENED = {_S.ENDED, _S.RETURNED}
"""In these states the conversation came back, and may be another human's again."""
UNDER_WAY = {_S.REQUESTED, _S.DELIVERING}
"""In these states nobody has taken the handoff yet."""
WAITING = {*UNDER_WAY, _S.DELIVERED, _S.QUEUED}
"""In these states no human has come yet."""
_WITH_HUMAN = {_S.ACCEPTED, _S.ENDED}
HOLDING = {*WAITING, _S.ACCEPTED}
"""In these states the conversation belongs to the handoff and the agent is mute."""


@dataclass(frozen=True)
class Change:
    """A state reached, and when (UTC)."""

    state: HandoffState
    at: datetime
    detail: str = ""


@dataclass(frozen=True)
class HandoffRecord:
    """One attempt to bring one conversation to a human.

    `thread` is what the human takes over (see `Conversation.thread`). `execution_sid` (FN...) and
    `task_sid` (WT...) are known once Studio and TaskRouter have said so. `failure` is a
    `FailureReason`, `detail` its particulars in words; `next_step` is the `NextStep` that was
    arranged instead, and a failed handoff without one waits for an operator. `replay_of` is the id
    of the failed handoff that this one asks again for. `worker_name` is who had the conversation,
    `wrap_up_note` what they noted at its end; both are empty where TaskRouter does not tell.
    """

    id: str
    thread: str
    channel: str
    attempt: int
    customer_address: str
    agent_address: str
    payload: HandoffPayload
    state: HandoffState
    requested_at: datetime
    execution_sid: str = ""
    task_sid: str = ""
    failure: str = ""
    next_step: str = ""
    detail: str = ""
    replay_of: str = ""
    worker_name: str = ""
    wrap_up_note: str = ""
    changes: list[Change] = field(default_factory=list)

    @property
    def conversation_id(self) -> str:
        return self.payload.conversation_id

    @property
    def was_delivered(self) -> bool:
        """Whether it had arrived, whatever came of it then."""
        return any(one.state is HandoffState.DELIVERED for one in self.changes)

    @property
    def was_with_human(self) -> bool:
        """Whether a human had the conversation and has left it."""
        return self.state in REOPENED and any(one.state in _WITH_HUMAN for one in self.changes)

    @property
    def is_for_now(self) -> bool:
        """Whether a human is to come into this conversation, not later."""
        return self.payload.attributes.customer_choice in ("", "wait")

    @property
    def is_next_step(self) -> bool:
        """Whether it is to arrange what comes in place of a human: because the customer chose so,
        or by the ways left to a call whose handoff had brought nobody."""
        return not self.is_for_now or (bool(self.replay_of) and not self.was_delivered)

    @property
    def holds_conversation(self) -> bool:
        return self.state in HOLDING

    @property
    def is_waiting(self) -> bool:
        return self.state in WAITING

    @property
    def seconds_to_human(self) -> float | None:
        """From the request until a human accepted; None before that."""
        accepted = (one.at for one in self.changes if one.state is HandoffState.ACCEPTED)
        at = next(accepted, None)
        return (at - self.requested_at).total_seconds() if at else None

    @property
    def may_have_arrived(self) -> bool:
        """Whether it has failed only because nobody knew what became of it."""
        is_unknown = self.failure == FailureReason.OUTCOME_UNKNOWN
        return self.state is HandoffState.FAILED and is_unknown

    def may_become(self, state: HandoffState, *, is_new_human: bool = False) -> bool:
        """`is_new_human`: somebody comes who is not the human that left it, if there was one."""
        is_after_all = self.may_have_arrived and state in AFTER_ALL
        is_reopened = is_new_human and self.state in REOPENED and state is HandoffState.ACCEPTED
        return state in MOVES[self.state] or is_after_all or is_reopened

    def check_move(self, state: HandoffState, *, is_new_human: bool = False) -> None:
        """Raises HandoffError when the record may not go to `state`."""
        if not self.may_become(state, is_new_human=is_new_human):
            raise HandoffError(f"Handoff {self.id} is {self.state} and cannot become {state}")
