"""Shapes of Conversations (Classic) v1.

https://www.twilio.com/docs/conversations-classic/api
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

State = Literal["initializing", "active", "inactive", "closed"]
CHANNELS = {"sms": "SMS", "whatsapp": "WHATSAPP", "rcs": "RCS"}


def to_date(moment: datetime) -> str:
    """A moment as this API prints it: whole seconds."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def type_of_address(address: str) -> str:
    """`whatsapp:+1555...` is `whatsapp`; a bare number is `sms`."""
    prefix, colon, _ = address.partition(":")
    return prefix if colon else "sms"


@dataclass(kw_only=True)
class Resource:
    """What every resource has."""

    sid: str
    account_sid: str
    created: datetime
    updated: datetime

    def common(self, url: str) -> dict[str, Any]:
        return {
            "sid": self.sid,
            "account_sid": self.account_sid,
            "date_created": to_date(self.created),
            "date_updated": to_date(self.updated),
            "url": url,
        }


@dataclass(kw_only=True)
class Service(Resource):
    """A conversation service (IS...): a world of its own of conversations and users."""

    friendly_name: str

    def to_json(self, root: str) -> dict[str, Any]:
        url = f"{root}/Services/{self.sid}"
        collections = ("conversations", "users", "roles", "participant_conversations")
        links = {name: f"{url}/{name.title().replace('_', '')}" for name in collections}
        return {
            **self.common(url),
            "friendly_name": self.friendly_name,
            "links": {**links, "configuration": f"{url}/Configuration"},
        }


@dataclass(kw_only=True)
class Participant(Resource):
    """Somebody in a conversation (MB...): by chat identity or by a messaging binding."""

    conversation_sid: str
    identity: str | None = None
    address: str | None = None
    proxy_address: str | None = None
    attributes: str = "{}"
    role_sid: str | None = None
    is_human_agent: bool = False

    @property
    def author(self) -> str:
        """The name under which this participant's messages appear."""
        return self.identity or self.address or ""

    @property
    def binding(self) -> dict[str, str | None] | None:
        if not self.address:
            return None
        return {
            "type": type_of_address(self.address),
            "address": self.address,
            "proxy_address": self.proxy_address,
        }

    def to_json(self, root: str) -> dict[str, Any]:
        url = f"{root}/Conversations/{self.conversation_sid}/Participants/{self.sid}"
        return {
            **self.common(url),
            "conversation_sid": self.conversation_sid,
            "identity": self.identity,
            "attributes": self.attributes,
            "messaging_binding": self.binding,
            "role_sid": self.role_sid,
            "last_read_message_index": None,
            "last_read_timestamp": None,
        }


@dataclass(kw_only=True)
class Message(Resource):
    """One message (IM...). `source` says how it came: SDK, API, SMS, whatsapp, rcs."""

    conversation_sid: str
    index: int
    author: str
    body: str
    source: str = "API"
    attributes: str = "{}"
    participant_sid: str | None = None
    delivered_to: int = 0

    def delivery(self) -> dict[str, Any] | None:
        if not self.delivered_to:
            return None
        all_of_them = {"sent": "all", "delivered": "all"}
        none = {"read": "none", "failed": "none", "undelivered": "none"}
        return {"total": self.delivered_to, **all_of_them, **none}

    def to_json(self, root: str) -> dict[str, Any]:
        url = f"{root}/Conversations/{self.conversation_sid}/Messages/{self.sid}"
        return {
            **self.common(url),
            "conversation_sid": self.conversation_sid,
            "index": self.index,
            "author": self.author,
            "body": self.body,
            "media": None,
            "attributes": self.attributes,
            "participant_sid": self.participant_sid,
            "delivery": self.delivery(),
            "content_sid": None,
            "links": {"delivery_receipts": f"{url}/Receipts"},
        }


