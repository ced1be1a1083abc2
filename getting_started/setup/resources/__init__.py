"""Everything that setup makes, in the order in which it is made."""

from __future__ import annotations

from getting_started.setup.resource import Resource
from getting_started.setup.resources.memory_store import MemoryStore

RESOURCES: tuple[Resource, ...] = (MemoryStore(),)
"""Each after those that it `needs`."""

NAMES = tuple(resource.name for resource in RESOURCES)
