"""Conversations (Classic): writing into a thread past Orchestrator, when that refuses.

https://www.twilio.com/docs/conversations/api/conversation-message-resource
"""

from __future__ import annotations

from agent.twilio_api.http import ClientPool, send


class ClassicClient:
    """Messages of one service."""

    def __init__(self, pool: ClientPool, base_url: str, service_sid: str) -> None:
        self._pool = pool
        self._base_url = base_url
        self._service_sid = service_sid

    async def create_message(self, conversation_sid: str, *, author: str, body: str) -> None:
        """Write `body` as `author`. Raises TwilioApiError when Twilio did not take it."""
        service = f"{self._base_url}/v1/Services/{self._service_sid}"
        url = f"{service}/Conversations/{conversation_sid}/Messages"
        form = {"Author": author, "Body": body}
        what = f"A message to {conversation_sid}"
        await send(self._pool.get(self._base_url), "POST", url, what, data=form)
