"""What the widget shows of a handoff: its state among the attributes of the conversation.

`{"handoff": {"id", "state"}}`, with `state` one of the values below. Twilio tells every browser in
the conversation; a page that is loaded later reads it there. Who knows how long the queue is (a
flow, a plugin of Flex) adds `place` and `minutes`: they are shown, and kept until the state
changes.
"""

from __future__ import annotations

import asyncio
import logging

from sqlalchemy.exc import SQLAlchemyError

from agent.errors import TwilioApiError
from agent.handoff.record import HandoffRecord, HandoffState
from agent.settings import Settings
from agent.store.handoffs import HandoffStore
from agent.twilio_api.classic import ClassicClient

logger = logging.getLogger(__name__)

SHOWN_AS = {
    HandoffState.REQUESTED: "requested",
    HandoffState.DELIVERING: "requested",
    HandoffState.DELIVERED: "requested",
    HandoffState.QUEUED: "queued",
    HandoffState.ACCEPTED: "accepted",
    HandoffState.ENDED: "returned",
    HandoffState.RETURNED: "returned",
    HandoffState.FAILED: "failed",
    HandoffState.CANCELED: "canceled",
    HandoffState.ABANDONED: "canceled",
}
LEFT = "left"
"""How ENDED is shown where nobody answers after the human."""


class HandoffNotices:
    """Writes the newest state of web chats, behind whatever changed it; without `classic` there
    are none."""

    def __init__(
        self, store: HandoffStore, classic: ClassicClient | None, settings: Settings
    ) -> None:
        self._store = store
        self._classic = classic
        self._ended = LEFT if settings.after_human == "silent" else SHOWN_AS[HandoffState.ENDED]
        self._to_tell: set[str] = set()
        self._tellers: dict[str, asyncio.Task[None]] = {}

    def notice(self, record: HandoffRecord) -> None:
        """A record has changed; returns at once."""
        thread = record.thread
        if self._classic is None or record.channel != "CHAT" or not thread.startswith("CH"):
            return
        self._to_tell.add(thread)
        if thread not in self._tellers:
            self._tellers[thread] = asyncio.create_task(self._tell(self._classic, thread))

    async def finish(self) -> None:
        """Wait until everything noticed is told."""
        while self._tellers:
            await asyncio.gather(*self._tellers.values())

    async def _tell(self, classic: ClassicClient, thread: str) -> None:
        """What is newest now, and again if it changes meanwhile: the last word is the truth."""
        try:
            while thread in self._to_tell:
                self._to_tell.discard(thread)
                await self._try_to_write(classic, thread)
        finally:
            del self._tellers[thread]  # with the last look: what is noticed next finds nobody here

    async def _try_to_write(self, classic: ClassicClient, thread: str) -> None:
        try:
            await self._write(classic, thread)
        except (TwilioApiError, SQLAlchemyError) as error:
            logger.warning("The web chat does not show the handoff of %s: %s", thread, error)

    async def _write(self, classic: ClassicClient, thread: str) -> None:
        record = await self._store.latest(thread)
        if record is None:
            return
        attributes = (await classic.fetch_conversation(thread)).attributes
        is_ended = record.state is HandoffState.ENDED
        state = self._ended if is_ended else SHOWN_AS[record.state]
        shown = {"id": record.id, "state": state}
        known = attributes.get("handoff")
        if not isinstance(known, dict) or not shown.items() <= known.items():
            await classic.update_attributes(thread, {**attributes, "handoff": shown})
