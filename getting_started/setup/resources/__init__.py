"""Everything that setup makes, in the order in which it is made."""

from __future__ import annotations

from getting_started.setup.resource import Resource
from getting_started.setup.resources.chat_address import CHAT_ADDRESS
from getting_started.setup.resources.conversation_configuration import ConversationConfiguration
from getting_started.setup.resources.event_callback import EventCallback
from getting_started.setup.resources.intelligence import Intelligence
from getting_started.setup.resources.memory_store import MemoryStore
from getting_started.setup.resources.messaging_addresses import MESSAGING_ADDRESSES
from getting_started.setup.resources.phone_number import PhoneNumber
from getting_started.setup.resources.studio_flow import HandoffFlow
from getting_started.setup.resources.taskrouter import TaskRouter

RESOURCES: tuple[Resource, ...] = (
    MemoryStore(),
    Intelligence(),
    ConversationConfiguration(),
    TaskRouter(),
    HandoffFlow(),
    EventCallback(),
    PhoneNumber(),
    MESSAGING_ADDRESSES,
    CHAT_ADDRESS,
)
"""Each after those that it `needs`."""

NAMES = tuple(resource.name for resource in RESOURCES)
