"""The Summary operator without a model: the sentences that matter, picked from what was said."""

from __future__ import annotations

from getting_started.twilio_emulator.orchestrator.models import Conversation, Participant

MAX_LENGTH = 500
MAX_QUOTE = 150
MIN_WORDS = 3  # fewer say hello or yes


def summarize(conversation: Conversation) -> str | None:
    """What the customer asked for, what they said last, what they were told; None of silence."""
    customer = _said_by(conversation, "CUSTOMER")
    ours = _said_by(conversation, "AI_AGENT", "AGENT", "UNKNOWN")
    human = _said_by(conversation, "HUMAN_AGENT")
    requests = [text for text in customer if len(text.split()) >= MIN_WORDS] or customer
    parts = []
    if requests:
        parts.append(f"The customer asked: {_quote(requests[0])}")
    if len(requests) > 1:
        parts.append(f"Last they said: {_quote(requests[-1])}")
    if ours:
        parts.append(f"The virtual agent said: {_quote(ours[-1])}")
    if human:
        parts.append(f"A human answered: {_quote(human[-1])}")
    return cut(" ".join(parts), MAX_LENGTH) if parts else None


def cut(text: str, length: int) -> str:
    """`text`, or as many of its words as fit, marked."""
    if len(text) <= length:
        return text
    return text[: length - 1].rsplit(" ", 1)[0].rstrip(".,;:") + "…"


def _quote(text: str) -> str:
    return f"“{cut(' '.join(text.split()), MAX_QUOTE)}”"


def _said_by(conversation: Conversation, *types: str) -> list[str]:
    def is_one(participant: Participant | None) -> bool:
        return participant is not None and participant.type in types

    return [
        one.content.text
        for one in conversation.communications.values()
        if is_one(conversation.participants.get(one.author.participant_id))
        and one.content.text.strip()
    ]
