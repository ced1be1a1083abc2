"""Calling off a handoff for which no human has come yet: its task ends, the agent goes on.

The customer may want that who waits ("never mind"), or an operator. Whether a human was faster is
decided by TaskRouter: it cancels a task only while nobody has accepted it.
"""

from __future__ import annotations

import logging

from agent.errors import HandoffError, TwilioApiError
from agent.handoff.payload import TASK_HANDOFF_ID
from agent.handoff.record import HandoffRecord, HandoffState
from agent.store.handoffs import HandoffStore
from agent.twilio_api.flex import FlexClient
from agent.twilio_api.studio import StudioClient
from agent.twilio_api.taskrouter import Task, TaskRouterClient

logger = logging.getLogger(__name__)

BY_CUSTOMER = "called off by the customer"
BY_OPERATOR = "called off by an operator"
GIVEN_BACK = "given back by an operator"
CALLED_OFF = {
    BY_CUSTOMER: HandoffState.CANCELED,
    BY_OPERATOR: HandoffState.CANCELED,
    GIVEN_BACK: HandoffState.RETURNED,
}
"""What becomes of a handoff whose task we cancel, by the reason that TaskRouter keeps."""
BY_OTHERS = (BY_OPERATOR, GIVEN_BACK)
"""Of these reasons the customer is still to be told."""


def check_free(record: HandoffRecord, state: HandoffState) -> None:
    """Raises HandoffError when a human has the handoff, or it may not go to `state`."""
    if record.state is HandoffState.ACCEPTED:
        raise HandoffError(f"A human has accepted handoff {record.id}: they end it in Flex")
    record.check_move(state)


class CallOff:
    """Ends execution, task and record of handoffs that wait."""

    def __init__(
        self,
        store: HandoffStore,
        studio: StudioClient,
        taskrouter: TaskRouterClient,
        flex: FlexClient,
    ) -> None:
        self._store = store
        self._studio = studio
        self._taskrouter = taskrouter
        self._flex = flex

    async def call_off(self, record: HandoffRecord, reason: str) -> HandoffRecord:
        """The record, in the state that the reason, one of CALLED_OFF, stands for.

        Raises HandoffError when a human has it or it is over; TwilioApiError when Twilio does not
        tell, and then nothing is changed.
        """
        state = CALLED_OFF[reason]
        check_free(record, state)
        if record.execution_sid:
            await self._end_execution(record.execution_sid)
        for task in await self._taskrouter.list_tasks(TASK_HANDOFF_ID, record.id):
            await self._cancel(task, reason)
        moved = await self._store.advance(record.id, state, detail=reason)
        record = moved or await self._store.get(record.id) or record
        if record.state is not state:
            raise HandoffError(f"Handoff {record.id} is {record.state} meanwhile")
        return record

    async def drop_late_task(self, record: HandoffRecord) -> None:
        """A task that the flow made while its handoff was being called off."""
        try:
            for task in await self._taskrouter.list_tasks(TASK_HANDOFF_ID, record.id):
                await self._cancel(task, record.detail)
        except (HandoffError, TwilioApiError) as error:
            logger.warning("Handoff %s was called off, its task goes on: %s", record.id, error)

    async def _cancel(self, task: Task, reason: str) -> None:
        """Twilio advises to end tasks through their interaction, but that would also throw out a
        human who accepts at this moment; so the interaction is parked only afterwards.

        https://www.twilio.com/docs/flex/developer/conversations/best-practices
        """
        try:
            await self._taskrouter.cancel_task(task.sid, reason)
        except TwilioApiError:
            status = (await self._taskrouter.fetch_task(task.sid)).status
            if status in {"pending", "reserved"}:
                raise
            if status != "canceled":
                raise HandoffError(f"A human was faster: task {task.sid} is {status}") from None
        try:
            if task.interaction:
                await self._flex.park(task.interaction)
        except TwilioApiError as error:
            logger.warning("The interaction of task %s is not parked: %s", task.sid, error)

    async def _end_execution(self, execution_sid: str) -> None:
        """Mostly it has ended by itself. A task that it still makes is dropped when it appears."""
        try:
            await self._studio.end_execution(execution_sid)
        except TwilioApiError as error:
            logger.warning("Execution %s is not ended: %s", execution_sid, error)
