"""Why a handoff failed, which ways lead to a human, and what each means for the customer."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from agent.errors import TwilioApiError
from agent.phrases import Phrases, Words


class FailureReason(StrEnum):
    """The typed end of a handoff that brought nobody to a human."""

    STUDIO_REFUSED = "studio_refused"
    NOT_ALLOWED = "not_allowed"
    FLOW_NOT_FOUND = "flow_not_found"
    CONTACT_BUSY = "contact_busy"
    STUDIO_UNAVAILABLE = "studio_unavailable"
    WAY_REFUSED = "way_refused"
    WAY_NOT_FOUND = "way_not_found"
    WAY_UNAVAILABLE = "way_unavailable"
    OUTCOME_UNKNOWN = "outcome_unknown"
    FLOW_FAILED = "flow_failed"
    TASK_CANCELED = "task_canceled"
    CALLER_LEFT = "caller_left"
    NO_WORKFLOW = "no_workflow"
    NO_WAY = "no_way"
    NOT_QUEUED = "not_queued"
    NOBODY_THERE = "nobody_there"
    INTERNAL = "internal"


class Way(StrEnum):
    """A way to a human. The last two lead to one later, not into this conversation."""

    STUDIO = "studio"
    FLEX = "flex"
    CALLBACK = "callback"
    TICKET = "ticket"


class NextStep(StrEnum):
    """What was arranged for the customer in place of a human in this conversation."""

    CALLBACK = "callback"
    TICKET = "ticket"


def _nothing(_phrases: Phrases) -> str:
    return ""


@dataclass(frozen=True)
class Arrival:
    """What it means that a way has worked.

    Without a `next_step` a human comes into this conversation, and the record keeps what the way
    made in its column `kept_as`. `customer_hears` is said where another way has failed before
    (nothing: what was said stays true); `caller_hears` at the end of a call that found no human.
    """

    next_step: NextStep | None
    kept_as: str = ""
    customer_hears: Words = _nothing
    caller_hears: Words = _nothing


@dataclass(frozen=True)
class Meaning:
    """What follows from a failure.

    `operator` says what to look at; `may_go_elsewhere` says whether another way to a human may be
    tried without risking two; `customer_hears` is said on the channel.
    """

    operator: str
    may_go_elsewhere: bool = True
    customer_hears: Words = lambda phrases: phrases.sorry


ARRIVALS = {
    Way.STUDIO: Arrival(None, kept_as="execution_sid"),
    Way.FLEX: Arrival(None, kept_as="task_sid"),
    Way.CALLBACK: Arrival(
        NextStep.CALLBACK,
        kept_as="task_sid",
        customer_hears=lambda phrases: phrases.callback,
        caller_hears=lambda phrases: phrases.callback_goodbye,
    ),
    Way.TICKET: Arrival(
        NextStep.TICKET,
        customer_hears=lambda phrases: phrases.ticket,
        caller_hears=lambda phrases: phrases.ticket_goodbye,
    ),
}

MEANINGS = {
    FailureReason.STUDIO_REFUSED: Meaning(
        "Studio refused the request: see its words in the record"
    ),
    FailureReason.NOT_ALLOWED: Meaning(
        "our credentials were refused: check TWILIO_API_KEY and its secret"
    ),
    FailureReason.FLOW_NOT_FOUND: Meaning(
        "there is no such flow: check TWILIO_STUDIO_HANDOFF_FLOW_SID"
    ),
    FailureReason.CONTACT_BUSY: Meaning(
        "another execution of this contact is active: end it in Studio's logs"
    ),
    FailureReason.STUDIO_UNAVAILABLE: Meaning(
        "Studio did not take the request in several attempts: see its status page"
    ),
    FailureReason.WAY_REFUSED: Meaning("the way was refused: see the answer in the record"),
    FailureReason.WAY_NOT_FOUND: Meaning(
        "no such workspace, workflow or address: check the settings of this way"
    ),
    FailureReason.WAY_UNAVAILABLE: Meaning(
        "nobody took the request in several attempts: see the record"
    ),
    FailureReason.OUTCOME_UNKNOWN: Meaning(
        "it may or may not have arrived: look for the handoff id where it was sent",
        may_go_elsewhere=False,
        customer_hears=lambda phrases: phrases.unsure,
    ),
    FailureReason.FLOW_FAILED: Meaning(
        "the flow found nobody and said so: see its execution in Studio's logs",
        customer_hears=lambda phrases: phrases.here_again,
    ),
    FailureReason.TASK_CANCELED: Meaning(
        "TaskRouter ended the task before anybody had accepted: see the reason in the record, the "
        "workflow's time-outs, and whether its queue has workers",
        customer_hears=lambda phrases: phrases.here_again,
    ),
    FailureReason.CALLER_LEFT: Meaning(
        "the caller hung up before the transfer", may_go_elsewhere=False, customer_hears=_nothing
    ),
    FailureReason.NO_WORKFLOW: Meaning(
        "the call's session ended at this server: set AGENT_FLEX_WORKFLOW_SID"
    ),
    FailureReason.NO_WAY: Meaning(
        "no way in AGENT_HANDOFF_WAYS that is set up leads from this channel to a human"
    ),
    FailureReason.NOT_QUEUED: Meaning(
        "no queue took the call: see the tasks of the workflow in TaskRouter"
    ),
    FailureReason.NOBODY_THERE: Meaning("nobody was there, and the customer chose something else"),
    FailureReason.INTERNAL: Meaning("a fault of ours: see the log", may_go_elsewhere=False),
}


_ANSWERS = {
    401: FailureReason.NOT_ALLOWED,
    403: FailureReason.NOT_ALLOWED,
    404: FailureReason.WAY_NOT_FOUND,
}
_REASONS = (_ANSWERS, FailureReason.WAY_UNAVAILABLE, FailureReason.WAY_REFUSED)
_REASONS_OF_STUDIO = (
    {**_ANSWERS, 404: FailureReason.FLOW_NOT_FOUND, 409: FailureReason.CONTACT_BUSY},
    FailureReason.STUDIO_UNAVAILABLE,
    FailureReason.STUDIO_REFUSED,
)


def reason_of_error(way: Way, error: TwilioApiError) -> FailureReason:
    """The reason that the last error on a way stands for."""
    answers, unavailable, refused = _REASONS_OF_STUDIO if way is Way.STUDIO else _REASONS
    return unavailable if error.may_pass else answers.get(error.status or 0, refused)
