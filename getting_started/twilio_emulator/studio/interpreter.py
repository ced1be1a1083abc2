"""Walks an execution through its flow: a widget gives an event, the event names the next widget.

https://www.twilio.com/docs/studio/rest-api/limits
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

from getting_started.twilio_emulator.errors import TwilioError
from getting_started.twilio_emulator.studio.execution import (
    Execution,
    ExecutionError,
    Pause,
    Signal,
    SubflowEnded,
    TimedOut,
)
from getting_started.twilio_emulator.studio.models import Step
from getting_started.twilio_emulator.studio.twiml import HANG_UP
from getting_started.twilio_emulator.studio.widgets import runner_of
from getting_started.twilio_emulator.studio.widgets.base import Outcome, Visit
from studio_templates.definition import Transition, Widget

if TYPE_CHECKING:
    from getting_started.twilio_emulator.twilio import Twilio

MAX_STEPS = 1_000
MAX_REPEATS = 10


class Interpreter:
    """Answers TwiML where an execution that holds a call has come to a widget that speaks."""

    def __init__(self, twilio: Twilio) -> None:
        self._twilio = twilio

    async def begin(self, execution: Execution) -> str | None:
        """From the trigger to the first pause, or to the end."""
        await self._record_execution(execution, "started")
        async with execution.lock:
            execution.widget = execution.definition.find(execution.definition.initial_state)
            return await self._go_on(execution, None)

    async def resume(self, execution: Execution, signal: Signal) -> str | None:
        """From a pause onwards; a signal that nothing waits for changes nothing."""
        async with execution.lock:
            if execution.pause is None or not _fits(execution.pause, signal):
                return None
            execution.pause = None
            return await self._go_on(execution, signal)

    async def finish(
        self, execution: Execution, reason: str = "flow ended", *, failed: bool = False
    ) -> str | None:
        """End the execution, release its conversation and give control back to its parent."""
        if not execution.is_active:
            return None
        execution.status, execution.failed, execution.pause = "ended", failed, None
        execution.date_updated = self._twilio.clock.timestamp()
        self._release_conversation(execution)
        await self._record_execution(execution, "ended", reason=reason)
        parent = execution.parent
        if parent is None:
            return HANG_UP
        if not parent.waits_for(SubflowEnded):
            return None
        variables = execution.context["flow"]["variables"]
        return await self.resume(parent, SubflowEnded(variables, failed=failed))

    async def _go_on(self, execution: Execution, signal: Signal | None) -> str | None:
        """Walk until a widget waits or the flow ends; without a signal, from the trigger."""
        try:
            pause = await self._walk(execution, signal)
        except ExecutionError as error:
            await self._alert(execution, str(error))
            return await self.finish(execution, str(error), failed=True)
        except Exception:
            await self.finish(execution, "the emulator failed", failed=True)
            raise
        return await (self._wait(execution, pause) if pause else self.finish(execution))

    async def _walk(self, execution: Execution, signal: Signal | None) -> Pause | None:
        outcome: Outcome = execution.event
        if signal is not None:
            visit = self._visit(execution)
            outcome = await runner_of(visit.widget).resume(visit, signal)
        while not isinstance(outcome, Pause):
            execution.widget = await self._leave(execution, outcome)
            if execution.widget is None or not execution.is_active:
                return None
            outcome = await self._enter(self._visit(execution))
        return outcome

    async def _enter(self, visit: Visit) -> Outcome:
        studio, flow_sid = self._twilio.studio, visit.execution.flow_sid
        forced = studio.take_forced_event(flow_sid, visit.widget.name)
        return forced or await runner_of(visit.widget).enter(visit)

    def _visit(self, execution: Execution) -> Visit:
        if execution.widget is None:
            raise ExecutionError("the flow has no trigger")
        return Visit(self._twilio, execution, execution.widget)

    async def _wait(self, execution: Execution, pause: Pause) -> str | None:
        if pause.twiml and execution.call_is_over:
            return await self.finish(execution, "the call is over")
        if not execution.is_active:
            return None
        execution.pause = pause
        if pause.seconds:
            self._twilio.spawn_lasting(self._time_out(execution, pause, pause.seconds))
        return pause.twiml

    async def _time_out(self, execution: Execution, pause: Pause, seconds: float) -> None:
        await self._twilio.clock.sleep(seconds)
        if execution.pause is pause:
            await self.resume(execution, TimedOut())

    async def _leave(self, execution: Execution, outcome: str | Transition) -> Widget | None:
        """Record the step and look up where the event leads."""
        widget = self._visit(execution).widget
        event = outcome if isinstance(outcome, str) else outcome.event
        name = widget.next_on(event) if isinstance(outcome, str) else outcome.next
        await self._record_step(execution, widget, event, name)
        following = execution.definition.find(name) if name else None
        if following is None:
            return None
        execution.repeats = execution.repeats + 1 if following.name == widget.name else 1
        if execution.repeats >= MAX_REPEATS:
            raise ExecutionError(f"widget '{following.name}' came {MAX_REPEATS} times in a row")
        if len(execution.steps) >= MAX_STEPS:
            raise ExecutionError(f"more than {MAX_STEPS} steps")
        return following

    async def _record_step(
        self, execution: Execution, widget: Widget, event: str, following: str | None
    ) -> None:
        now = self._twilio.clock.timestamp()
        execution.date_updated = now
        step = Step(
            sid=self._twilio.sids.sid("FT"),
            name=event,
            transitioned_from=widget.name,
            transitioned_to=following or "Ended",
            date_created=now,
            context=copy.deepcopy(execution.context),
        )
        execution.steps.append(step)
        await self._twilio.journal.record(
            "step",
            execution_sid=execution.sid,
            flow_sid=execution.flow_sid,
            step_sid=step.sid,
            widget=widget.name,
            widget_type=widget.type,
            event=event,
            next=following,
            context={
                "variables": step.context["flow"]["variables"],
                "outputs": step.context["widgets"].get(widget.name, {}),
            },
        )

    async def _record_execution(
        self, execution: Execution, event: str, *, reason: str | None = None
    ) -> None:
        await self._twilio.journal.record(
            "execution",
            event=event,
            execution_sid=execution.sid,
            flow_sid=execution.flow_sid,
            trigger=execution.event,
            contact=execution.contact,
            call_sid=execution.call_sid,
            reason=reason,
        )

    async def _alert(self, execution: Execution, message: str) -> None:
        await self._twilio.journal.record(
            "alert", execution_sid=execution.sid, flow_sid=execution.flow_sid, message=message
        )

    def _release_conversation(self, execution: Execution) -> None:
        """The webhook that brought the conversation's messages is not left behind."""
        details = execution.channel.get("details", {})
        webhook_sid = details.pop("webhook_sid", None)
        if webhook_sid is None or execution.parent is not None:
            return
        try:
            self._twilio.classic.remove_webhook(execution.channel["sid"], webhook_sid)
        except TwilioError:
            return  # somebody removed it, or the conversation, before


def _fits(pause: Pause, signal: Signal) -> bool:
    return isinstance(signal, (pause.expects, TimedOut))
