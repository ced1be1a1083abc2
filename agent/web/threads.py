"""The conversation of a visitor: the open one, or a new one."""

from __future__ import annotations

import hashlib

from agent.errors import TwilioApiError
from agent.twilio_api.classic import CONFLICT, ClassicClient, ClassicConversation

FRIENDLY_NAME = "Web chat"
LONGEST_WALK = 20


class Threads:
    """Finds and opens conversations, one open at a time for each visitor."""

    def __init__(self, classic: ClassicClient) -> None:
        self._classic = classic

    async def open(self, identity: str) -> ClassicConversation:
        """The visitor's open conversation, however many pages ask for it at once.

        A new one is named after the one before it, so only one page can create it and the others
        find it. Raises TwilioApiError when Twilio refuses.
        """
        known = await self._classic.list_conversations_of(identity)
        known.sort(key=lambda one: one.created_at)
        newest = known[-1] if known else None
        for _walked in range(LONGEST_WALK):
            if newest and newest.is_open:
                if newest not in known:
                    await self._classic.add_participant(newest.sid, identity)
                return newest
            newest = await self._create_after(newest, identity)
        raise TwilioApiError("Too many closed conversations of one visitor are not listed")

    async def _create_after(
        self, previous: ClassicConversation | None, identity: str
    ) -> ClassicConversation:
        visitor = hashlib.sha256(identity.encode()).hexdigest()[:32]
        name = f"web-{visitor}-after-{previous.sid if previous else 'none'}"
        try:
            return await self._classic.create_conversation(
                unique_name=name, friendly_name=FRIENDLY_NAME
            )
        except TwilioApiError as error:
            if error.status != CONFLICT:
                raise
            return await self._classic.fetch_conversation(name)
