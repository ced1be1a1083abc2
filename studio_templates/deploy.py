"""Brings a flow to an account: checked, created or updated, published; or left as it is.

https://www.twilio.com/docs/studio/rest-api/v2/flow
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from studio_templates.compare import Difference, Json, find_differences
from studio_templates.errors import StudioError
from studio_templates.studio import Studio
from studio_templates.validate import find_errors


class Change(StrEnum):
    """What a deployment did."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


@dataclass(frozen=True)
class Deployment:
    """A flow that is published and equal to the template; `differences` are what was put right."""

    sid: str
    revision: int
    change: Change
    differences: tuple[Difference, ...] = ()


def deploy(studio: Studio, definition: Json, *, name: str, target: str, message: str) -> Deployment:
    """Publish `definition` as the flow `target`: a SID, or a name that a flow may have.

    A new flow is called `name`; `message` is kept with the revision. Where the published revision
    says the same already, nothing is done. Raises StudioError, with `errors` for a definition that
    is wrong; nothing is published then.
    """
    sid = studio.find(target)
    published = studio.fetch_published(sid) if sid else None
    differences = find_differences(definition, published.definition) if published else []
    if published and not differences:
        return Deployment(published.sid, published.revision, Change.UNCHANGED)
    _check(studio, name, definition)
    if sid is None:
        created = studio.create(name, definition, message)
        return Deployment(created.sid, created.revision, Change.CREATED)
    saved = studio.update(sid, definition, message)
    return Deployment(saved.sid, saved.revision, Change.UPDATED, tuple(differences))


def _check(studio: Studio, name: str, definition: Json) -> None:
    """Our own checks first: they find more than Studio's."""
    errors = find_errors(definition, flow=name)
    if errors:
        raise StudioError("The flow has errors and was not published:", errors=errors)
    studio.validate(name, definition)
