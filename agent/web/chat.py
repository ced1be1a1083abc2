"""What a browser needs for the web chat: an identity, a conversation and a token for Twilio."""

from __future__ import annotations

import time
from typing import Any

from twilio.jwt.access_token import AccessToken
from twilio.jwt.access_token.grants import ChatGrant

from agent.settings import Settings
from agent.twilio_api.classic import ClassicClient
from agent.web.rate_limit import RateLimit
from agent.web.threads import Threads
from agent.web.visitors import Visitors

Context = dict[str, str | int | float | bool]


class WebChat:
    """Lets visitors in."""

    def __init__(self, settings: Settings, classic: ClassicClient) -> None:
        self.visitors = Visitors(settings)
        self.limit = RateLimit(settings.chat_tokens_per_minute, time.monotonic)
        self.origins = {settings.public_url, *settings.chat_origins}
        self._settings = settings
        self._classic = classic
        self._threads = Threads(classic)

    async def admit(self, identity: str, context: Context | None = None) -> dict[str, Any]:
        """What the widget connects with: `{"identity", "token", "expiresInSeconds",
        "conversationSid", "agentIdentity", "sdk": {"url", "integrity"}}`.

        `context`, what the page knows, is kept in the attributes of the conversation, where the
        flow and Flex read it. Raises TwilioApiError when the conversation cannot be had.
        """
        thread = await self._threads.open(identity)
        if context is not None and thread.attributes.get("context") != context:
            attributes = {**thread.attributes, "context": context}
            await self._classic.update_attributes(thread.sid, attributes)
        settings = self._settings
        return {
            "identity": identity,
            "token": self._token_for(identity),
            "expiresInSeconds": settings.chat_token_seconds,
            "conversationSid": thread.sid,
            "agentIdentity": settings.chat_identity,
            "sdk": {"url": settings.chat_sdk_url, "integrity": settings.chat_sdk_integrity},
        }

    def _token_for(self, identity: str) -> str:
        """https://www.twilio.com/docs/conversations-classic/create-tokens"""
        settings = self._settings
        token = AccessToken(
            settings.account_sid,
            settings.api_key,
            settings.api_secret.get_secret_value(),
            identity=identity,
            ttl=settings.chat_token_seconds,
            grants=[ChatGrant(service_sid=self._classic.service_sid)],
        )
        return str(token.to_jwt())
