"""What tools may use. The conversation comes with each call, never from the model."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from agent.handoff.desk import Desk
from agent.memory import CustomerMemory


@dataclass(frozen=True)
class ToolContext:
    """The running agent's parts that tools work with."""

    desk: Desk
    memory: CustomerMemory
    knowledge_folder: Path
    orders_file: Path
