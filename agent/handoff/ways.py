"""The ways to a human, and how each is gone: once, with a look before any second attempt."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, NamedTuple, Protocol

from agent.errors import TwilioApiError
from agent.handoff.payload import TASK_HANDOFF_ID
from agent.handoff.reasons import FailureReason, Way, reason_of_error
from agent.handoff.record import HandoffRecord
from agent.handoff.tickets import TicketClient
from agent.settings import Settings
from agent.twilio_api.flex import FlexClient, Route
from agent.twilio_api.studio import StudioClient
from agent.twilio_api.taskrouter import TaskRouterClient

ATTEMPTS = 4
"""At least so many, while another one can help."""
FIRST_DELAY_SECONDS = 0.2
LONGEST_RETRY_SECONDS = 30.0
"""So long at most a way is waited for that says when to ask again."""
CLOCK_TOLERANCE = timedelta(seconds=60)
CALLBACK_TYPE = "callback"
"""The `type` of the task of a callback: whoever takes it does not take the conversation."""
_CHANNEL_TYPES = {"SMS": "sms", "WHATSAPP": "whatsapp"}
_PHONE = re.compile(r"\+[1-9]\d{6,14}$")


class Outcome(NamedTuple):
    """Which way has worked and what it made (a SID); or why none has, and the particulars. All
    empty: nothing is known of any.

    `retry_in` seconds the same way is to be tried again, if at all; `was_lost` says whether
    something may have been made on it, unheard of.
    """

    way: str = ""
    made: str = ""
    failure: str = ""
    detail: str = ""
    retry_in: float = 0.0
    was_lost: bool = False


class Tried(NamedTuple):
    """Earlier attempts on a way: how many, over how many seconds, and what `Outcome.was_lost`."""

    attempts: int = 0
    seconds: float = 0.0
    was_lost: bool = False


class WayTaken(Protocol):
    """One way, set up. `can_find` says whether it can be asked what an attempt has made; where it
    cannot, a second attempt must do no harm."""

    way: Way
    can_find: bool

    def can_take(self, record: HandoffRecord) -> bool: ...

    async def send(self, record: HandoffRecord) -> str:
        """The SID of what was made. Raises TwilioApiError."""

    async def find(self, record: HandoffRecord) -> str | None:
        """The same of what an earlier attempt made, if it did. Raises TwilioApiError."""


class StudioWay:
    """The handoff flow takes the conversation."""

    way = Way.STUDIO
    can_find = True

    def __init__(self, studio: StudioClient) -> None:
        self._studio = studio

    def can_take(self, record: HandoffRecord) -> bool:
        return record.channel != "VOICE"

    async def send(self, record: HandoffRecord) -> str:
        return await self._studio.create_execution(
            to=record.customer_address,
            from_=record.agent_address,
            parameters={"HandoffData": record.payload.to_wire()},
        )

    async def find(self, record: HandoffRecord) -> str | None:
        since = record.requested_at - CLOCK_TOLERANCE
        return await self._studio.find_execution(record.id, to=record.customer_address, since=since)


class FlexWay:
    """Flex takes the conversation from the workflow, without the flow."""

    way = Way.FLEX
    can_find = True

    def __init__(self, flex: FlexClient, taskrouter: TaskRouterClient, route: Route) -> None:
        self._flex = flex
        self._taskrouter = taskrouter
        self._route = route

    def can_take(self, record: HandoffRecord) -> bool:
        """Only a Conversations (Classic) conversation can be put before a workflow."""
        return record.thread.startswith("CH")

    async def send(self, record: HandoffRecord) -> str:
        interaction = await self._flex.create_interaction(
            self._route,
            channel_type=_CHANNEL_TYPES.get(record.channel, "chat"),
            conversation_sid=record.thread,
            attributes=record.payload.to_task_attributes(),
        )
        return interaction.task_sid

    async def find(self, record: HandoffRecord) -> str | None:
        tasks = await self._taskrouter.list_tasks(TASK_HANDOFF_ID, record.id)
        return next((task.sid for task in tasks if not is_callback(task.attributes)), None)


class CallbackWay:
    """A task to call the customer back."""

    way = Way.CALLBACK
    can_find = True

    def __init__(self, taskrouter: TaskRouterClient, workflow_sid: str) -> None:
        self._taskrouter = taskrouter
        self._workflow_sid = workflow_sid

    def can_take(self, record: HandoffRecord) -> bool:
        return bool(_number_of(record))

    async def send(self, record: HandoffRecord) -> str:
        number = _number_of(record)
        attributes = {
            "type": CALLBACK_TYPE,
            "name": number,
            "customerAddress": number,
            "channel": record.channel,
            **record.payload.to_task_attributes(),
        }
        return await self._taskrouter.create_task(self._workflow_sid, attributes)

    async def find(self, record: HandoffRecord) -> str | None:
        tasks = await self._taskrouter.list_tasks(TASK_HANDOFF_ID, record.id)
        return next((task.sid for task in tasks if is_callback(task.attributes)), None)


class TicketWay:
    """A ticket in the company's own system, which knows a repeated one by its id."""

    way = Way.TICKET
    can_find = False

    def __init__(self, tickets: TicketClient) -> None:
        self._tickets = tickets

    def can_take(self, record: HandoffRecord) -> bool:
        return True

    async def send(self, record: HandoffRecord) -> str:
        return await self._tickets.create_ticket(record)

    async def find(self, record: HandoffRecord) -> str | None:
        return None


