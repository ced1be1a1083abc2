"""State and rules of Conversations (Classic): services, conversations and what is in them.

https://www.twilio.com/docs/conversations-classic/api
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from getting_started.twilio_emulator.classic.bridge import Bridge
from getting_started.twilio_emulator.classic.events import Events
from getting_started.twilio_emulator.classic.models import (
    AddressConfiguration,
    Conversation,
    Message,
    Participant,
    Role,
    Service,
    User,
    Webhook,
)
from getting_started.twilio_emulator.classic.tokens import Tokens
from getting_started.twilio_emulator.errors import TwilioError, bad_request, conflict, not_found

if TYPE_CHECKING:
    from getting_started.twilio_emulator.twilio import Twilio

MAX_WEBHOOKS = 5
MAX_WEBHOOK_URL = 512
MAX_CHAT_BODY = 32 * 1024
MAX_PHONE_BODY = 1600
WEBHOOK_TARGETS = ("webhook", "trigger", "studio")
STATES = ("initializing", "active", "inactive", "closed")


class ClassicStore:
    """Everything in the account's conversation services."""

    def __init__(self, twilio: Twilio) -> None:
        self.twilio = twilio
        self.events = Events(twilio)
        self.bridge = Bridge(twilio)
        self.tokens = Tokens(twilio)
        self.services: dict[str, Service] = {}
        self.conversations: dict[str, Conversation] = {}
        self.addresses: dict[str, AddressConfiguration] = {}
        self.users: dict[str, User] = {}
        self.roles: dict[str, Role] = {}
        self.default_service_sid: str | None = None
        self.webhook_settings: dict[str, dict[str, Any]] = {}

    # Services

    def create_service(self, friendly_name: str) -> Service:
        service = Service(**self.common("IS"), friendly_name=friendly_name)
        self.services[service.sid] = service
        for kind, name in (("conversation", "channel user"), ("service", "service user")):
            role = Role(
                **self.common("RL"),
                service_sid=service.sid,
                friendly_name=name,
                type=kind,
                permissions=["sendMessage", "leaveConversation"],
            )
            self.roles[role.sid] = role
        return service

    def get_service_or_raise(self, service_sid: str) -> Service:
        if service_sid not in self.services:
            raise not_found(f"/Services/{service_sid}")
        return self.services[service_sid]

    def default_service(self) -> Service:
        """The service behind the paths that name none; made when first used."""
        if self.default_service_sid is None:
            self.default_service_sid = self.create_service("Default Conversations Service").sid
        return self.services[self.default_service_sid]

    def delete_service(self, service_sid: str) -> None:
        del self.services[self.get_service_or_raise(service_sid).sid]
        theirs = [one.sid for one in self.conversations.values() if one.service_sid == service_sid]
        for conversation_sid in theirs:
            del self.conversations[conversation_sid]

    # Conversations

    def create_conversation(
        self,
        service_sid: str,
        *,
        friendly_name: str | None = None,
        unique_name: str | None = None,
        attributes: str = "{}",
        messaging_service_sid: str | None = None,
    ) -> Conversation:
        self.get_service_or_raise(service_sid)
        if unique_name and self._find_unique(service_sid, unique_name):
            raise TwilioError(409, 50353, "Conversation with provided unique name already exists")
        conversation = Conversation(
            **self.common("CH"),
            service_sid=service_sid,
            friendly_name=friendly_name,
            unique_name=unique_name,
            attributes=attributes,
            messaging_service_sid=messaging_service_sid,
        )
        self.conversations[conversation.sid] = conversation
        return conversation

    def get_conversation_or_raise(self, conversation_sid: str) -> Conversation:
        if conversation_sid not in self.conversations:
            raise not_found(f"/Conversations/{conversation_sid}")
        return self.conversations[conversation_sid]

    def find_in_service_or_raise(self, service_sid: str, name: str) -> Conversation:
        """By SID or unique name, as the paths allow."""
        conversation = self.conversations.get(name) or self._find_unique(service_sid, name)
        if conversation is None or conversation.service_sid != service_sid:
            raise not_found(f"/Services/{service_sid}/Conversations/{name}")
        return conversation

    def _find_unique(self, service_sid: str, unique_name: str) -> Conversation | None:
        for conversation in self.conversations.values():
            if (conversation.service_sid, conversation.unique_name) == (service_sid, unique_name):
                return conversation
        return None

    def set_state(self, conversation_sid: str, state: str) -> None:
        conversation = self.get_conversation_or_raise(conversation_sid)
        if state not in STATES:
            raise bad_request(f"Invalid conversation state {state}")
        if conversation.state == "closed" and state != "closed":
            raise bad_request("A closed conversation cannot be opened again")
        if state == "closed" and conversation.state != "closed":
            self.twilio.spawn(self.bridge.close(conversation))
        conversation.state = state  # type: ignore[assignment] # one of STATES, checked above
        self.changed(conversation, "state")

    def close_conversation(self, conversation_sid: str) -> None:
        self.set_state(conversation_sid, "closed")

    # Participants

    def participants(self, conversation_sid: str) -> list[Participant]:
        return list(self.get_conversation_or_raise(conversation_sid).participants.values())

    def get_participant_or_raise(self, conversation_sid: str, name: str) -> Participant:
        """By SID or chat identity, as the paths allow."""
        conversation = self.get_conversation_or_raise(conversation_sid)
        for participant in conversation.participants.values():
            if name in (participant.sid, participant.identity):
                return participant
        raise not_found(f"/Conversations/{conversation_sid}/Participants/{name}")

    async def add_participant(
        self,
        conversation_sid: str,
        *,
        identity: str | None = None,
        address: str | None = None,
        proxy_address: str | None = None,
        attributes: str = "{}",
        is_human_agent: bool = False,
    ) -> Participant:
        conversation = self._get_open_or_raise(conversation_sid)
        if not identity and not address:
            raise bad_request("Either Identity or MessagingBinding.Address is required")
        self._refuse_duplicate(conversation, identity, address, proxy_address)
        participant = Participant(
            **self.common("MB"),
            conversation_sid=conversation.sid,
            identity=identity,
            address=address,
            proxy_address=proxy_address,
            attributes=attributes,
            is_human_agent=is_human_agent,
        )
        conversation.participants[participant.sid] = participant
        if identity:
            self.get_or_create_user(conversation.service_sid, identity)
        if is_human_agent:
            await self.bridge.add_human_agent(conversation, participant)
        self.changed(conversation, "participants")
        return participant

    def _refuse_duplicate(
        self,
        conversation: Conversation,
        identity: str | None,
        address: str | None,
        proxy_address: str | None,
    ) -> None:
        if identity and conversation.participant_writing_as(identity):
            raise TwilioError(409, 50433, "Participant already exists")
        other = self.find_open(address, proxy_address) if address else None
        if other:
            message = (
                "A binding for this participant and proxy address already exists in "
                f"Conversation {other.sid}"
            )
            raise TwilioError(409, 50416, message)

    async def remove_participant(self, conversation_sid: str, participant_sid: str) -> None:
        conversation = self.get_conversation_or_raise(conversation_sid)
        participant = self.get_participant_or_raise(conversation_sid, participant_sid)
        del conversation.participants[participant.sid]
        if participant.is_human_agent:
            await self.bridge.remove_human_agent(conversation, participant)
        self.changed(conversation, "participants")

    def find_open(self, address: str | None, proxy_address: str | None) -> Conversation | None:
        """The open conversation of a customer's address with one of ours."""
        for conversation in self.conversations.values():
            for participant in conversation.participants.values():
                pair = (participant.address, participant.proxy_address)
                if pair == (address, proxy_address) and conversation.state != "closed":
                    return conversation
        return None

    # Messages

    def list_messages(self, conversation_sid: str) -> list[Message]:
        return list(self.get_conversation_or_raise(conversation_sid).messages)

    def get_message_or_raise(self, conversation_sid: str, message_sid: str) -> Message:
        for message in self.get_conversation_or_raise(conversation_sid).messages:
            if message.sid == message_sid:
                return message
        raise not_found(f"/Conversations/{conversation_sid}/Messages/{message_sid}")

    async def add_message(
        self,
        conversation_sid: str,
        *,
        author: str,
        body: str,
        source: str = "API",
        attributes: str = "{}",
        webhook_enabled: bool = False,
    ) -> Message:
        """Add a message: it reaches phones, the bridge and, unless it came by API, webhooks."""
        conversation = self._get_open_or_raise(conversation_sid)
        limit = MAX_CHAT_BODY if conversation.channel == "CHAT" else MAX_PHONE_BODY
        if len(body) > limit:
            raise bad_request(f"Message body exceeds the {limit} character limit", code=21617)
        writer = conversation.participant_writing_as(author)
        message = Message(
            **self.common("IM"),
            conversation_sid=conversation.sid,
            index=conversation.next_index(),
            author=author,
            body=body,
            source=source,
            attributes=attributes,
            participant_sid=writer.sid if writer else None,
        )
        conversation.messages.append(message)
        conversation.state = "active"
        await self._spread(conversation, message)
        if source != "API" or webhook_enabled:
            self.events.message_added(conversation, message)
        return message

    async def _spread(self, conversation: Conversation, message: Message) -> None:
        """To the journal, to the phones in the conversation and over the bridge."""
        if conversation.channel == "CHAT":
            await self._journal(conversation, message)
        for participant in tuple(conversation.participants.values()):
            if participant.address and participant.author != message.author:
                message.delivered_to += 1
                await self.twilio.messaging.deliver(
                    from_=participant.proxy_address or "",
                    to=participant.address,
                    body=message.body,
                    author=message.author,
                    conversation_sid=conversation.sid,
                )
        await self.bridge.mirror_message(conversation, message)

    async def _journal(self, conversation: Conversation, message: Message) -> None:
        customer = conversation.customer()
        is_customers = customer is not None and customer.author == message.author
        await self.twilio.journal.record(
            "message",
            channel="CHAT",
            conversation_sid=conversation.sid,
            **{"from": message.author},
            to=None if is_customers or customer is None else customer.author,
            author=message.author,
            body=message.body,
            sid=message.sid,
            index=message.index,
            source=message.source,
        )

    # Webhooks of one conversation

    def add_webhook(
        self, conversation_sid: str, *, target: str, configuration: dict[str, Any]
    ) -> Webhook:
        conversation = self._get_open_or_raise(conversation_sid)
        if len(conversation.webhooks) >= MAX_WEBHOOKS:
            raise bad_request("Webhook limit reached: 5 per conversation", code=50361)
        if target not in WEBHOOK_TARGETS:
            raise bad_request(f"Invalid webhook target {target}")
        if len(configuration.get("url") or "") > MAX_WEBHOOK_URL:
            raise bad_request("Webhook URL is too long", code=50372)
        webhook = Webhook(
            **self.common("WH"),
            conversation_sid=conversation.sid,
            target=target,
            configuration=configuration,
        )
        conversation.webhooks[webhook.sid] = webhook
        return webhook

    def get_webhook_or_raise(self, conversation_sid: str, webhook_sid: str) -> Webhook:
        conversation = self.get_conversation_or_raise(conversation_sid)
        if webhook_sid not in conversation.webhooks:
            raise not_found(f"/Conversations/{conversation_sid}/Webhooks/{webhook_sid}")
        return conversation.webhooks[webhook_sid]

    def remove_webhook(self, conversation_sid: str, webhook_sid: str) -> None:
        self.get_webhook_or_raise(conversation_sid, webhook_sid)
        del self.conversations[conversation_sid].webhooks[webhook_sid]

    # Addresses and users

    def add_address(
        self,
        *,
        type_: str,
        address: str,
        auto_creation: dict[str, Any],
        friendly_name: str | None = None,
    ) -> AddressConfiguration:
        if self.find_address(address):
            raise conflict(f"An address configuration for {address} already exists")
        configuration = AddressConfiguration(
            **self.common("IG"),
            type=type_,
            address=address,
            auto_creation=auto_creation,
            friendly_name=friendly_name,
        )
        self.addresses[configuration.sid] = configuration
        return configuration

    def find_address(self, address: str) -> AddressConfiguration | None:
        found = (one for one in self.addresses.values() if one.address == address)
        return next(found, None)

    def get_address_or_raise(self, name: str) -> AddressConfiguration:
        """By SID or by the address itself, as the paths allow."""
        found = self.addresses.get(name) or self.find_address(name)
        if found is None:
            raise not_found(f"/Configuration/Addresses/{name}")
        return found

    def get_user_or_raise(self, service_sid: str, name: str) -> User:
        """By SID or identity, as the paths allow."""
        for user in self.users.values():
            if user.service_sid == service_sid and name in (user.sid, user.identity):
                return user
        raise not_found(f"/Users/{name}")

    def get_or_create_user(self, service_sid: str, identity: str) -> User:
        for user in self.users.values():
            if (user.service_sid, user.identity) == (service_sid, identity):
                return user
        user = User(**self.common("US"), service_sid=service_sid, identity=identity)
        self.users[user.sid] = user
        return user

    # What all resources share

    def common(self, prefix: str) -> dict[str, Any]:
        """The fields that every new resource starts with."""
        now = self.twilio.clock.now()
        return {
            "sid": self.twilio.sids.sid(prefix),
            "account_sid": self.twilio.account.sid,
            "created": now,
            "updated": now,
        }

    def changed(self, conversation: Conversation, what: str) -> None:
        """Into the journal, where browsers and tests wait for it."""
        self.touch(conversation)
        self.twilio.spawn(self._journal_change(conversation.sid, what))

    async def _journal_change(self, conversation_sid: str, what: str) -> None:
        await self.twilio.journal.record(
            "conversation", conversation_sid=conversation_sid, changed=what
        )

    def touch(self, resource: Conversation | Participant | Message | Service) -> None:
        resource.updated = self.twilio.clock.now()

    def _get_open_or_raise(self, conversation_sid: str) -> Conversation:
        conversation = self.get_conversation_or_raise(conversation_sid)
        if conversation.state == "closed":
            raise bad_request(f"Conversation {conversation_sid} is closed")
        return conversation
