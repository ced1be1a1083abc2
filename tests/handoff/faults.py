"""Requests of the agent that tests make fail: what `Driver.fail` matches."""

from __future__ import annotations

from typing import Any, Final

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
INACTIVE: Final = {"product": "conversations", "path": "/v2/Conversations/*", "method": "PUT"}
MEMORY: Final = {"product": "memory"}
