"""Conversation Orchestrator over pooled connections.

https://www.twilio.com/docs/api/conversations/v2
"""

from __future__ import annotations

from dataclasses import dataclass

import httpx
from pydantic import ValidationError
from tac.context.conversation import ConversationClient
from tac.models.conversation import ParticipantResponse

from agent.errors import TwilioApiError
from agent.twilio_api.http import ClientPool, PooledClient, read_answer


@dataclass(frozen=True)
class Configuration:
    """What the agent needs of an Orchestrator configuration.

    `classic_service_sid` (IS...) is None when no Conversations (Classic) service is connected:
    then there is no web chat.
    """

    memory_store_id: str
    classic_service_sid: str | None


class OrchestratorClient(ConversationClient):
    """TAC's client with one connection pool, and reads that say when they failed."""

    def __init__(self, pool: ClientPool, base_url: str, configuration_id: str) -> None:
        super().__init__(api_key="", api_secret="", configuration_id=configuration_id)
        self.base_url = base_url
        self._pool = pool

    def _get_client(self) -> PooledClient:
        """Where TAC 2.5.0 builds a client (and a TLS context) per request, the pooled one."""
        return self._pool.get(self.base_url)

    async def fetch_configuration(self) -> Configuration:
        """Read the configuration named by `TWILIO_CONVERSATION_CONFIGURATION_ID`.

        Raises TwilioApiError when it cannot be read or names no memory store.
        """
        what = f"Reading the conversation configuration {self.configuration_id}"
        path = f"/v2/ControlPlane/Configurations/{self.configuration_id}"
        try:
            response = await self._get_client().get(f"{self.base_url}{path}")
        except httpx.HTTPError as error:
            raise TwilioApiError(f"{what} failed: {type(error).__name__} {error}") from error
        body = read_answer(response, what).json()
        if not body.get("memoryStoreId"):
            raise TwilioApiError(f"{what} failed: it names no memoryStoreId")
        bridge = body.get("conversationsV1Bridge") or {}
        return Configuration(body["memoryStoreId"], bridge.get("serviceId"))

    async def list_participants(self, conversation_id: str) -> list[ParticipantResponse]:
        """The participants; entries TAC cannot read are left out.

        Raises httpx.HTTPError on failure: TAC 2.5.0 answers with an empty list, and then takes
        the conversation for one without an agent or a customer.
        """
        url = f"{self.base_url}/v2/Conversations/{conversation_id}/Participants"
        response = await self._get_client().get(url)
        response.raise_for_status()
        found = (_read_participant(entry) for entry in response.json().get("participants", []))
        return [participant for participant in found if participant]


def _read_participant(entry: object) -> ParticipantResponse | None:
    if not isinstance(entry, dict):
        return None
    try:
        return ParticipantResponse.model_validate({**entry, "name": entry.get("name") or ""})
    except ValidationError:
        return None
