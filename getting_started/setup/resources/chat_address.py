"""The agent's identity in web chats, as an address of Flex."""

from __future__ import annotations

from agent.settings import Settings
from getting_started.setup.addresses import Addresses, Senders


def _senders(settings: Settings) -> Senders:
    return {settings.chat_identity: "chat"}


CHAT_ADDRESS = Addresses("chat-address", "chat address", _senders)
