"""Conversation Memory over pooled connections.

https://www.twilio.com/docs/conversations/memory
"""

from __future__ import annotations

from typing import Any

from tac.context.memory import MemoryClient
from tac.models.memory import MemoryRetrievalResponse

from agent.twilio_api.http import ClientPool, PooledClient, send


class PooledMemoryClient(MemoryClient):
    """TAC's client of one memory store, with one connection pool."""

    def __init__(self, pool: ClientPool, base_url: str, store_id: str) -> None:
        super().__init__(store_id=store_id, api_key="", api_secret="")
        self.base_url = base_url
        self._pool = pool

    def _get_client(self) -> PooledClient:
        """Where TAC 2.5.0 builds a client (and a TLS context) per request, the pooled one."""
        return self._pool.get(self.base_url)

    async def recall(self, profile_id: str, **limits: Any) -> MemoryRetrievalResponse:
        """What is known of a profile; `limits` are the API's own (observationsLimit, query ...).

        Raises TwilioApiError on failure: TAC 2.5.0 answers as if nothing were known.
        """
        url = f"{self.base_url}/v1/Stores/{self.store_id}/Profiles/{profile_id}/Recall"
        response = await send(self._get_client(), "POST", url, "Recalling memory", json=limits)
        return self._parse_recall_response(response.json())
