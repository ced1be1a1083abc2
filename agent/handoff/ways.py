"""The ways to a human: what each can take, sends, and finds again."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Protocol

from agent.handoff.payload import TASK_HANDOFF_ID
from agent.handoff.reasons import Way
from agent.handoff.record import HandoffRecord
from agent.handoff.tickets import TicketClient
from agent.settings import Settings
from agent.twilio_api.flex import FlexClient, Route
from agent.twilio_api.studio import StudioClient
from agent.twilio_api.taskrouter import TaskRouterClient

CLOCK_TOLERANCE = timedelta(seconds=60)
CALLBACK_TYPE = "callback"
"""The `type` of the task of a callback: whoever takes it does not take the conversation."""
_CHANNEL_TYPES = {"SMS": "sms", "WHATSAPP": "whatsapp"}
_PHONE = re.compile(r"\+[1-9]\d{6,14}$")


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
