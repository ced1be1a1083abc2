"""Shapes of Programmable Messaging.

https://www.twilio.com/docs/messaging/api/message-resource
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from typing import Any, Literal

Direction = Literal["inbound", "outbound-api"]


@dataclass(kw_only=True)
class Message:
    """One SMS, WhatsApp or RCS message (SM...)."""

    sid: str
    account_sid: str
    from_: str
    to: str
    body: str
    direction: Direction
    status: str
    created: datetime
    author: str
    conversation_sid: str | None = None
    status_callback: str | None = None

    def to_json(self) -> dict[str, Any]:
        date = format_datetime(self.created.replace(microsecond=0))
        return {
            "sid": self.sid,
            "account_sid": self.account_sid,
            "api_version": "2010-04-01",
            "from": self.from_,
            "to": self.to,
            "body": self.body,
            "direction": self.direction,
            "status": self.status,
            "date_created": date,
            "date_updated": date,
            "date_sent": date,
            "error_code": None,
            "error_message": None,
            "messaging_service_sid": None,
            "num_media": "0",
            "num_segments": str(len(self.body) // 153 + 1),
            "price": None,
            "price_unit": "USD",
            "subresource_uris": {},
            "uri": f"/2010-04-01/Accounts/{self.account_sid}/Messages/{self.sid}.json",
        }

    def to_control(self) -> dict[str, Any]:
        """As the customer's phone shows it."""
        return {
            "sid": self.sid,
            "from": self.from_,
            "to": self.to,
            "body": self.body,
            "author": self.author,
            "conversation_sid": self.conversation_sid,
        }
