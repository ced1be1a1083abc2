"""Phone numbers and calls, and how they look on the wire.

https://www.twilio.com/docs/voice/api/call-resource
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from typing import Any, Literal

API_VERSION = "2010-04-01"

CallStatus = Literal[
    "queued", "ringing", "in-progress", "completed", "busy", "failed", "no-answer", "canceled"
]
Direction = Literal["inbound", "outbound-api"]
Speaker = Literal["CUSTOMER", "AI_AGENT", "HUMAN_AGENT", "FLOW"]
LIVE: frozenset[CallStatus] = frozenset({"queued", "ringing", "in-progress"})


@dataclass(kw_only=True)
class PhoneNumber:
    """A number of the account (PN...), and whom to ask when somebody calls it."""

    sid: str
    phone_number: str
    friendly_name: str = ""
    voice_url: str = ""
    voice_method: str = "POST"
    voice_fallback_url: str = ""
    voice_fallback_method: str = "POST"
    status_callback: str = ""
    status_callback_method: str = "POST"
    sms_url: str = ""
    sms_method: str = "POST"
    sms_fallback_url: str = ""
    sms_fallback_method: str = "POST"
    voice_application_sid: str = ""
    sms_application_sid: str = ""
    trunk_sid: str = ""

    @property
    def answering_url(self) -> str:
        """Whom to ask: a TwiML application or a SIP trunk goes before `voice_url`."""
        return "" if self.voice_application_sid or self.trunk_sid else self.voice_url

    def to_json(self) -> dict[str, Any]:
        return {
            **self.__dict__,
            "friendly_name": self.friendly_name or self.phone_number,
            "capabilities": {"voice": True, "sms": True, "mms": True, "fax": False},
            "api_version": API_VERSION,
            "status": "in-use",
        }


@dataclass(kw_only=True)
class Utterance:
    """Something said in a call, and by whom."""

    speaker: Speaker
    text: str
    at: str

    def to_json(self) -> dict[str, str]:
        return {"speaker": self.speaker, "text": self.text, "at": self.at}


@dataclass(kw_only=True)
class Call:
    """One call leg (CA...) between a customer's phone and one of our numbers."""

    sid: str
    account_sid: str
    from_: str
    to: str
    direction: Direction
    created: datetime
    status: CallStatus = "queued"
    started: datetime | None = None
    ended: datetime | None = None
    answered_by: str | None = None
    doing: str = ""
    """The TwiML verb under way, such as `ConversationRelay`, `Gather` or `Enqueue`."""
    transcript: list[Utterance] = field(default_factory=list)

    @property
    def customer(self) -> str:
        return self.from_ if self.direction == "inbound" else self.to

    @property
    def agent(self) -> str:
        return self.to if self.direction == "inbound" else self.from_

    @property
    def is_live(self) -> bool:
        return self.status in LIVE

    @property
    def duration(self) -> int:
        if self.started is None or self.ended is None:
            return 0
        return int((self.ended - self.started).total_seconds())

    def to_form(self) -> dict[str, str]:
        """The parameters that every request about this call carries."""
        form = {
            "AccountSid": self.account_sid,
            "ApiVersion": API_VERSION,
            "CallSid": self.sid,
            "CallStatus": self.status,
            "Direction": self.direction,
            "From": self.from_,
            "To": self.to,
            "Caller": self.from_,
            "Called": self.to,
        }
        return form | ({"AnsweredBy": self.answered_by} if self.answered_by else {})

    def to_json(self) -> dict[str, Any]:
        uri = f"/{API_VERSION}/Accounts/{self.account_sid}/Calls/{self.sid}"
        return {
            "sid": self.sid,
            "account_sid": self.account_sid,
            "api_version": API_VERSION,
            "from": self.from_,
            "from_formatted": self.from_,
            "to": self.to,
            "to_formatted": self.to,
            "direction": self.direction,
            "status": self.status,
            "answered_by": self.answered_by,
            "parent_call_sid": None,
            "date_created": format_datetime(self.created),
            "date_updated": format_datetime(self.ended or self.started or self.created),
            "start_time": format_datetime(self.started) if self.started else None,
            "end_time": format_datetime(self.ended) if self.ended else None,
            "duration": str(self.duration) if self.ended else None,
            "uri": f"{uri}.json",
            "subresource_uris": {"recordings": f"{uri}/Recordings.json"},
        }

    def to_control(self) -> dict[str, Any]:
        """What the customer's phone and the desk see of the call."""
        return {
            "call_sid": self.sid,
            "from": self.from_,
            "to": self.to,
            "direction": self.direction,
            "status": self.status,
            "doing": self.doing,
            "transcript": [utterance.to_json() for utterance in self.transcript],
        }
