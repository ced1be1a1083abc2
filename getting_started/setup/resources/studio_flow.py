"""The Studio flow that takes a handoff to a human, rendered for this account and published.

https://www.twilio.com/docs/studio/rest-api/v2/flow
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from agent.twilio_api.account import find_chat_service
from getting_started.setup.account import Account, Json
from getting_started.setup.errors import SetupError
from getting_started.setup.resource import PENDING, Action, Change, Difference, Known
from studio_templates.compare import find_differences
from studio_templates.errors import StudioError
from studio_templates.formatting import hide_passwords
from studio_templates.render import AGENT_HANDOFF, EXAMPLE, Parameters, render, title_of
from studio_templates.studio import Studio, StudioFlow

NAME = title_of(AGENT_HANDOFF)
MESSAGE = "Published by agent setup"
UNKNOWN = EXAMPLE.workflow_sid
"""Stands in a plan for a workflow that is yet to be made."""
KEEP_EDITS = "what was edited in Studio's console is kept by `agent flows pull`, before this"


class HandoffFlow:
    """The flow that the settings name, or the one of our name, or a new one; published."""

    name = "studio-flow"
    needs: tuple[str, ...] = ("taskrouter",)

    def plan(self, account: Account, known: Known) -> Change:
        parameters = _parameters(account, known)
        with _explained():
            studio = Studio(account.client)
            sids = _find(account, studio)
            if len(sids) > 1:
                reason = f"set TWILIO_STUDIO_HANDOFF_FLOW_SID to one of {', '.join(sids)}"
                return _change(Action.BLOCKED, reason=reason)
            change = _plan(studio, sids, parameters)
            if change.is_work and parameters.workflow_sid != UNKNOWN:
                return _validate(studio, change)
            return change

    def apply(self, account: Account, change: Change) -> Known:
        studio = Studio(account.client)
        with _explained():
            if change.action is Action.CREATE:
                flow = studio.create(NAME, change.desired, MESSAGE)
            else:
                flow = studio.update(change.id, change.desired, MESSAGE)
        return {"handoff_flow_sid": flow.sid}

    def restore(self, account: Account, backup: Json) -> Change:
        with _explained():
            studio = Studio(account.client)
            if backup["sid"] not in {flow.sid for flow in studio.list()}:
                reason = "it is gone; run agent setup for a new one"
                return _change(Action.BLOCKED, backup["sid"], reason=reason)
            return _to(studio.fetch(backup["sid"]), backup["definition"])


def _parameters(account: Account, known: Known) -> Parameters:
    workflow_sid = known["flex_workflow_sid"]
    settings = account.settings
    return Parameters(
        workspace_sid=known["flex_workspace_sid"],
        workflow_sid=UNKNOWN if workflow_sid == PENDING else workflow_sid,
        voice_task_channel_sid=known["voice_task_channel_sid"],
        chat_task_channel_sid=known["chat_task_channel_sid"],
        conversation_service_sid=find_chat_service(account.client),
        conversations_url=settings.twilio_url("conversations", regional=True),
        flex_url=settings.twilio_url("flex-api"),
        app_url=account.public_url,
        flow_secret=settings.flow_password,
        websocket_path=settings.websocket_path,
    )


def _find(account: Account, studio: Studio) -> list[str]:
    """The flow that the settings name, or where that is gone those of our name."""
    flows = studio.list()
    given = account.given("handoff_flow_sid")
    return [flow.sid for flow in flows if flow.sid == given] or [
        flow.sid for flow in flows if flow.friendly_name == NAME
    ]


def _plan(studio: Studio, sids: list[str], parameters: Parameters) -> Change:
    desired = render(parameters).to_dict()
    if not sids:
        given = parameters.model_dump(exclude={"flow_secret"})
        differences = tuple(
            Difference(name, None, _show(value)) for name, value in given.items() if value
        )
        return _change(Action.CREATE, desired=desired, differences=differences)
    published = studio.fetch_published(sids[0])
    if published is None:
        status = Difference("status", "draft", "published")
        return _change(Action.CHANGE, sids[0], desired=desired, differences=(status,))
    return _to(published, desired)


def _to(current: StudioFlow, desired: Json) -> Change:
    found = find_differences(desired, current.definition)
    return _change(
        Action.CHANGE if found else Action.KEEP,
        current.sid,
        differences=tuple(
            Difference(f"{one.widget}.{one.field}".strip("."), _show(one.flow), _show(one.template))
            for one in found
        ),
        cuts=tuple(
            f"widget {one.widget} is removed" for one in found if not one.field and one.flow
        ),
        reason=KEEP_EDITS if found else "",
        current={"sid": current.sid, "definition": current.definition},
        desired=desired,
    )


def _validate(studio: Studio, change: Change) -> Change:
    """`change`; blocked, where Studio would not publish it."""
    try:
        studio.validate(NAME, change.desired)
    except StudioError as error:
        if not error.errors:
            raise
        return _change(Action.BLOCKED, change.id, reason=str(error))
    return change


@contextmanager
def _explained() -> Iterator[None]:
    """A request that failed is for setup to explain; what is wrong with the flow is said here."""
    try:
        yield
    except StudioError as error:
        if error.errors or error.__cause__ is None:
            raise SetupError(str(error)) from error
        raise error.__cause__ from None


def _show(value: Any) -> Any:
    if isinstance(value, dict):  # a whole widget
        return f"a {value['type']}"
    return hide_passwords(value).replace(UNKNOWN, PENDING) if isinstance(value, str) else value


def _change(action: Action, flow_sid: str = PENDING, **more: Any) -> Change:
    return Change(
        resource=HandoffFlow.name,
        action=action,
        title=f'Studio flow "{NAME}"',
        id=flow_sid,
        ids={"handoff_flow_sid": flow_sid},
        **more,
    )
