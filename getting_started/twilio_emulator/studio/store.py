"""State and rules of Studio: flows, and the executions that calls, messages and requests start.

https://www.twilio.com/docs/studio/rest-api/v2
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from getting_started.twilio_emulator.clock import to_timestamp
from getting_started.twilio_emulator.errors import TwilioError, bad_request, conflict, not_found
from getting_started.twilio_emulator.studio.execution import (
    CallReturned,
    Execution,
    MessageArrived,
    make_context,
)
from getting_started.twilio_emulator.studio.flows import Flows
from getting_started.twilio_emulator.studio.interpreter import Interpreter
from getting_started.twilio_emulator.studio.models import Flow, ForcedEvent, Revision
from getting_started.twilio_emulator.studio.twiml import EMPTY

if TYPE_CHECKING:
    from getting_started.twilio_emulator.twilio import Twilio

MAX_AGE = timedelta(days=30)
MAX_REQUESTS_PER_SECOND = 20


class StudioStore:
    """The account's flows and executions."""

    def __init__(self, twilio: Twilio) -> None:
        self.twilio = twilio
        self.flows = Flows(twilio)
        self.interpreter = Interpreter(twilio)
        self.executions: dict[str, Execution] = {}
        self.forced: list[ForcedEvent] = []
        self.http_seconds = 10.0
        self._requested: list[datetime] = []

    def create_flow(
        self, friendly_name: str, definition: dict[str, Any], *, status: str = "published"
    ) -> Flow:
        """Save a first revision; a definition that Studio refuses cannot be published."""
        return self.flows.create(friendly_name, definition, status=status)

    def take_forced_event(self, flow_sid: str, widget: str) -> str | None:
        """The event that `widget` shall give whatever it would do, counted down."""
        for rule in self.forced:
            if rule.widget == widget and rule.flow_sid in (None, flow_sid):
                rule.times -= 1
                if rule.times == 0:
                    self.forced.remove(rule)
                return rule.event
        return None

    # What starts and continues executions

    def request_execution(
        self, flow_sid: str, *, to: str, from_: str, parameters: dict[str, Any]
    ) -> Execution:
        """The REST API's start; it runs in the background. A contact has one at a time."""
        revision = self.flows.get_published_or_raise(flow_sid)
        busy = next((one for one in self._active(to) if one.event == "incomingRequest"), None)
        if busy:
            raise conflict(f"Execution {busy.sid} is already active for this contact")
        self._refuse_rush()
        request = {"to": to, "from": from_, "parameters": parameters}
        execution = self._make(
            flow_sid,
            revision,
            event="incomingRequest",
            trigger=request,
            contact=to,
            channel={"address": from_},
            data=parameters,
        )
        self.twilio.spawn(self._begin(execution))
        return execution

    async def receive_call(self, flow_sid: str, form: dict[str, str]) -> str:
        """A call has come to the flow; the TwiML that it gets first."""
        if form.get("Direction") == "outbound-api":
            raise bad_request("An outbound API call cannot start a flow")
        revision = self.flows.get_published_or_raise(flow_sid)
        execution = self._make(
            flow_sid,
            revision,
            event="incomingCall",
            trigger=form,
            contact=form.get("From", ""),
            channel={"address": form.get("To", "")},
            call_sid=form.get("CallSid"),
        )
        execution.call_status = form.get("CallStatus", "in-progress")
        return await self.interpreter.begin(execution) or EMPTY

    async def return_call(
        self, flow_sid: str, event: str, form: dict[str, str], execution_sid: str | None = None
    ) -> str:
        """A call has come back from TwiML that a widget answered."""
        execution = self._find_call(flow_sid, form.get("CallSid", ""), execution_sid)
        if execution is None:
            return EMPTY
        execution.call_status = form.get("CallStatus", execution.call_status)
        return await self.interpreter.resume(execution, CallReturned(event, form)) or EMPTY

    async def call_ended(self, call_sid: str) -> None:
        """The caller is gone: executions that hold the call have nothing left to do."""
        for execution in tuple(self.executions.values()):
            if execution.call_sid == call_sid and execution.is_active:
                execution.call_status = "completed"
                await self.interpreter.finish(execution, "the call is over")

    async def receive_message(self, flow_sid: str, form: dict[str, str]) -> None:
        """An SMS has come to the flow: a reply that something waits for, or a new start."""
        sender = form.get("From", "")
        waiting = (one for one in self._active(sender) if one.waits_for(MessageArrived))
        execution = next((one for one in waiting if one.conversation_sid is None), None)
        if execution:
            await self.interpreter.resume(execution, MessageArrived(form))
            return
        channel = {"address": form.get("To", "")}
        await self._begin_for_message(flow_sid, "incomingMessage", form, sender, channel)

    async def message_added(self, flow_sid: str, form: dict[str, str]) -> None:
        """A message was added to a conversation that this flow listens to."""
        conversation_sid = form["ConversationSid"]
        everything = tuple(self.executions.values())
        holding = [one for one in everything if one.conversation_sid == conversation_sid]
        active = [one for one in holding if one.is_active]
        for execution in active:
            if execution.waits_for(MessageArrived):
                await self.interpreter.resume(execution, MessageArrived(form))
        if active:
            return
        channel = {"sid": conversation_sid, "type": "conversation", "status": "active"}
        author = form.get("Author", "")
        await self._begin_for_message(
            flow_sid, "incomingConversationMessage", form, author, channel
        )

    async def _begin_for_message(
        self, flow_sid: str, event: str, form: dict[str, str], contact: str, channel: dict[str, Any]
    ) -> None:
        revision = self.flows.get_published_or_raise(flow_sid)
        execution = self._make(
            flow_sid, revision, event=event, trigger=form, contact=contact, channel=channel
        )
        await self.interpreter.begin(execution)

    def make_subflow(
        self, parent: Execution, *, flow_sid: str, revision: str, parameters: dict[str, str]
    ) -> Execution:
        """An execution of another flow that shares the parent's call or conversation."""
        trigger = {
            "parameters": parameters,
            "execution_sid": parent.sid,
            "flow_sid": parent.flow_sid,
            "step_sid": parent.steps[-1].sid,
            "trigger_type": parent.event,
        }
        return self._make(
            flow_sid,
            self.flows.get_revision_or_raise(flow_sid, revision or "LatestPublished"),
            event="incomingParent",
            trigger=trigger,
            contact=parent.contact,
            channel=parent.channel,
            call_sid=parent.call_sid,
            parent=parent,
        )

    # Executions

    async def end_expired(self) -> None:
        """An execution lives thirty days; looked at when the clock is moved that far."""
        oldest = to_timestamp(self.twilio.clock.now() - MAX_AGE)
        for execution in tuple(self.executions.values()):
            if execution.is_active and execution.date_created < oldest:
                await self.interpreter.finish(execution, "30 days are over", failed=True)

    def get_execution_or_raise(self, flow_sid: str, execution_sid: str) -> Execution:
        self.flows.get_or_raise(flow_sid)
        execution = self.executions.get(execution_sid)
        if execution is None or execution.flow_sid != flow_sid:
            raise not_found(f"/Flows/{flow_sid}/Executions/{execution_sid}")
        return execution

    async def end_execution(self, flow_sid: str, execution_sid: str) -> Execution:
        """Stop it, and the subflows it runs."""
        execution = self.get_execution_or_raise(flow_sid, execution_sid)
        await self.interpreter.finish(execution, "ended through the API")
        for child in tuple(self.executions.values()):
            if child.parent is execution and child.is_active:
                await self.end_execution(child.flow_sid, child.sid)
        return execution

    async def delete_execution(self, flow_sid: str, execution_sid: str) -> None:
        await self.end_execution(flow_sid, execution_sid)
        del self.executions[execution_sid]

    def _refuse_rush(self) -> None:
        """Twenty starts by request in any second, for the whole account."""
        now = self.twilio.clock.now()
        self._requested = [one for one in self._requested if now - one < timedelta(seconds=1)]
        if len(self._requested) >= MAX_REQUESTS_PER_SECOND:
            raise TwilioError(429, 20429, "Too Many Requests", headers={"Retry-After": "1"})
        self._requested.append(now)

    async def _begin(self, execution: Execution) -> None:
        await self.interpreter.begin(execution)

    def _active(self, contact: str) -> list[Execution]:
        everything = self.executions.values()
        return [one for one in everything if one.is_active and one.contact == contact]

    def _find_call(
        self, flow_sid: str, call_sid: str, execution_sid: str | None
    ) -> Execution | None:
        """By its SID; TwiML from elsewhere that returns gives only the call's."""
        if execution_sid:
            execution = self.get_execution_or_raise(flow_sid, execution_sid)
            if execution.call_sid != call_sid:
                raise TwilioError(400, 20001, f"Execution {execution_sid} holds another call")
            return execution
        for execution in self.executions.values():
            if execution.call_sid == call_sid and execution.waits_for(CallReturned):
                return execution
        return None

    def _make(
        self,
        flow_sid: str,
        revision: Revision,
        *,
        event: str,
        trigger: dict[str, Any],
        contact: str,
        channel: dict[str, Any],
        data: dict[str, Any] | None = None,
        call_sid: str | None = None,
        parent: Execution | None = None,
    ) -> Execution:
        sid = self.twilio.sids.sid("FN")
        now = self.twilio.clock.timestamp()
        execution = Execution(
            sid=sid,
            account_sid=self.twilio.account.sid,
            flow_sid=flow_sid,
            revision=revision.number,
            definition=revision.parsed(),
            event=event,
            context=make_context(
                execution_sid=sid,
                flow_sid=flow_sid,
                event=event,
                trigger=trigger,
                contact=contact,
                channel=channel,
                data=data,
            ),
            contact_sid=self.twilio.sids.sid("FC"),
            date_created=now,
            date_updated=now,
            call_sid=call_sid,
            parent=parent,
        )
        self.executions[sid] = execution
        return execution
