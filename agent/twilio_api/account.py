"""What an account has for humans: Flex's workspace, workflow and chat service.

By the `twilio` library's client, for commands.

https://www.twilio.com/docs/flex/developer/config/flex-configuration-rest-api
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

WORKFLOW_NAME = "Virtual agent handoff"
"""Of a workflow that setup makes."""


@lru_cache(maxsize=1)
def fetch_flex(client: Client) -> Any | None:
    """Flex's configuration, read once by a client; None where the account has no Flex."""
    try:
        return client.flex_api.v1.configuration().fetch()
    except TwilioRestException as error:
        if error.status != 404:
            raise
        return None


def find_chat_service(client: Client) -> str:
    """SID of Flex's Conversations (Classic) service; without Flex the account's default one."""
    flex = fetch_flex(client)
    if flex and flex.chat_service_instance_sid:
        return str(flex.chat_service_instance_sid)
    return str(client.conversations.v1.configuration().fetch().default_chat_service_sid)


def find_workspace(client: Client, given: str | None = None) -> str | None:
    """SID of the TaskRouter workspace: the one `given`, or Flex's, or the only one."""
    flex = fetch_flex(client)
    workspaces = client.taskrouter.v1.workspaces.list()
    found = _first(workspaces, given, flex and flex.taskrouter_workspace_sid)
    return found and str(found.sid)


def choose_workflow(client: Client, workflows: list[Any], given: str | None = None) -> Any | None:
    """Of `workflows` that for handoffs: the one `given`, or setup's, or Flex's, or the only one."""
    flex = fetch_flex(client)
    ours = next((one.sid for one in workflows if one.friendly_name == WORKFLOW_NAME), None)
    return _first(workflows, given, ours, flex and flex.taskrouter_target_workflow_sid)


def _first(found: list[Any], *sids: str | None) -> Any | None:
    """The first of `sids` that is there, or the only one there is."""
    by_sid = {one.sid: one for one in found}
    only = found[0] if len(found) == 1 else None
    return next((by_sid[sid] for sid in sids if sid in by_sid), only)