@dataclass(kw_only=True)
class Webhook(Resource):
    """A webhook scoped to one conversation (WH...): a URL, keywords, or a Studio flow."""

    conversation_sid: str
    target: str
    configuration: dict[str, Any]

    def to_json(self, root: str) -> dict[str, Any]:
        url = f"{root}/Conversations/{self.conversation_sid}/Webhooks/{self.sid}"
        return {
            **self.common(url),
            "conversation_sid": self.conversation_sid,
            "target": self.target,
            "configuration": self.configuration,
        }


@dataclass(kw_only=True)
class Conversation(Resource):
    """A conversation (CH...) with everything in it."""

    service_sid: str
    friendly_name: str | None = None
    unique_name: str | None = None
    attributes: str = "{}"
    state: State = "active"
    messaging_service_sid: str | None = None
    timers: dict[str, str] = field(default_factory=dict)
    participants: dict[str, Participant] = field(default_factory=dict)
    messages: list[Message] = field(default_factory=list)
    webhooks: dict[str, Webhook] = field(default_factory=dict)

    def next_index(self) -> int:
        return self.messages[-1].index + 1 if self.messages else 0

    def participant_writing_as(self, author: str) -> Participant | None:
        everyone = self.participants.values()
        return next((one for one in everyone if one.author == author), None)

    def customer(self) -> Participant | None:
        """Who is served here: the one on a phone, else the first who is no human agent."""
        customers = [one for one in self.participants.values() if not one.is_human_agent]
        return next((one for one in customers if one.address), next(iter(customers), None))

    @property
    def channel(self) -> str:
        """The channel in the words of Conversation Orchestrator."""
        customer = self.customer()
        if customer is None or not customer.address:
            return "CHAT"
        return CHANNELS.get(type_of_address(customer.address), "SMS")

    def to_json(self, root: str) -> dict[str, Any]:
        url = f"{root}/Conversations/{self.sid}"
        return {
            **self.common(url),
            "chat_service_sid": self.service_sid,
            "messaging_service_sid": self.messaging_service_sid,
            "friendly_name": self.friendly_name,
            "unique_name": self.unique_name,
            "attributes": self.attributes,
            "state": self.state,
            "timers": self.timers,
            "bindings": {},
            "links": {
                name: f"{url}/{name.title()}" for name in ("participants", "messages", "webhooks")
            },
        }


@dataclass(kw_only=True)
class AddressConfiguration(Resource):
    """What happens to messages for one of our addresses (IG...)."""

    type: str
    address: str
    friendly_name: str | None = None
    auto_creation: dict[str, Any] = field(default_factory=dict)

    def to_json(self, root: str) -> dict[str, Any]:
        return {
            **self.common(f"{root}/Configuration/Addresses/{self.sid}"),
            "type": self.type,
            "address": self.address,
            "friendly_name": self.friendly_name,
            "auto_creation": self.auto_creation,
            "address_country": None,
        }


@dataclass(kw_only=True)
class User(Resource):
    """A chat identity known to a service (US...)."""

    service_sid: str
    identity: str
    friendly_name: str | None = None
    attributes: str = "{}"
    role_sid: str | None = None

    def to_json(self, root: str) -> dict[str, Any]:
        url = f"{root}/Users/{self.sid}"
        return {
            **self.common(url),
            "chat_service_sid": self.service_sid,
            "identity": self.identity,
            "friendly_name": self.friendly_name,
            "attributes": self.attributes,
            "role_sid": self.role_sid,
            "is_online": None,
            "is_notifiable": None,
            "links": {"user_conversations": f"{url}/Conversations"},
        }


@dataclass(kw_only=True)
class Role(Resource):
    """What a user or participant may do (RL...)."""

    service_sid: str
    friendly_name: str
    type: str
    permissions: list[str]

    def to_json(self, root: str) -> dict[str, Any]:
        return {
            **self.common(f"{root}/Roles/{self.sid}"),
            "chat_service_sid": self.service_sid,
            "friendly_name": self.friendly_name,
            "type": self.type,
            "permissions": self.permissions,
        }
