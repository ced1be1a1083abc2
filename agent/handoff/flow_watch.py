"""Handoffs that Studio took and the flow could not bring to anybody: other ways are gone."""

from __future__ import annotations

import asyncio
import logging

from agent.errors import TwilioApiError
from agent.handoff.durable_delivery import start_elsewhere
from agent.handoff.reasons import FailureReason
from agent.handoff.record import HandoffRecord, HandoffState
from agent.store.handoff_search import HandoffSearch
from agent.store.handoffs import HandoffStore
from agent.twilio_api.studio import StudioClient

logger = logging.getLogger(__name__)

NOT_FOUND = 404
WATCHED_SECONDS = 3600.0
"""So long after it was asked for, a handoff without a task is looked after."""


class FlowWatch:
    """Looks at the executions of handoffs for which no task has appeared."""

    def __init__(self, search: HandoffSearch, store: HandoffStore, studio: StudioClient) -> None:
        self._search = search
        self._store = store
        self._studio = studio
        self._next_look: dict[str, float] = {}

    async def look(self, *, seconds: float) -> None:
        """At those that are older, each at most once in so many seconds."""
        records = await self._search.without_task(seconds=seconds, at_most=WATCHED_SECONDS)
        now = asyncio.get_running_loop().time()
        looks = {record.id: self._next_look.get(record.id, now) for record in records}
        self._next_look = looks
        for record in records:
            if record.execution_sid and looks[record.id] <= now:
                looks[record.id] = now + seconds
                await self._look_at(record)

    async def _look_at(self, record: HandoffRecord) -> None:
        try:
            ending = await self._studio.fetch_end(record.execution_sid)
        except TwilioApiError as error:
            logger.warning("Handoff %s: %s", record.id, error)
            if error.status == NOT_FOUND:
                await self._let_go(record, str(error))
            return
        if ending is None:
            return
        if ending.is_failure:
            logger.error("Handoff %s failed in the flow: %s", record.id, ending.failure)
            await start_elsewhere(record.id, ending.failure)
        self._next_look[record.id] = float("inf")

    async def _let_go(self, record: HandoffRecord, detail: str) -> None:
        """Studio has no such execution, so no human has the conversation because of it."""
        failure = FailureReason.FLOW_FAILED.value
        await self._store.advance(record.id, HandoffState.FAILED, failure=failure, detail=detail)
