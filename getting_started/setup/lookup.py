"""What several resources look for: the conversation configuration, the name of a flow."""

from __future__ import annotations

from typing import Any

from twilio.base.exceptions import TwilioRestException

from agent.twilio_api.account import find_chat_service
from getting_started.setup.account import Account, Json

CONFIGURATION_NAME = "virtual-agent"
"""The display name of a conversation configuration that setup makes."""
WEBHOOK_PATH = "/webhook"


def find_conversation_configuration(account: Account) -> Json | None:
    """The agent's: the first that there is of those that the settings name, that bridge Flex's
    service, that call our webhook, that have our name.
    """
    configurations = account.client.conversations.v2.configurations.list()
    ids = {one.id for one in configurations}
    service_sid = find_chat_service(account.client)
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


def _callbacks_of(configuration: Any) -> list[str]:
    return [callback["url"] for callback in configuration.status_callbacks or []]


def describe_flow(account: Account, flow_sid: str) -> str:
    """A flow of the account as a person knows it: `Studio flow "IVR" (FW...)`."""
    try:
        flow = account.client.studio.v2.flows(flow_sid).fetch()
    except TwilioRestException as error:
        if error.status != 404:
            raise
        return f"Studio flow {flow_sid}, which is gone"
    return f'Studio flow "{flow.friendly_name}" ({flow_sid})'
