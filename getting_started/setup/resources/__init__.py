"""Everything that setup makes, in the order in which it is made."""

from __future__ import annotations

from getting_started.setup.resource import Resource
from getting_started.setup.resources.conversation_configuration import ConversationConfiguration
from getting_started.setup.resources.intelligence import Intelligence
from getting_started.setup.resources.memory_store import MemoryStore

RESOURCES: tuple[Resource, ...] = (
    MemoryStore(),
    Intelligence(),
    ConversationConfiguration(),
)
"""Each after those that it `needs`."""

NAMES = tuple(resource.name for resource in RESOURCES)
