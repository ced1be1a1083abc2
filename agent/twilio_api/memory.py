"""Conversation Memory over pooled connections.

https://www.twilio.com/docs/conversations/memory
"""

from __future__ import annotations

from tac.context.memory import MemoryClient

from agent.twilio_api.http import ClientPool, PooledClient


class PooledMemoryClient(MemoryClient):
    """TAC's client of one memory store, with one connection pool."""

    def __init__(self, pool: ClientPool, base_url: str, store_id: str) -> None:
        super().__init__(store_id=store_id, api_key="", api_secret="")
        self.base_url = base_url
        self._pool = pool

    def _get_client(self) -> PooledClient:
        """Where TAC 2.5.0 builds a client (and a TLS context) per request, the pooled one."""
        return self._pool.get(self.base_url)
