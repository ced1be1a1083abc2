"""What reaches a live call from outside: the caller, a dialed person, the queue, the API."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Literal

from getting_started.twilio_emulator.taskrouter.models import Task, Worker
from getting_started.twilio_emulator.voice.twiml import Target

Outcome = Literal["completed", "busy", "no-answer", "failed"]


@dataclass(frozen=True)
class Spoken:
    """The caller says something; `language` where it is not the session's, as de-DE."""

    text: str
    language: str | None = None


@dataclass(frozen=True)
class Interrupted:
    """The caller cuts in, having `heard` so much of what was being said (None: all of it)."""

    text: str | None = None
    heard: str | None = None


@dataclass(frozen=True)
class Pressed:
    """The caller presses keys."""

    digits: str


@dataclass(frozen=True)
class Silent:
    """The caller stays silent: a time limit for input passes at once."""


@dataclass(frozen=True)
class ConnectionLost:
    """The network between Twilio and the application's socket breaks."""


@dataclass(frozen=True)
class DialAnswered:
    """A dialed phone is picked up."""


@dataclass(frozen=True)
class DialEnded:
    """A dialed phone is not reached, or hangs up."""

    outcome: Outcome


@dataclass(frozen=True)
class TaskAccepted:
    task: Task
    worker: Worker


@dataclass(frozen=True)
class TaskEnded:
    task: Task
    completed: bool


Event = (
    Spoken
    | Interrupted
    | Pressed
    | Silent
    | ConnectionLost
    | DialAnswered
    | DialEnded
    | TaskAccepted
    | TaskEnded
)


class HungUp(Exception):  # noqa: N818 - not an error: the way every call ends
    """The call is over: the caller left, or the API ended it."""


class Redirected(Exception):  # noqa: N818 - not an error: the API gave the call new TwiML
    """The call goes on with other TwiML."""

    def __init__(self, target: Target) -> None:
        super().__init__("redirected")
        self.target = target


class Line:
    """Events in order. Hanging up and redirecting overtake what is still waiting."""

    def __init__(self) -> None:
        self._events: asyncio.Queue[Event | None] = asyncio.Queue()
        self._hung_up = False
        self._target: Target | None = None

    def put(self, event: Event) -> None:
        self._events.put_nowait(event)

    def hang_up(self) -> None:
        self._hung_up = True
        self._events.put_nowait(None)

    def redirect(self, target: Target) -> None:
        self._target = target
        self._events.put_nowait(None)

    def check(self) -> None:
        """Raises HungUp or Redirected when the call cannot go on as it was."""
        if self._hung_up:
            raise HungUp
        if self._target is not None:
            raise Redirected(self._target)

    def take_target(self) -> None:
        """The new TwiML has been taken up."""
        self._target = None

    async def next(self) -> Event:
        """The next event; raises as `check` does."""
        while True:
            self.check()
            event = await self._events.get()
            self.check()
            if event is not None:
                return event
