"""Why a handoff failed, which ways lead to a human, and what each means for the customer."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from agent.errors import TwilioApiError


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


@dataclass(frozen=True)
class Arrival:
    """What it means that a way has worked.

    Without a `next_step` a human comes into this conversation, and the record keeps what the way
    made in its column `kept_as`. `customer_hears` is said where another way has failed before
    (empty: what was said stays true); `caller_hears` at the end of a call that found no human.
    """

    next_step: NextStep | None
    kept_as: str = ""
    customer_hears: str = ""
    caller_hears: str = ""


@dataclass(frozen=True)
class Meaning:
    """What follows from a failure.

    `customer_hears` is said on the channel (empty: nobody is there to hear it); `may_go_elsewhere`
    says whether another way to a human may be tried without risking two; `operator` says what to
    look at.
    """

    customer_hears: str
    may_go_elsewhere: bool
    operator: str


SORRY = (
    "I'm sorry, I could not reach a colleague just now. I am still here and will go on helping "
    "you; you can ask for a person again at any time."
)
UNSURE = (
    "I'm sorry, I could not confirm that a colleague has taken over. I am still here; please ask "
    "for a person again if nobody writes to you in the next minutes."
)
HERE_AGAIN = (
    "No colleague could take over, so I am here again and will go on helping you. You can ask for "
    "a person again at any time."
)
AFTER_ALL = "A colleague can take over after all. They will write to you here."
"""For a customer who was told of a failure before."""

ARRIVALS = {
    Way.STUDIO: Arrival(None, kept_as="execution_sid"),
    Way.FLEX: Arrival(None, kept_as="task_sid"),
    Way.CALLBACK: Arrival(
        NextStep.CALLBACK,
        kept_as="task_sid",
        customer_hears=(
            "I'm sorry, I could not reach a colleague just now. A colleague will call you back. "
            "Until then I am here and will go on helping you."
        ),
        caller_hears=(
            "I am sorry, we cannot connect you with a person right now. A colleague will call you "
            "back. Goodbye."
        ),
    ),
    Way.TICKET: Arrival(
        NextStep.TICKET,
        customer_hears=(
            "I'm sorry, I could not reach a colleague just now. I have passed your request on to "
            "the team. Until they answer I am here and will go on helping you."
        ),
        caller_hears=(
            "I am sorry, we cannot connect you with a person right now. I have passed your request "
            "on to the team. Goodbye."
        ),
    ),
}

MEANINGS = {
    FailureReason.STUDIO_REFUSED: Meaning(
        SORRY, True, "Studio refused the request: see its words in the record"
    ),
    FailureReason.NOT_ALLOWED: Meaning(
        SORRY, True, "our credentials were refused: check TWILIO_API_KEY and its secret"
    ),
    FailureReason.FLOW_NOT_FOUND: Meaning(
        SORRY, True, "there is no such flow: check TWILIO_STUDIO_HANDOFF_FLOW_SID"
    ),
    FailureReason.CONTACT_BUSY: Meaning(
        SORRY, True, "another execution of this contact is active: end it in Studio's logs"
    ),
    FailureReason.STUDIO_UNAVAILABLE: Meaning(
        SORRY, True, "Studio did not take the request in several attempts: see its status page"
    ),
    FailureReason.WAY_REFUSED: Meaning(
        SORRY, True, "the way was refused: see the answer in the record"
    ),
    FailureReason.WAY_NOT_FOUND: Meaning(
        SORRY, True, "no such workspace, workflow or address: check the settings of this way"
    ),
    FailureReason.WAY_UNAVAILABLE: Meaning(
        SORRY, True, "nobody took the request in several attempts: see the record"
    ),
    FailureReason.OUTCOME_UNKNOWN: Meaning(
        UNSURE, False, "it may or may not have arrived: look for the handoff id where it was sent"
    ),
    FailureReason.FLOW_FAILED: Meaning(
        HERE_AGAIN, True, "the flow found nobody and said so: see its execution in Studio's logs"
    ),
    FailureReason.CALLER_LEFT: Meaning("", False, "the caller hung up before the transfer"),
    FailureReason.NO_WORKFLOW: Meaning(
        SORRY, True, "the call's session ended at this server: set AGENT_FLEX_WORKFLOW_SID"
    ),
    FailureReason.NO_WAY: Meaning(
        SORRY,
        True,
        "no way in AGENT_HANDOFF_WAYS that is set up leads from this channel to a human",
    ),
    FailureReason.NOT_QUEUED: Meaning(
        SORRY, True, "no queue took the call: see the tasks of the workflow in TaskRouter"
    ),
    FailureReason.NOBODY_THERE: Meaning(
        SORRY, True, "nobody was there, and the customer chose something else"
    ),
    FailureReason.INTERNAL: Meaning(SORRY, False, "a fault of ours: see the log"),
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
