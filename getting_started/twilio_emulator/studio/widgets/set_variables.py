"""https://www.twilio.com/docs/studio/widget-library/set-variables"""

from __future__ import annotations

import json
from typing import Any

from getting_started.twilio_emulator.studio.execution import ExecutionError
from getting_started.twilio_emulator.studio.widgets.base import Outcome, Runner, Visit


class SetVariables(Runner):
    """Puts rendered values into `flow.variables`."""

    async def enter(self, visit: Visit) -> Outcome:
        values = {
            variable["key"]: _value_of(visit, variable)
            for variable in visit.widget.properties["variables"]
        }
        visit.execution.context["flow"]["variables"].update(values)
        visit.put(values)
        return "next"


def _value_of(visit: Visit, variable: dict[str, Any]) -> Any:
    """Text, or what its JSON says: the flag has been seen under two names."""
    text = visit.render(variable.get("value", ""))
    if not (variable.get("parse_as_json") or variable.get("type") == "json_object"):
        return text
    try:
        return json.loads(text)
    except ValueError as error:
        key = variable["key"]
        raise ExecutionError(f"{visit.widget.name}: {key}: not JSON: {error}") from None
