"""Recall: which memories fit a question, by the words they share.

Twilio searches by meaning; shared words are the honest part of that which needs no model.
https://www.twilio.com/docs/conversations/memory
"""

from __future__ import annotations

import re
from typing import Any, TypeVar

from getting_started.twilio_emulator.memory.models import (
    Observation,
    Profile,
    RecallRequest,
    Summary,
)
from getting_started.twilio_emulator.orchestrator.models import Communication, Conversation

Memory = TypeVar("Memory", Observation, Summary)
EXPANSION = 10


def recall(
    profile: Profile, request: RecallRequest, conversations: list[Conversation]
) -> dict[str, Any]:
    """The answer but for its `meta`. Without a query, the most recent memories."""
    query = request.query or _expand(request.conversation_id, conversations)
    communications = [
        (conversation, one)
        for conversation in conversations
        for one in conversation.communications.values()
    ]
    newest = communications[::-1][: request.communications_limit]
    return {
        "observations": _best(
            list(profile.observations.values()), query, request, request.observations_limit
        ),
        "summaries": _best(
            list(profile.summaries.values()), query, request, request.summaries_limit
        ),
        "communications": [_to_json(conversation, one) for conversation, one in newest],
    }


def score(query: str, content: str) -> float:
    """The part of the question's words that the memory holds, 0 to 1."""
    asked = _words(query)
    return round(len(asked & _words(content)) / len(asked), 2) if asked else 0.0


def _best(
    memories: list[Memory], query: str | None, request: RecallRequest, limit: int
) -> list[dict[str, Any]]:
    dated = [
        one
        for one in memories
        if _is_between(one.occurred_at, request.begin_date, request.end_date)
    ]
    newest_first = sorted(dated, key=lambda one: one.occurred_at, reverse=True)
    if query is None:
        return [one.to_json() for one in newest_first[:limit]]
    scored = [(score(query, one.content), one) for one in newest_first]
    ranked = sorted(scored, key=lambda pair: pair[0], reverse=True)
    return [
        {**one.to_json(), "score": points}
        for points, one in ranked[:limit]
        if points >= request.relevance_threshold
    ]


def _expand(conversation_id: str | None, conversations: list[Conversation]) -> str | None:
    """A question made of what was said last in the conversation."""
    for conversation in conversations:
        if conversation.id == conversation_id and conversation.communications:
            last = list(conversation.communications.values())[-EXPANSION:]
            return " ".join(one.content.text for one in last)
    return None


def _words(text: str) -> set[str]:
    return {word for word in re.findall(r"\w+", text.lower()) if len(word) > 2}


def _is_between(moment: str, begin: str | None, end: str | None) -> bool:
    return (begin is None or moment >= begin) and (end is None or moment < end)


def _to_json(conversation: Conversation, communication: Communication) -> dict[str, Any]:
    return {
        "id": communication.id,
        "author": _to_person(conversation, communication.author.model_dump()),
        "content": {"text": communication.content.text},
        "recipients": [
            _to_person(conversation, one.model_dump()) for one in communication.recipients
        ],
        "channelId": communication.channel_id,
        "createdAt": communication.created_at,
        "updatedAt": communication.updated_at,
    }


def _to_person(conversation: Conversation, party: dict[str, Any]) -> dict[str, Any]:
    participant = conversation.participants.get(party["participant_id"])
    return {
        "id": party["participant_id"],
        "name": participant.name if participant else party["address"],
        "address": party["address"],
        "channel": party["channel"],
        "type": participant.type if participant else "UNKNOWN",
        "profileId": participant.profile_id if participant else None,
    }
