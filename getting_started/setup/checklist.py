"""The steps that have no API: where to click, and which of them the person says are done."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from agent.errors import AgentError
from getting_started.setup.remembered import FOLDER, Remembered

_OPT_INS = "Flex > Contact Center Settings > Opt-in features > Beta"


@dataclass(frozen=True)
class Item:
    """One step. `name` is what `--confirm` takes; `where` the way to it in Twilio Console."""

    name: str
    what: str
    where: str
    why: str


ITEMS = (
    Item(
        "flex-ui",
        "Flex UI is 2.17.1 or later",
        "Flex > Overview > Flex UI versions",
        "an older one has no virtual agent summary",
    ),
    Item(
        "ai-addendum",
        "The Predictive and Generative AI/ML Features Addendum is accepted",
        "Voice > Settings > General",
        "without it ConversationRelay answers no call",
    ),
    Item(
        "summary-voice",
        'The opt-in "Virtual agent summary for voice" is on',
        _OPT_INS,
        "else the human gets a call without its summary",
    ),
    Item(
        "summary-messaging",
        'The opt-in "Virtual agent summary for messaging" is on',
        _OPT_INS,
        "else the human gets a chat without its summary",
    ),
    Item(
        "senders",
        "The numbers and senders you write from are registered (A2P 10DLC, WhatsApp, RCS)",
        "Messaging > Regulatory Compliance, and Messaging > Senders",
        "carriers refuse messages of unregistered ones (30034)",
    ),
)


class Checklist:
    """What is confirmed for one account, by whom is not asked; remembered in a file.

    Raises AgentError when the file is damaged.
    """

    def __init__(self, account_sid: str, folder: Path = FOLDER) -> None:
        self._remembered = Remembered(folder / "checklist.json", account_sid)

    def open_items(self) -> list[Item]:
        """The steps that nobody has confirmed."""
        confirmed = self._remembered.read()
        return [item for item in ITEMS if item.name not in confirmed]

    def confirm(self, names: Collection[str]) -> None:
        """Remember that these are done. Raises AgentError for a name that there is not."""
        known = [item.name for item in ITEMS]
        if unknown := [name for name in names if name not in known]:
            raise AgentError(f"--confirm takes {', '.join(known)}; got {', '.join(unknown)}")
        for name in names:
            self._remembered.put(name, datetime.now(UTC).isoformat(timespec="seconds"))
