"""What every widget has: a visit to work on, and a runner that gives an event or a pause."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from getting_started.twilio_emulator.studio.execution import (
    CallReturned,
    Execution,
    ExecutionError,
    Pause,
    Signal,
    TimedOut,
)
from studio_templates.definition import Transition, Widget
from studio_templates.liquid import LiquidError, render_text

if TYPE_CHECKING:
    from getting_started.twilio_emulator.twilio import Twilio

MAX_ATTRIBUTES = 1_024

Outcome = str | Transition | Pause


@dataclass(frozen=True)
class Visit:
    """An execution at one of its widgets."""

    twilio: Twilio
    execution: Execution
    widget: Widget

    def text(self, *names: str, default: str = "") -> str:
        """The first property given under `names`, rendered."""
        for name in names:
            value = self.widget.properties.get(name)
            if value not in (None, ""):
                return self.render(value)
        return default

    def number(self, *names: str, default: float) -> float:
        text = self.text(*names)
        try:
            return float(text) if text else default
        except ValueError:
            raise ExecutionError(f"{self.widget.name}: {names[0]}: no number: {text}") from None

    def render(self, value: Any) -> str:
        """A property as text: strings are Liquid, switches and numbers as JSON writes them."""
        if not isinstance(value, str):
            return json.dumps(value)
        try:
            return render_text(value, self.execution.context)
        except LiquidError as error:
            raise ExecutionError(f"{self.widget.name}: Liquid: {error.message}") from None

    def pairs(self, name: str = "parameters") -> dict[str, str]:
        """A list of `{key, value}` as a dictionary, rendered."""
        return {
            self.render(pair["key"]): self.render(pair.get("value", ""))
            for pair in self.widget.properties.get(name) or []
        }

    def put(self, outputs: dict[str, Any]) -> None:
        """Make `outputs` readable as `widgets.<name>.<key>`."""
        self.execution.context["widgets"][self.widget.name] = outputs

    async def alert(self, message: str) -> None:
        """What Twilio's debugger would show."""
        await self.twilio.journal.record(
            "alert",
            execution_sid=self.execution.sid,
            flow_sid=self.execution.flow_sid,
            widget=self.widget.name,
            message=message,
        )

    async def task_attributes(self, *names: str) -> dict[str, Any] | None:
        """The task's attributes; None, with an alert, when TaskRouter would refuse them."""
        text = self.text(*names, default="{}")
        if len(text) > MAX_ATTRIBUTES:
            await self.alert(f"the attributes have {len(text)} characters of {MAX_ATTRIBUTES}")
            return None
        try:
            attributes = json.loads(text)
        except ValueError as error:
            await self.alert(f"the attributes are not JSON: {error}: {text}")
            return None
        if not isinstance(attributes, dict):
            await self.alert(f"the attributes are no JSON object: {text}")
            return None
        return attributes

    def action_url(self, event: str) -> str:
        """Where Voice comes back to this widget with `event`."""
        execution = self.execution
        path = f"/v1/Accounts/{execution.account_sid}/Flows/{execution.flow_sid}"
        query = {"FlowEvent": event, "ExecutionSid": execution.sid, "Widget": self.widget.name}
        return f"{self.twilio.url('webhooks', path)}?{urlencode(query)}"


class Runner(ABC):
    """How one type of widget behaves."""

    @abstractmethod
    async def enter(self, visit: Visit) -> Outcome:
        """The execution has come to the widget."""

    async def resume(self, visit: Visit, signal: Signal) -> Outcome:
        """What the widget waited for has come."""
        if isinstance(signal, TimedOut):
            return "timeout"
        if isinstance(signal, CallReturned):
            return signal.event
        raise ExecutionError(f"{visit.widget.name}: unexpected {type(signal).__name__}")


class CallRunner(Runner):
    """A widget that needs a call: it answers TwiML and gets control back by the action URL."""

    async def enter(self, visit: Visit) -> Outcome:
        if visit.execution.call_sid is None:
            raise ExecutionError(f"{visit.widget.name}: {visit.widget.type} needs a call")
        return await self.speak(visit)

    @abstractmethod
    async def speak(self, visit: Visit) -> Outcome:
        """The TwiML, or an event where nothing needs saying."""
