"""What a new message sets off: the conversation's own webhooks and the service's.

https://www.twilio.com/docs/conversations-classic/conversations-webhooks
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from getting_started.twilio_emulator.classic.models import Conversation, Message, Webhook, to_date
from getting_started.twilio_emulator.lanes import Lanes

if TYPE_CHECKING:
    from getting_started.twilio_emulator.twilio import Twilio

MESSAGE_ADDED = "onMessageAdded"


class Events:
    """Delivers `onMessageAdded`; the order within one conversation is kept."""

    def __init__(self, twilio: Twilio) -> None:
        self._twilio = twilio
        self._lanes = Lanes(twilio.spawn)

    def message_added(self, conversation: Conversation, message: Message) -> None:
        form = self._to_form(conversation, message)
        for webhook in conversation.webhooks.values():
            self._lanes.run(conversation.sid, partial(self._deliver, webhook, form))
        self._tell_service(conversation, form)

    def _tell_service(self, conversation: Conversation, form: dict[str, str]) -> None:
        """The webhook of the service, where one is configured for this event."""
        settings = self._twilio.classic.webhook_settings.get(conversation.service_sid, {})
        url = settings.get("post_webhook_url")
        if url and MESSAGE_ADDED in settings.get("filters", [MESSAGE_ADDED]):
            method = settings.get("method") or "POST"
            self._lanes.run(conversation.sid, partial(self._request, url, form, method))

    async def _deliver(self, webhook: Webhook, form: dict[str, str]) -> None:
        configuration = webhook.configuration
        if webhook.target == "studio":
            await self._twilio.studio.message_added(configuration["flow_sid"], form)
        elif _is_wanted(webhook, form):
            method = configuration.get("method") or "POST"
            await self._request(configuration["url"], form, method)

    async def _request(self, url: str, form: dict[str, str], method: str) -> None:
        await self._twilio.webhooks.request_form(url, form, method=method)

    def _to_form(self, conversation: Conversation, message: Message) -> dict[str, str]:
        form = {
            "EventType": MESSAGE_ADDED,
            "AccountSid": message.account_sid,
            "ChatServiceSid": conversation.service_sid,
            "ConversationSid": conversation.sid,
            "MessageSid": message.sid,
            "Index": str(message.index),
            "Body": message.body,
            "Author": message.author,
            "ParticipantSid": message.participant_sid or "",
            "Attributes": message.attributes,
            "DateCreated": to_date(message.created),
            "Source": message.source,
            "RetryCount": "0",
        }
        if message.source == "SDK":
            form["ClientIdentity"] = message.author
        return form


def _is_wanted(webhook: Webhook, form: dict[str, str]) -> bool:
    """By filters for a webhook; by words at the start of the message for a trigger."""
    configuration = webhook.configuration
    if webhook.target == "trigger":
        triggers = [word.lower() for word in configuration.get("triggers") or []]
        return any(form["Body"].lower().startswith(word) for word in triggers)
    return MESSAGE_ADDED in (configuration.get("filters") or [MESSAGE_ADDED])
