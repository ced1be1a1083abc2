"""https://www.twilio.com/docs/studio/widget-library/run-subflow"""

from __future__ import annotations

from getting_started.twilio_emulator.errors import TwilioError
from getting_started.twilio_emulator.studio.execution import (
    ExecutionError,
    Pause,
    Signal,
    SubflowEnded,
)
from getting_started.twilio_emulator.studio.widgets.base import Outcome, Runner, Visit


class RunSubflow(Runner):
    """Runs another flow with the same call or conversation, then goes on."""

    async def enter(self, visit: Visit) -> Outcome:
        try:
            child = visit.twilio.studio.make_subflow(
                visit.execution,
                flow_sid=visit.text("flow_sid"),
                revision=visit.text("flow_revision"),
                parameters=visit.pairs(),
            )
        except TwilioError as error:
            await visit.alert(f"{error.status} {error.code}: {error.message}")
            return "failed"
        twiml = await visit.twilio.studio.interpreter.begin(child)
        if child.is_active:
            return Pause(SubflowEnded, twiml=twiml)
        visit.put(child.context["flow"]["variables"])
        return "failed" if child.failed else "completed"

    async def resume(self, visit: Visit, signal: Signal) -> Outcome:
        if not isinstance(signal, SubflowEnded):
            raise ExecutionError(f"{visit.widget.name}: unexpected {type(signal).__name__}")
        visit.put(signal.variables)
        return "failed" if signal.failed else "completed"
