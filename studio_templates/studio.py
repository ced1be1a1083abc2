"""The flows of an account, by the `twilio` library's client.

https://www.twilio.com/docs/studio/rest-api/v2/flow
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from twilio.base.exceptions import TwilioException
from twilio.rest import Client

from agent.twilio_api.rest import refusal_of
from studio_templates.compare import Json
from studio_templates.errors import FlowError, StudioError

PUBLISHED = "published"
REMEDIES = {
    401: "check account SID, API key and secret",
    403: "give the API key this permission",
    404: "`agent flows list` shows what there is",
    429: "wait a moment and repeat",
}


@dataclass(frozen=True)
class StudioFlow:
    """A flow of the account at one of its revisions."""

    sid: str
    friendly_name: str
    status: str
    revision: int
    definition: Json


class Studio:
    """Every method raises StudioError when Studio refuses or does not answer."""

    def __init__(self, client: Client) -> None:
        self._flows = client.studio.v2.flows
        self._validation = client.studio.v2.flow_validate

    def list(self) -> list[StudioFlow]:
        """Every flow at its latest revision; the definitions may be missing."""
        with telling("list flows"):
            return [_to_flow(flow) for flow in self._flows.stream()]

    def find(self, name_or_sid: str) -> str | None:
        """The SID of the flow with this name; None where there is none.

        Raises StudioError for a name that several flows have.
        """
        if name_or_sid.startswith("FW"):
            return name_or_sid
        found = [flow.sid for flow in self.list() if flow.friendly_name == name_or_sid]
        if len(found) > 1:
            sids = ", ".join(found)
            raise StudioError(f"Several flows are called '{name_or_sid}': {sids}; name one by SID")
        return found[0] if found else None

    def fetch(self, flow_sid: str) -> StudioFlow:
        """The flow at its latest revision, published or not."""
        with telling(f"read flow {flow_sid}"):
            return _to_flow(self._flows(flow_sid).fetch())

    def fetch_published(self, flow_sid: str) -> StudioFlow | None:
        """The flow as it runs: at its latest published revision; None where there is none."""
        latest = self.fetch(flow_sid)
        if latest.status == PUBLISHED:
            return latest
        revisions = self._flows(flow_sid).revisions
        with telling(f"read the revisions of flow {flow_sid}"):
            numbers = [one.revision for one in revisions.stream() if one.status == PUBLISHED]
            return _to_flow(revisions(str(max(numbers))).fetch()) if numbers else None

    def validate(self, name: str, definition: Json) -> None:
        """Let Studio check a definition. Raises StudioError with the `errors` it finds."""
        with telling("publish this flow", definition):
            answer = self._validation.update(name, PUBLISHED, definition)
            if not answer.valid:
                raise StudioError("Studio calls this flow invalid, and does not say why")

    def create(self, name: str, definition: Json, message: str) -> StudioFlow:
        """Publish a new flow; `message` is kept with its revision."""
        with telling("publish this flow", definition):
            return _to_flow(self._flows.create(name, PUBLISHED, definition, commit_message=message))

    def update(self, flow_sid: str, definition: Json, message: str) -> StudioFlow:
        """Publish a new revision; the revisions before it are kept by Studio."""
        with telling(f"publish flow {flow_sid}", definition):
            flow = self._flows(flow_sid).update(
                PUBLISHED, definition=definition, commit_message=message
            )
            return _to_flow(flow)


def _to_flow(flow: Any) -> StudioFlow:
    return StudioFlow(
        flow.sid, flow.friendly_name, flow.status, flow.revision, flow.definition or {}
    )


@contextmanager
def telling(what: str, definition: Json | None = None) -> Iterator[None]:
    """Whatever Twilio's client raises inside becomes a StudioError that says it in our words."""
    try:
        yield
    except (TwilioException, OSError) as error:  # OSError: what `requests` raises
        refusal = refusal_of(error)
        if refusal is None:
            raise StudioError(
                f"Twilio did not answer when asked to {what}: {error}; repeat the command, "
                "nothing is done twice"
            ) from error
        raise _to_studio_error(refusal, what, definition or {}) from error


def _to_studio_error(refusal: Any, what: str, definition: Json) -> StudioError:
    said = getattr(refusal, "msg", "") or getattr(refusal, "detail", "") or refusal.title
    remedy = REMEDIES.get(refusal.status)
    message = f"Twilio refused to {what}: {said} (HTTP {refusal.status}, code {refusal.code})"
    errors = _read_errors(getattr(refusal, "details", None), definition)
    return StudioError(f"{message}; {remedy}" if remedy else message, errors=errors)


def _read_errors(details: Any, definition: Json) -> list[FlowError]:
    """Twilio's `details.errors` with the names of the widgets they point at."""
    found = details.get("errors", []) if isinstance(details, dict) else []
    return [
        _to_error(str(one.get("property_path")), str(one.get("message")), definition)
        for one in found
    ]


def _to_error(path: str, message: str, definition: Json) -> FlowError:
    steps = path.removeprefix("#/").split("/")
    widget = ""
    if len(steps) > 1 and steps[0] == "states" and steps[1].isdigit():
        states = definition.get("states", [])
        place = int(steps[1])
        widget = states[place]["name"] if place < len(states) else steps[1]
        steps = steps[2:]
    return FlowError("Studio", widget, ".".join(steps), message, "correct the template", path)
