"""The ticket webhook: a request that no human could take now, for the company's own system.

`POST AGENT_TICKET_WEBHOOK_URL`, JSON. `X-Agent-Signature` is `v1=` and the hex HMAC-SHA256, by
AGENT_TICKET_SECRET, of the header `X-Agent-Timestamp` (seconds since 1970), a full stop and the raw
body. `Idempotency-Key` is the handoff's id: the same ticket may come more than once. Any 2xx is a
receipt; 429 and 5xx are tried again.
"""

from __future__ import annotations

import hmac
import json
import time

from agent.handoff.record import HandoffRecord
from agent.twilio_api.http import open_client, send

SCHEMA_VERSION = 1


class TicketClient:
    """One webhook. It never sees our credentials at Twilio."""

    def __init__(self, url: str, secret: str, *, timeout_seconds: float) -> None:
        self._url = url
        self._secret = secret.encode()
        self._client = open_client(timeout_seconds)

    async def create_ticket(self, record: HandoffRecord) -> str:
        """The id of the ticket, which is the handoff's.

        Raises TwilioApiError when it was refused, or not answered (status None).
        """
        body = json.dumps(to_ticket(record), ensure_ascii=False).encode()
        timestamp = str(int(time.time()))
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": record.id,
            "X-Agent-Timestamp": timestamp,
            "X-Agent-Signature": sign(self._secret, timestamp, body),
        }
        await send(self._client, "POST", self._url, "The ticket", content=body, headers=headers)
        return record.id

    async def close(self) -> None:
        await self._client.aclose()


def to_ticket(record: HandoffRecord) -> dict[str, object]:
    return {
        "schema_version": SCHEMA_VERSION,
        "handoff_id": record.id,
        "requested_at": record.requested_at.isoformat(),
        "channel": record.channel,
        "customer_address": record.customer_address,
        "payload": record.payload.to_wire(),
    }


def sign(secret: bytes, timestamp: str, body: bytes) -> str:
    signed = hmac.digest(secret, f"{timestamp}.".encode() + body, "sha256")
    return f"v1={signed.hex()}"
