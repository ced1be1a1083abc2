"""What the tool `handoff` is answered: a human now, or why not and what there is instead."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from enum import StrEnum

from agent.conversation import Conversation
from agent.handoff.availability import Absence, Availability, Why
from agent.handoff.payload import Escalation
from agent.handoff.reasons import FailureReason, Way
from agent.handoff.record import HandoffRecord, HandoffState
from agent.handoff.requests import HandoffRequests
from agent.handoff.ways import phone_number_of
from agent.phrases import Phrases

WAIT = "wait"
_LATER = (Way.CALLBACK, Way.TICKET)


class Answer(StrEnum):
    """What became of the model's wish for a human."""

    TAKES_OVER = "takes_over"
    NOBODY_THERE = "nobody_there"
    CALLBACK = "callback"
    TICKET = "ticket"
    UNDER_WAY = "under_way"
    UNKNOWN = "unknown"
    NOT_ARRANGED = "not_arranged"
    NUMBER_NEEDED = "number_needed"
    NOT_OFFERED = "not_offered"


@dataclass(frozen=True)
class Reply:
    """`absence` says why nobody is there, `offers` what the customer may choose."""

    answer: Answer
    absence: Absence | None = None
    offers: list[str] = field(default_factory=list)

    def in_phrases(self, phrases: Phrases) -> str:
        """What the customer is told without the model: empty unless nobody is there."""
        if self.absence is None:
            return ""
        words, opens = phrases.absence, self.absence.until(phrases.calendar)
        why = words.opens.format(opens=opens) if opens else getattr(words, self.absence.why)
        offers = words.between.join(words.offers[offer] for offer in self.offers)
        return f"{why} {words.offer.format(offers=offers) if offers else words.no_offer}"


class Desk:
    """Looks whether somebody is there before a human is promised."""

    def __init__(
        self,
        requests: HandoffRequests,
        availability: Availability,
        ways: Collection[Way],
        *,
        offers_wait: bool,
    ) -> None:
        self._requests = requests
        self._availability = availability
        self._later = [way.value for way in _LATER if way in ways]
        self._offers_wait = offers_wait

    async def ask(self, conversation: Conversation, escalation: Escalation) -> Reply:
        """Raises HandoffError when the conversation has been handed over too often."""
        if escalation.customer_choice in [way.value for way in _LATER]:
            return await self._arrange(conversation, escalation)
        absence = await self._availability.look()
        offers = self._offers(absence)
        is_wanted = escalation.customer_choice == WAIT and WAIT in offers
        if absence and not is_wanted and conversation.handoff is None:
            return Reply(Answer.NOBODY_THERE, absence, offers)
        await self._requests.request(conversation, escalation)
        return Reply(Answer.TAKES_OVER)

    def _offers(self, absence: Absence | None) -> list[str]:
        may_wait = self._offers_wait and absence is not None and absence.why is not Why.CLOSED
        return [*self._later, *([WAIT] if may_wait else [])]

    async def _arrange(self, conversation: Conversation, escalation: Escalation) -> Reply:
        choice = escalation.customer_choice
        if choice not in self._later:
            return Reply(Answer.NOT_OFFERED, offers=self._later)
        address = escalation.callback_number or conversation.customer_address
        if choice == Way.CALLBACK.value and not phone_number_of(address):
            return Reply(Answer.NUMBER_NEEDED)
        return Reply(_answer_of(await self._requests.arrange(conversation, escalation)))


def _answer_of(record: HandoffRecord) -> Answer:
    if record.is_for_now:
        return Answer.TAKES_OVER
    if record.next_step:
        return Answer(record.next_step)
    if record.state is not HandoffState.FAILED:
        return Answer.UNDER_WAY
    is_unknown = record.failure == FailureReason.OUTCOME_UNKNOWN
    return Answer.UNKNOWN if is_unknown else Answer.NOT_ARRANGED
