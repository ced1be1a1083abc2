"""Who is in a conversation, as far as Orchestrator's events have told: so that nobody need ask.

https://www.twilio.com/docs/conversations/orchestrator/webhooks
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

from tac.models.conversation import ParticipantResponse

from agent.twilio_api.orchestrator import read_participant

CONVERSATIONS_KEPT = 10_000


class Roster:
    """Participants by conversation; the conversation that was heard of least recently goes."""

    def __init__(self) -> None:
        self._conversations: OrderedDict[str, dict[str, ParticipantResponse]] = OrderedDict()

    def take(self, kind: object, participant: dict[str, Any]) -> None:
        """Note who came, changed or left; events that cannot be read are left out."""
        read = read_participant(participant)
        if read is None:
            return
        known = self._conversations.setdefault(read.conversation_id, {})
        self._conversations.move_to_end(read.conversation_id)
        known.pop(read.id, None)
        if kind != "PARTICIPANT_REMOVED":
            known[read.id] = read
        if len(self._conversations) > CONVERSATIONS_KEPT:
            self._conversations.popitem(last=False)

    def find(self, conversation_id: str, customer_id: str) -> list[ParticipantResponse]:
        """Everybody known, if this participant is a CUSTOMER among them. Else nobody: an event may
        be missing, and somebody of a type not settled turn out to be a human agent."""
        known = self._conversations.get(conversation_id, {})
        customer = known.get(customer_id)
        return [*known.values()] if customer and customer.type == "CUSTOMER" else []

    def has_met(self, conversation_id: str, participant_id: str | None) -> bool:
        """Whether it was told when this participant came, or what became of them."""
        return participant_id in self._conversations.get(conversation_id, {})

    def forget(self, conversation_id: str) -> bool:
        """Whether anybody had been known."""
        return bool(self._conversations.pop(conversation_id, None))
