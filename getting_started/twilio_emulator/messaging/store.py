"""State and rules of Programmable Messaging: in from customers, out to their phones.

https://www.twilio.com/docs/messaging/api/message-resource
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from getting_started.twilio_emulator.classic.models import (
    CHANNELS,
    AddressConfiguration,
    Conversation,
    type_of_address,
)
from getting_started.twilio_emulator.errors import bad_request, not_found
from getting_started.twilio_emulator.messaging.models import Direction, Message

if TYPE_CHECKING:
    from getting_started.twilio_emulator.twilio import Twilio

MAX_BODY = 1600
SOURCES = {"sms": "SMS"}


class MessagingStore:
    """Every message of the account, in both directions."""

    def __init__(self, twilio: Twilio) -> None:
        self.twilio = twilio
        self.messages: dict[str, Message] = {}

    def get_message_or_raise(self, message_sid: str) -> Message:
        if message_sid not in self.messages:
            raise not_found(f"/Messages/{message_sid}")
        return self.messages[message_sid]

    def inbox(self, address: str) -> list[Message]:
        """What was delivered to the phone at `address`, oldest first."""
        return [
            message
            for message in self.messages.values()
            if message.direction == "outbound-api" and message.to == address
        ]

    async def receive(self, *, from_: str, to: str, body: str) -> str:
        """A customer wrote: into their conversation, or a new one where `to` creates them."""
        conversation = await self._find_or_create_conversation(from_, to)
        sid = conversation.sid if conversation else None
        message = self._add(from_, to, body, "inbound", "received", conversation_sid=sid)
        await self._journal(message)
        if conversation:
            kind = type_of_address(from_)
            await self.twilio.classic.add_message(
                conversation.sid, author=from_, body=body, source=SOURCES.get(kind, kind)
            )
        else:
            await self.twilio.orchestrator.traffic.capture_by_rule(
                channel=channel_of(from_), message_sid=message.sid, from_=from_, to=to, text=body
            )
        return message.sid

    async def deliver(
        self,
        *,
        from_: str,
        to: str,
        body: str,
        author: str | None = None,
        conversation_sid: str | None = None,
    ) -> str:
        """To the customer's phone; `author` is who wrote it, where that is not the sender."""
        message = self._add(
            from_,
            to,
            body,
            "outbound-api",
            "delivered",
            author=author,
            conversation_sid=conversation_sid,
        )
        await self._journal(message)
        return message.sid

    async def create(self, *, from_: str, to: str, body: str, status_callback: str | None) -> str:
        """The Messages API: as `deliver`, captured where a rule says so, and reported on."""
        sid = await self.deliver(from_=from_, to=to, body=body)
        self.messages[sid].status_callback = status_callback
        await self.twilio.orchestrator.traffic.capture_by_rule(
            channel=channel_of(to), message_sid=sid, from_=from_, to=to, text=body
        )
        if status_callback:
            self.twilio.spawn(self._report(self.messages[sid], status_callback))
        return sid

    async def _report(self, message: Message, url: str) -> None:
        for status in ("sent", "delivered"):
            form = {
                "AccountSid": message.account_sid,
                "ApiVersion": "2010-04-01",
                "From": message.from_,
                "MessageSid": message.sid,
                "MessageStatus": status,
                "SmsSid": message.sid,
                "SmsStatus": status,
                "To": message.to,
            }
            await self.twilio.webhooks.request_form(url, form)

    def _add(
        self,
        from_: str,
        to: str,
        body: str,
        direction: Direction,
        status: str,
        *,
        author: str | None = None,
        conversation_sid: str | None = None,
    ) -> Message:
        if len(body) > MAX_BODY:
            limit = f"the {MAX_BODY} character limit"
            raise bad_request(f"The concatenated message body exceeds {limit}", code=21617)
        message = Message(
            sid=self.twilio.sids.sid("SM"),
            account_sid=self.twilio.account.sid,
            from_=from_,
            to=to,
            body=body,
            direction=direction,
            status=status,
            created=self.twilio.clock.now(),
            author=author or from_,
            conversation_sid=conversation_sid,
        )
        self.messages[message.sid] = message
        return message

    async def _find_or_create_conversation(self, from_: str, to: str) -> Conversation | None:
        found = self.twilio.classic.find_open(from_, to)
        address = self.twilio.classic.find_address(to)
        if found or address is None or not address.auto_creation.get("enabled"):
            return found
        return await self._create_conversation(address, from_)

    async def _create_conversation(
        self, address: AddressConfiguration, customer: str
    ) -> Conversation:
        """https://www.twilio.com/docs/conversations-classic/api/address-configuration-resource"""
        classic = self.twilio.classic
        settings = address.auto_creation
        service_sid = settings.get("conversation_service_sid") or classic.default_service().sid
        conversation = classic.create_conversation(service_sid)
        await classic.add_participant(
            conversation.sid, address=customer, proxy_address=address.address
        )
        if settings.get("type") == "studio":
            flow = {"flow_sid": settings["studio_flow_sid"]}
            classic.add_webhook(conversation.sid, target="studio", configuration=flow)
        elif settings.get("type") == "webhook":
            webhook = {
                "url": settings["webhook_url"],
                "method": settings.get("webhook_method") or "POST",
                "filters": settings.get("webhook_filters"),
            }
            classic.add_webhook(conversation.sid, target="webhook", configuration=webhook)
        return conversation

    async def _journal(self, message: Message) -> None:
        customer = message.from_ if message.direction == "inbound" else message.to
        await self.twilio.journal.record(
            "message",
            channel=channel_of(customer),
            conversation_sid=message.conversation_sid,
            **{"from": message.from_},
            to=message.to,
            author=message.author,
            body=message.body,
            sid=message.sid,
        )


def channel_of(address: str) -> str:
    """SMS, WHATSAPP or RCS, by the customer's address."""
    return CHANNELS.get(type_of_address(address), "SMS")
