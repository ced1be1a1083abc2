"""Calls: whether one is over.

https://www.twilio.com/docs/voice/api/call-resource
"""

from __future__ import annotations

from agent.twilio_api.answers import read_sid
from agent.twilio_api.http import ClientPool, send

OVER = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})
"""The statuses in which a call ends."""


class CallsClient:
    """The calls of one account (AC...)."""

    def __init__(self, pool: ClientPool, base_url: str, account_sid: str) -> None:
        self._client = pool.get(base_url)
        self._url = f"{base_url}/2010-04-01/Accounts/{account_sid}/Calls"

    async def fetch_status(self, call_sid: str) -> str:
        """As it is now, such as `in-progress`. Raises TwilioApiError when Twilio does not tell."""
        what = f"Reading call {call_sid}"
        response = await send(self._client, "GET", f"{self._url}/{call_sid}.json", what)
        return read_sid(response, what, "status")