async def take(
    way: WayTaken,
    record: HandoffRecord,
    tried: Tried,
    *,
    may_have_begun: bool,
    may_send: bool,
    retry_seconds: float,
) -> Outcome:
    """Go one way, once. Before an attempt that could be the second one, the first is looked for.

    `may_have_begun`: an earlier process, or the flow, may have gone it already. `may_send`:
    nobody has the handoff, and it is not called off. `retry_seconds`: how long to try again.
    """
    try:
        if (may_have_begun or tried.attempts) and (found := await way.find(record)):
            return Outcome(way.way.value, found)
        if not may_send:
            failure = FailureReason.INTERNAL.value
            return Outcome(failure=failure, detail=f"the handoff is {record.state}")
        return Outcome(way.way.value, await way.send(record))
    except TwilioApiError as error:
        was_lost = tried.was_lost or may_have_begun or error.is_lost
        if wait := retry_in(error, tried, retry_seconds):
            return Outcome(detail=str(error), retry_in=wait, was_lost=was_lost)
        return await _explain(way, record, error, was_lost=was_lost)


def retry_in(error: TwilioApiError, tried: Tried, retry_seconds: float) -> float:
    """The seconds until the next attempt, after those `tried` and one that ended in `error`; 0
    when there is to be none."""
    if not error.may_pass:
        return 0.0
    wait: float = FIRST_DELAY_SECONDS * 2**tried.attempts
    if error.retry_after > wait:
        wait, retry_seconds = error.retry_after, max(retry_seconds, LONGEST_RETRY_SECONDS)
    elif tried.attempts + 1 < ATTEMPTS:
        return wait
    return wait if tried.seconds + wait <= retry_seconds else 0.0


async def look(ways: Sequence[WayTaken], earlier: Sequence[HandoffRecord]) -> Outcome:
    """What came of earlier handoffs of which nobody knew, on whatever way."""
    try:
        for record, way in itertools.product(earlier, ways):
            if found := await way.find(record):
                return Outcome(way.way.value, found)
    except TwilioApiError as error:
        return Outcome(failure=FailureReason.OUTCOME_UNKNOWN.value, detail=str(error))
    return Outcome()


async def _explain(
    way: WayTaken, record: HandoffRecord, error: TwilioApiError, *, was_lost: bool
) -> Outcome:
    """After the last attempt: it may have worked after all."""
    detail = str(error)
    is_unknown = was_lost and not way.can_find
    try:
        if found := await way.find(record):
            return Outcome(way.way.value, found)
    except TwilioApiError as failed:
        is_unknown = was_lost or error.may_pass
        detail = f"{error}; {failed}"
    failure = FailureReason.OUTCOME_UNKNOWN if is_unknown else reason_of_error(way.way, error)
    return Outcome(failure=failure.value, detail=detail)


def create_ways(
    settings: Settings,
    *,
    studio: StudioClient,
    flex: FlexClient,
    taskrouter: TaskRouterClient,
    tickets: TicketClient | None,
) -> list[WayTaken]:
    """The ways that are set up, in the order of AGENT_HANDOFF_WAYS."""
    ways: dict[Way, WayTaken] = {Way.STUDIO: StudioWay(studio)}
    if workspace_sid := settings.flex_workspace_sid:
        if workflow_sid := settings.flex_workflow_sid:
            ways[Way.FLEX] = FlexWay(flex, taskrouter, Route(workspace_sid, workflow_sid))
        if workflow_sid := settings.callback_workflow_sid:
            ways[Way.CALLBACK] = CallbackWay(taskrouter, workflow_sid)
    if tickets:
        ways[Way.TICKET] = TicketWay(tickets)
    return [ways[name] for name in settings.handoff_ways if name in ways]


def ways_for(record: HandoffRecord, ways: Sequence[WayTaken]) -> list[Way]:
    """Those of `ways` that this handoff can go, in their order; the one that the customer chose."""
    chosen = record.payload.attributes.customer_choice
    wanted = [way for way in ways if chosen in ("", "wait") or way.way.value == chosen]
    return [way.way for way in wanted if way.can_take(record)]


def phone_number_of(address: str) -> str:
    """`whatsapp:+15550100001` -> `+15550100001`; empty when the address is no phone's."""
    found = _PHONE.search(address)
    return found[0] if found else ""


def _number_of(record: HandoffRecord) -> str:
    """Where the customer can be called."""
    return record.payload.attributes.callback_number or phone_number_of(record.customer_address)


def is_callback(attributes: dict[str, Any]) -> bool:
    """Whether these are the attributes of a callback's task."""
    return attributes.get("type") == CALLBACK_TYPE
