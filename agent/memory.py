"""What Conversation Memory knows of the customer, as text for the model.

https://www.twilio.com/docs/conversations/memory
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable
from typing import Final, TypeVar

import httpx
from tac.models.memory import MemoryRetrievalResponse, ProfileResponse

from agent.conversation import Conversation
from agent.errors import TwilioApiError
from agent.settings import Settings
from agent.twilio_api.memory import PooledMemoryClient

logger = logging.getLogger(__name__)

Answer = TypeVar("Answer")
TEXT_LIMIT = 4_000


class CustomerMemory:
    """Profile and recall of the customer of one conversation; of no other customer."""

    QUERY_LIMIT: Final = 1024
    """Longest query, in characters: recall is refused beyond."""

    def __init__(self, client: PooledMemoryClient, settings: Settings) -> None:
        self._client = client
        self._settings = settings

    def start(self, conversation: Conversation) -> None:
        """Begin to fetch what is known, so that it is there when the first reply is made."""
        if conversation.recollection is None:
            conversation.recollection = asyncio.create_task(self._recollect(conversation))

    async def recollection_of(self, conversation: Conversation) -> str:
        """What is known; empty when nothing is, or when memory did not answer in time.

        A caller does not wait for it; what comes later is there for the next reply.
        """
        self.start(conversation)
        assert conversation.recollection is not None  # noqa: S101 - set by start
        limit = self._settings.memory_wait_seconds if conversation.is_spoken else None
        done, _ = await asyncio.wait({conversation.recollection}, timeout=limit)
        return conversation.recollection.result() if done else ""

    async def recall(self, conversation: Conversation, query: str) -> str:
        """What is known about `query` (up to QUERY_LIMIT characters), in lines; or nothing.

        Raises TwilioApiError when memory cannot be read.
        """
        if not conversation.profile_id:
            return ""
        return _to_text(None, await self._retrieve(conversation.profile_id, query))

    async def _recollect(self, conversation: Conversation) -> str:
        try:
            async with asyncio.timeout(self._settings.memory_seconds):
                if not conversation.profile_id:
                    conversation.profile_id = await self._look_up(conversation)
                if not conversation.profile_id:
                    return ""
                profile, recalled = await asyncio.gather(
                    _or_none(
                        self._client.get_profile(
                            conversation.profile_id, trait_groups=self._settings.memory_trait_groups
                        )
                    ),
                    _or_none(self._retrieve(conversation.profile_id)),
                )
                return _to_text(profile, recalled)
        except Exception as error:  # noqa: BLE001 - without memory the agent still answers
            logger.warning("Memory did not answer: %s %s", type(error).__name__, error)
            return ""

    async def _look_up(self, conversation: Conversation) -> str:
        address = conversation.customer_address.removeprefix("whatsapp:").removeprefix("rcs:")
        if "@" in address:
            id_type = "email"
        elif address.startswith("+"):
            id_type = "phone"
        else:
            return ""
        found = await self._client.lookup_profile(id_type=id_type, value=address)
        return found.profiles[0] if found.profiles else ""

    async def _retrieve(self, profile_id: str, query: str = "") -> MemoryRetrievalResponse:
        settings = self._settings
        return await self._client.recall(
            profile_id,
            **({"query": query} if query else {}),
            observationsLimit=settings.memory_observations_limit,
            summariesLimit=settings.memory_summaries_limit,
            communicationsLimit=settings.memory_communications_limit,
            relevanceThreshold=settings.memory_relevance_threshold,
        )


async def _or_none(reading: Awaitable[Answer]) -> Answer | None:
    """The one half of memory when the other cannot be read."""
    try:
        return await reading
    except (TwilioApiError, httpx.HTTPError, ValueError) as error:
        logger.warning("Memory was read in part only: %s %s", type(error).__name__, error)
        return None


def _to_text(profile: ProfileResponse | None, recalled: MemoryRetrievalResponse | None) -> str:
    recalled = recalled or MemoryRetrievalResponse()
    lines = []
    if profile and profile.traits:
        lines.append(f"profile: {json.dumps(profile.traits, ensure_ascii=False)}")
    lines += [f"noted: {item.content}" for item in recalled.observations]
    lines += [f"earlier contact: {item.content}" for item in recalled.summaries]
    lines += [
        f"earlier message: {item.content.text}" for item in recalled.communications if item.content
    ]
    return "\n".join(lines)[:TEXT_LIMIT]
