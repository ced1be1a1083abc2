"""Which open conversation traffic belongs to.

https://www.twilio.com/docs/conversations/orchestrator/concepts/core
"""

from __future__ import annotations

from collections.abc import Iterable

from getting_started.twilio_emulator.orchestrator.models import (
    BY_CHANNEL,
    Address,
    Configuration,
    Conversation,
    Grouping,
)


def find_open(
    conversations: Iterable[Conversation],
    configuration: Configuration,
    addresses: list[Address],
    profile_id: str | None,
) -> Conversation | None:
    """The conversation of these addresses or, grouped by profile, of this customer."""
    grouping = configuration.conversation_grouping_type
    for conversation in conversations:
        if not conversation.is_open or conversation.configuration_id != configuration.id:
            continue
        if grouping == "GROUP_BY_PROFILE" and profile_id:
            if any(one.profile_id == profile_id for one in conversation.of_type("CUSTOMER")):
                return conversation
        elif addresses and all(_is_known(conversation, one, grouping) for one in addresses):
            return conversation
    return None


def _is_known(conversation: Conversation, address: Address, grouping: Grouping) -> bool:
    owned = (one for who in conversation.participants.values() for one in who.addresses)
    return any(_is_same(one, address, grouping) for one in owned)


def _is_same(one: Address, other: Address, grouping: Grouping) -> bool:
    """Two web chats of one identity are two threads; their channel id tells them apart."""
    if one.bare != other.bare:
        return False
    if grouping == BY_CHANNEL and one.channel != other.channel:
        return False
    is_chat = one.channel == other.channel == "CHAT"
    return not (is_chat and one.channel_id and other.channel_id) or (
        one.channel_id == other.channel_id
    )
