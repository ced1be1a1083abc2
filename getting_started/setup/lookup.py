"""What several resources look for: the conversation configuration, and Flex's chat service."""

from __future__ import annotations

from typing import Any

from twilio.base.exceptions import TwilioRestException

from getting_started.setup.account import Account, Json

CONFIGURATION_NAME = "virtual-agent"
"""The display name of a conversation configuration that setup makes."""
WEBHOOK_PATH = "/webhook"


def fetch_flex(account: Account) -> Any | None:
    """Flex's configuration; None where the account has no Flex."""
    try:
        return account.client.flex_api.v1.configuration().fetch()
    except TwilioRestException as error:
        if error.status != 404:
            raise
        return None


def find_chat_service(account: Account) -> str:
    """SID of Flex's Conversations (Classic) service; without Flex the account's default one."""
    flex = fetch_flex(account)
    if flex and flex.chat_service_instance_sid:
        return str(flex.chat_service_instance_sid)
    return str(account.client.conversations.v1.configuration().fetch().default_chat_service_sid)


def find_conversation_configuration(account: Account) -> Json | None:
    """The agent's: the first that there is of those that the settings name, that bridge Flex's
    service, that call our webhook, that have our name.
    """
    configurations = account.client.conversations.v2.configurations.list()
    ids = {one.id for one in configurations}
    service_sid = find_chat_service(account)
    webhook = account.public_url + WEBHOOK_PATH
    given = account.given("conversation_configuration_id")
    candidates = [
        *([given] if given in ids else []),
        *(one.id for one in configurations if bridge_of(one) == service_sid),
        *(one.id for one in configurations if webhook in _callbacks_of(one)),
        *(one.id for one in configurations if one.display_name == CONFIGURATION_NAME),
    ]
    return fetch_conversation_configuration(account, candidates[0]) if candidates else None


def fetch_conversation_configuration(account: Account, configuration_id: str) -> Json:
    version = account.client.conversations.v2
    return account.fetch(version, f"/ControlPlane/Configurations/{configuration_id}")


def bridge_of(configuration: Any) -> str | None:
    """The classic service that a listed configuration mirrors."""
    return (configuration.conversations_v1_bridge or {}).get("serviceId")


def find_workspace(account: Account) -> str | None:
    """SID of the TaskRouter workspace: the one that the settings name, or Flex's, or the only."""
    sids = [one.sid for one in account.client.taskrouter.v1.workspaces.list()]
    flex = fetch_flex(account)
    candidates = [
        account.given("flex_workspace_sid"),
        flex and flex.taskrouter_workspace_sid,
        sids[0] if len(sids) == 1 else None,
    ]
    return next((sid for sid in candidates if sid in sids), None)


def _callbacks_of(configuration: Any) -> list[str]:
    return [callback["url"] for callback in configuration.status_callbacks or []]
