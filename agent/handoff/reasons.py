"""Why a handoff failed, and what each reason means for the customer and for us."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class FailureReason(StrEnum):
    """The typed end of a handoff that brought nobody to a human."""

    STUDIO_REFUSED = "studio_refused"
    NOT_ALLOWED = "not_allowed"
    FLOW_NOT_FOUND = "flow_not_found"
    CONTACT_BUSY = "contact_busy"
    STUDIO_UNAVAILABLE = "studio_unavailable"
    OUTCOME_UNKNOWN = "outcome_unknown"
    FLOW_FAILED = "flow_failed"
    CALLER_LEFT = "caller_left"
    NO_WORKFLOW = "no_workflow"
    INTERNAL = "internal"


class NextStep(StrEnum):
    """What was arranged for the customer in place of a human in this conversation."""

    CALLBACK = "callback"
    TICKET = "ticket"


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

MEANINGS = {
    FailureReason.STUDIO_REFUSED: Meaning(
        SORRY, True, "Studio refused the request: see its words in the record"
    ),
    FailureReason.NOT_ALLOWED: Meaning(
        SORRY, True, "the API key may not start the flow: check TWILIO_API_KEY and its secret"
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
    FailureReason.OUTCOME_UNKNOWN: Meaning(
        UNSURE, False, "Studio may or may not have started: look for the handoff id in its logs"
    ),
    FailureReason.FLOW_FAILED: Meaning(
        HERE_AGAIN, True, "the flow found nobody and said so: see its execution in Studio's logs"
    ),
    FailureReason.CALLER_LEFT: Meaning("", False, "the caller hung up before the transfer"),
    FailureReason.NO_WORKFLOW: Meaning(
        SORRY, True, "the call's session ended at this server: set AGENT_FLEX_WORKFLOW_SID"
    ),
    FailureReason.INTERNAL: Meaning(SORRY, False, "a fault of ours: see the log"),
}


def reason_of_status(status: int | None) -> FailureReason:
    """The reason that an HTTP status of Studio stands for; None: it never answered."""
    if status in {401, 403}:
        return FailureReason.NOT_ALLOWED
    if status == 404:
        return FailureReason.FLOW_NOT_FOUND
    if status == 409:
        return FailureReason.CONTACT_BUSY
    if status is None or status == 429 or status >= 500:
        return FailureReason.STUDIO_UNAVAILABLE
    return FailureReason.STUDIO_REFUSED
