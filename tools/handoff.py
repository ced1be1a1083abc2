"""The escalation tool: the model asks for a human."""

from __future__ import annotations

import logging

from agent.conversation import Conversation
from agent.errors import HandoffError, ToolError
from agent.handoff.availability import Absence, Why
from agent.handoff.desk import Answer, Reply
from agent.handoff.payload import Escalation
from agent.tool import Tool
from tools.context import ToolContext

logger = logging.getLogger(__name__)

NOT_NOW = (
    "The handoff failed: no further handoff of this conversation is possible now. Tell the "
    "customer so, and go on helping as well as you can."
)
ANSWERS = {
    Answer.TAKES_OVER: (
        "A colleague takes over as soon as you have said goodbye, in one short sentence."
    ),
    Answer.NOBODY_THERE: (
        "Nobody can take over now: {why}. Nothing was handed over. Tell the customer why; do not "
        "promise that somebody comes. {offer}"
    ),
    Answer.CALLBACK: (
        "It is arranged: a colleague will call the customer back. Tell the customer so, and go on "
        "helping."
    ),
    Answer.TICKET: (
        "It is done: the request was passed on to the team. Tell the customer so, and go on "
        "helping."
    ),
    Answer.UNDER_WAY: (
        "It is not confirmed yet. Tell the customer that you have passed the wish on and will say "
        "what became of it, and go on helping."
    ),
    Answer.UNKNOWN: (
        "It is not known whether that worked. Tell the customer that you could not confirm it, and "
        "go on helping."
    ),
    Answer.NOT_ARRANGED: (
        "That failed: nothing was arranged. Tell the customer so, and go on helping."
    ),
    Answer.NUMBER_NEEDED: (
        "No phone number of the customer is known. Ask for it with its country code, then call "
        "handoff again with customer_choice=callback and callback_number."
    ),
    Answer.NOT_OFFERED: "That failed: it is not possible here. {offer}",
}
WHY = {
    Why.CLOSED: "the team is closed{until}",
    Why.NOBODY: "no colleague is available",
    Why.BUSY: "all colleagues are busy, customers waiting already: {waiting}",
}
OFFERS = {
    "callback": "a call back (customer_choice=callback)",
    "ticket": "to pass the request on to the team (customer_choice=ticket)",
    "wait": "to wait for a colleague all the same (customer_choice=wait)",
}
NO_OFFER = "Go on helping as well as you can."
OFFER = "Offer the customer {offers}; call handoff again with what they choose."


def create_tool(context: ToolContext) -> Tool:
    async def run(conversation: Conversation, escalation: Escalation) -> str:
        try:
            reply = await context.desk.ask(conversation, escalation)
        except HandoffError as error:
            logger.warning("No handoff of %s: %s", conversation.id, error)
            raise ToolError(NOT_NOW) from error
        conversation.refusal = reply.in_phrases(conversation.phrases)
        return in_words(reply)

    return Tool("handoff", Escalation, run, has_effects=True)


def in_words(reply: Reply) -> str:
    """What the model is told."""
    offers = " or ".join(OFFERS[offer] for offer in reply.offers)
    offer = OFFER.format(offers=offers) if offers else NO_OFFER
    return ANSWERS[reply.answer].format(why=_why(reply.absence), offer=offer)


def _why(absence: Absence | None) -> str:
    if absence is None:
        return ""
    until = f" until {absence.until()}" if absence.opens else ""
    return WHY[absence.why].format(until=until, waiting=absence.waiting)
