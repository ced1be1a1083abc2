"""Handoffs of calls that ended before anybody had noted what became of them: they end too.

The process that had the call died, and the caller hung up: nobody else is told of it.
"""

from __future__ import annotations

import asyncio
import logging

from agent.errors import TwilioApiError
from agent.handoff.reasons import FailureReason
from agent.handoff.record import HandoffRecord, HandoffState
from agent.store.handoffs import HandoffStore
from agent.twilio_api.calls import OVER, CallsClient

logger = logging.getLogger(__name__)

NOT_FOUND = 404


class CallWatch:
    """Looks at the calls of handoffs that nobody has taken."""

    def __init__(self, store: HandoffStore, calls: CallsClient) -> None:
        self._store = store
        self._calls = calls
        self._next_look: dict[str, float] = {}

    async def look(self, *, seconds: float) -> None:
        """At those that are older, each at most once in so many seconds."""
        records = await self._store.left_on_call(seconds=seconds)
        now = asyncio.get_running_loop().time()
        looks = {record.id: self._next_look.get(record.id, now) for record in records}
        self._next_look = looks
        for record in records:
            if looks[record.id] <= now:
                looks[record.id] = now + seconds
                await self._look_at(record)

    async def _look_at(self, record: HandoffRecord) -> None:
        try:
            status = await self._calls.fetch_status(record.thread)
        except TwilioApiError as error:
            logger.warning("Handoff %s: %s", record.id, error)
            if error.status == NOT_FOUND:
                await self._let_go(record, str(error))
            return
        if status in OVER:
            await self._let_go(record, f"the call is over: {status}")

    async def _let_go(self, record: HandoffRecord, detail: str) -> None:
        """Unless somebody knows better meanwhile."""
        failure = FailureReason.CALLER_LEFT.value
        await self._store.advance(record.id, HandoffState.FAILED, failure=failure, detail=detail)
