"""Handoffs of calls that ended before anybody had noted what became of them: they end too.

The process that had the call died, or nobody tells of its task, or the call never reached the flow
or its queue; then the caller is gone, and what is left for them is arranged.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from agent.errors import TwilioApiError
from agent.handoff.payload import TASK_HANDOFF_ID
from agent.handoff.reasons import FailureReason
from agent.handoff.record import UNDER_WAY, HandoffRecord, HandoffState
from agent.handoff.ways import is_callback
from agent.store.handoff_search import HandoffSearch
from agent.store.handoffs import HandoffStore
from agent.twilio_api.calls import OVER, CallsClient
from agent.twilio_api.taskrouter import Task, TaskRouterClient

logger = logging.getLogger(__name__)

NOT_FOUND = 404
ENDS = {
    "assigned": HandoffState.ENDED,
    "wrapping": HandoffState.ENDED,
    "completed": HandoffState.ENDED,
    "canceled": HandoffState.ABANDONED,
}
"""What a task's assignment status tells of a call that is over."""
GoElsewhere = Callable[[str, FailureReason, str], Awaitable[object]]


class CallWatch:
    """Looks at the calls of handoffs that nobody is known to have taken.

    `go_elsewhere` is that of `HandoffRequests`.
    """

    def __init__(
        self,
        search: HandoffSearch,
        store: HandoffStore,
        calls: CallsClient,
        taskrouter: TaskRouterClient,
        go_elsewhere: GoElsewhere,
    ) -> None:
        self._search = search
        self._store = store
        self._calls = calls
        self._taskrouter = taskrouter
        self._go_elsewhere = go_elsewhere
        self._next_look: dict[str, float] = {}

    async def look(self, *, seconds: float) -> None:
        """At those that are older, each at most once in so many seconds."""
        records = await self._search.left_on_call(seconds=seconds)
        now = asyncio.get_running_loop().time()
        looks = {record.id: self._next_look.get(record.id, now) for record in records}
        self._next_look = looks
        for record in records:
            if looks[record.id] <= now:
                looks[record.id] = now + seconds
                await self._look_at(record)

    async def _look_at(self, record: HandoffRecord) -> None:
        try:
            detail = await self._find_end(record.thread)
            if detail and record.state in UNDER_WAY:
                await self._note_caller_left(record, detail)
            elif detail:
                await self._note_what_became(record, detail)
        except TwilioApiError as error:
            logger.warning("Handoff %s: %s", record.id, error)

    async def _find_end(self, call_sid: str) -> str:
        """How the call has ended; empty while it goes on."""
        try:
            status = await self._calls.fetch_status(call_sid)
        except TwilioApiError as error:
            if error.status == NOT_FOUND:
                return str(error)
            raise
        return f"the call is over: {status}" if status in OVER else ""

    async def _note_caller_left(self, record: HandoffRecord, detail: str) -> None:
        """Unless somebody knows better meanwhile."""
        failure = FailureReason.CALLER_LEFT.value
        await self._store.advance(record.id, HandoffState.FAILED, failure=failure, detail=detail)

    async def _note_what_became(self, record: HandoffRecord, detail: str) -> None:
        """The flow was to take the call: its task tells whether a human had it. A task is kept for
        some minutes after its end (https://www.twilio.com/docs/taskrouter/api/task)."""
        task = await self._find_task(record)
        if task is None:
            logger.error("Call %s reached no queue: %s", record.thread, detail)
            await self._go_elsewhere(record.thread, FailureReason.NOT_QUEUED, detail)
        elif state := ENDS.get(task.status):
            await self._store.advance(record.id, state, detail=detail, task_sid=task.sid)

    async def _find_task(self, record: HandoffRecord) -> Task | None:
        """By the call, where the flow had no answer of ours when it queued the caller."""
        for attribute, value in ((TASK_HANDOFF_ID, record.id), ("call_sid", record.thread)):
            tasks = await self._taskrouter.list_tasks(attribute, value, with_canceled=True)
            of_callers = [task for task in tasks if not is_callback(task.attributes)]
            if of_callers:
                return of_callers[-1]
        return None
