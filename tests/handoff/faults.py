"""Requests of the agent that tests make fail: what `Driver.fail` matches."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from getting_started.twilio_emulator.twilio import Twilio

Fault = dict[str, Any]
EXECUTIONS: Final = {"product": "studio", "path": "/v2/Flows/*/Executions", "method": "POST"}
LOOKS: Final = {"product": "studio", "path": "/v2/Flows/*/Executions", "method": "GET"}
CONTEXTS: Final = {"product": "studio", "path": "/v2/Flows/*/Executions/*/Context"}
PARTICIPANTS: Final = {"product": "conversations", "path": "/v2/Conversations/*/Participants"}
ACTIONS: Final = {
    "product": "conversations",
    "path": "/v2/Conversations/*/Actions",
    "method": "POST",
}
INTERACTIONS: Final = {"product": "flex-api", "path": "/v1/Interactions", "method": "POST"}
TASK_LOOKS: Final = {"product": "taskrouter", "path": "/v1/Workspaces/*/Tasks", "method": "GET"}
NEW_TASKS: Final = {"product": "taskrouter", "path": "/v1/Workspaces/*/Tasks", "method": "POST"}
TICKETS: Final = {"product": "tickets", "path": "/new"}
INACTIVE: Final = {"product": "conversations", "path": "/v2/Conversations/*", "method": "PUT"}
MEMORY: Final = {"product": "memory"}


@contextmanager
def without_receipts(twilio: Twilio) -> Iterator[None]:
    """TaskRouter tells nothing: else it would say what an answer that was lost did not."""
    workspaces = [*twilio.taskrouter.workspaces.values()]
    addresses = [workspace.event_callback_url for workspace in workspaces]
    for workspace in workspaces:
        workspace.event_callback_url = ""
    yield
    for workspace, address in zip(workspaces, addresses, strict=True):
        workspace.event_callback_url = address
