"""The account's flows: saved as revisions, checked when published.

https://www.twilio.com/docs/studio/rest-api/v2/flow
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from getting_started.twilio_emulator.errors import TwilioError, bad_request, not_found
from getting_started.twilio_emulator.studio.models import Flow, Revision
from studio_templates.validate import find_definition_errors

if TYPE_CHECKING:
    from getting_started.twilio_emulator.twilio import Twilio

STATUSES = ("draft", "published")


class Flows:
    """Flows by SID."""

    def __init__(self, twilio: Twilio) -> None:
        self._twilio = twilio
        self.flows: dict[str, Flow] = {}

    def create(
        self,
        friendly_name: str,
        definition: dict[str, Any],
        *,
        status: str = "published",
        commit_message: str | None = None,
    ) -> Flow:
        """Raises TwilioError with `details.errors` for a definition that cannot be published."""
        revision = self._make_revision(1, friendly_name, definition, status, commit_message)
        flow = Flow(
            sid=self._twilio.sids.sid("FW"),
            account_sid=self._twilio.account.sid,
            date_created=revision.date,
            revisions=[revision],
        )
        self.flows[flow.sid] = flow
        return flow

    def update(
        self,
        flow_sid: str,
        *,
        friendly_name: str | None,
        definition: dict[str, Any] | None,
        status: str,
        commit_message: str | None,
    ) -> Flow:
        """Every save is a revision; what is not given stays as it was."""
        flow = self.get_or_raise(flow_sid)
        last = flow.latest
        flow.revisions.append(
            self._make_revision(
                last.number + 1,
                friendly_name or last.friendly_name,
                last.definition if definition is None else definition,
                status,
                commit_message,
            )
        )
        return flow

    def delete(self, flow_sid: str) -> None:
        self.get_or_raise(flow_sid)
        del self.flows[flow_sid]

    def get_or_raise(self, flow_sid: str) -> Flow:
        if flow_sid not in self.flows:
            raise not_found(f"/Flows/{flow_sid}")
        return self.flows[flow_sid]

    def get_published_or_raise(self, flow_sid: str) -> Revision:
        published = self.get_or_raise(flow_sid).published
        if published is None:
            raise bad_request(f"Flow {flow_sid} has never been published")
        return published

    def get_revision_or_raise(self, flow_sid: str, name: str) -> Revision:
        """By number, or `LatestPublished`, `LatestRevision` (of a subflow: `LatestDraft`)."""
        flow = self.get_or_raise(flow_sid)
        if name == "LatestPublished":
            return self.get_published_or_raise(flow_sid)
        if name in {"LatestRevision", "LatestDraft"}:
            return flow.latest
        found = next((r for r in flow.revisions if str(r.number) == name), None)
        if found is None:
            raise not_found(f"/Flows/{flow_sid}/Revisions/{name}")
        return found

    def _make_revision(
        self,
        number: int,
        friendly_name: str,
        definition: dict[str, Any],
        status: str,
        commit_message: str | None,
    ) -> Revision:
        if status not in STATUSES:
            raise bad_request(f"Status must be one of {', '.join(STATUSES)}")
        errors = find_problems(definition)
        if errors and status == "published":
            raise invalid_flow(errors)
        return Revision(
            number=number,
            status=status,
            friendly_name=friendly_name,
            definition=definition,
            errors=tuple(errors),
            commit_message=commit_message,
            date=self._twilio.clock.timestamp(),
        )


def find_problems(definition: dict[str, Any]) -> list[dict[str, str]]:
    """What Studio refuses, as its `details.errors`."""
    return [
        {"property_path": error.path, "message": error.problem}
        for error in find_definition_errors(definition)
    ]


def invalid_flow(errors: list[dict[str, str]]) -> TwilioError:
    message = "Flow definition validation failed"
    return TwilioError(400, 20001, message, details={"errors": errors})
