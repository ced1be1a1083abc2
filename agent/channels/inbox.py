"""The events of one conversation in order, and what a customer goes on writing meanwhile."""

from __future__ import annotations

import asyncio
from collections import deque
from datetime import datetime
from typing import Any, NamedTuple

from agent.instructions import NOT_TEXT

Event = dict[str, Any]
EVENTS_WAITING = 200
LONGEST_BURST = 4
"""A burst is answered after so many windows, even if the customer goes on writing."""


class Author(NamedTuple):
    """Who writes in which thread: messages of one author may be answered together."""

    channel: str
    address: str
    thread: str


class Inbox:
    """What came in and waits. A burst ends when nothing came for `burst_seconds`."""

    def __init__(self, burst_seconds: float) -> None:
        self._burst_seconds = burst_seconds
        self._events: deque[Event] = deque()
        self._taken: list[Event] = []
        self._burst: list[Event] = []
        self._has_come = asyncio.Event()

    def put(self, event: Event) -> bool:
        """Whether there was room for it."""
        if len(self._events) >= EVENTS_WAITING:
            return False
        self._events.append(event)
        self._has_come.set()
        return True

    def pop(self) -> Event | None:
        """The next event, with which a burst may begin; None when nothing waits."""
        self._burst = []
        return self._take() if self._events else None

    def take_names(self) -> list[str]:
        """Of the messages that have been taken from here since this was asked last."""
        taken, self._taken = self._taken, []
        return [name_of(event) for event in taken]

    def has_more(self, author: Author) -> bool:
        """Whether the next event is one more message of this author."""
        return bool(self._events) and author_of(self._events[0]) == author

    async def wait_for_more(self, author: Author) -> None:
        """Until the next event is one more message of this author."""
        while not self.has_more(author):
            self._has_come.clear()
            await self._has_come.wait()

    async def take_burst(self, author: Author) -> list[str]:
        """The texts of what was popped and of what this author still writes, until they pause; or,
        after one burst, of the next. As they were written: webhooks may overtake each other."""
        clock = asyncio.get_running_loop()
        end = clock.time() + LONGEST_BURST * self._burst_seconds
        self._take_waiting(author)
        while (left := min(self._burst_seconds, end - clock.time())) > 0:
            try:
                async with asyncio.timeout(left):
                    await self.wait_for_more(author)
            except TimeoutError:
                break
            self._take_waiting(author)
        burst, self._burst = self._burst, []
        return [text_of(event["data"]) for event in _as_written(burst)]

    def _take_waiting(self, author: Author) -> None:
        while self.has_more(author):
            self._take()

    def _take(self) -> Event:
        event = self._events.popleft()
        self._taken.append(event)
        self._burst.append(event)
        return event


def _as_written(events: list[Event]) -> list[Event]:
    """As they came, where they do not all tell when they were written."""
    try:
        return sorted(events, key=lambda one: datetime.fromisoformat(one["data"]["createdAt"]))
    except (KeyError, TypeError, ValueError):
        return events


def name_of(event: Event) -> str:
    """A message's own, however often and under whatever token it comes; empty for other events."""
    message_id = event["data"].get("id")
    is_message = event.get("eventType") == "COMMUNICATION_CREATED"
    return message_id if is_message and isinstance(message_id, str) else ""


def author_of(event: Event) -> Author | None:
    """The author of a message; None for every other event."""
    data = event["data"]
    author = data.get("author")
    if event.get("eventType") != "COMMUNICATION_CREATED" or not isinstance(author, dict):
        return None
    return Author(str(author.get("channel")), str(author.get("address")), thread_of(data))


def thread_of(data: dict[str, Any]) -> str:
    """See `thread_name`."""
    return thread_name(data.get("channelId"), str(data.get("conversationId")))


def thread_name(channel_id: object, conversation_id: str) -> str:
    """What a human takes over: the classic conversation (CH...) where there is one."""
    if isinstance(channel_id, str) and channel_id.startswith("CH"):
        return channel_id
    return conversation_id


def text_of(data: dict[str, Any]) -> str:
    """The words of a message, or the note that it has none."""
    content = data.get("content")
    text = content.get("text") if isinstance(content, dict) else None
    return text if isinstance(text, str) and text.strip() else NOT_TEXT
