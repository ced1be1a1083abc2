"""One call of a tool by an AI Assistant: whose conversation it is about, and with what.

https://www.twilio.com/docs/alpha/ai-assistants/tools
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from agent.errors import HandoffError

LONGEST_IDENTITY = 256
_MOST_SHOWN = 60
_SESSION = re.compile(r"(?:webhook:)?conversations__(IS[0-9a-fA-F]{32})/(CH[0-9a-fA-F]{32})")
_SID = re.compile(r"[A-Z]{2}[0-9a-fA-F]{32}")


class HandoverError(HandoffError):
    """A conversation was not moved; `str` says why, `status` is the HTTP status that says so."""

    def __init__(self, status: int, why: str, *, is_certain: bool = True) -> None:
        super().__init__(why)
        self.status = status
        self.is_certain = is_certain


class Thread(NamedTuple):
    """A Conversations (Classic) conversation (CH...) in its service (IS...)."""

    service_sid: str
    conversation_sid: str


class Identity(NamedTuple):
    """Who writes in the conversation: `phone`, `+15550100001`."""

    trait: str
    value: str


@dataclass(frozen=True)
class ToolCall:
    """`headers` are found in whatever case; `query` is of the tool's URL, `body` the model's."""

    headers: Mapping[str, str]
    query: Mapping[str, str]
    body: Mapping[str, Any]

    @property
    def thread(self) -> Thread:
        """Of `X-Session-Id`. Raises HandoverError for a session that is no conversation."""
        session_id = self.headers.get("x-session-id", "")
        found = _SESSION.fullmatch(session_id)
        if found is None:
            shown = _show(session_id)
            raise HandoverError(
                400, f"X-Session-Id {shown} names no conversation (conversations__IS.../CH...)"
            )
        return Thread(found[1], found[2])

    @property
    def identity(self) -> Identity:
        """Of `X-Identity`. Raises HandoverError when it tells nobody."""
        text = self.headers.get("x-identity", "")
        trait, _, value = text.partition(":")
        if not trait or not value or len(value) > LONGEST_IDENTITY:
            raise HandoverError(400, f"X-Identity {_show(text)} tells nobody (user_id:ana)")
        return Identity(trait, value)

    def parameter(self, name: str) -> str | None:
        """`successMessage` or `SuccessMessage`; who configured the URL goes before the model."""
        for values in (self.query, self.body):
            for spelling in (name[0].upper() + name[1:], name):
                if isinstance(value := values.get(spelling), str):
                    return value
        return None

    def sid(self, name: str, prefix: str, default: str | None) -> str | None:
        """The SID given as parameter `name`, else `default`. Raises HandoverError for a bad one."""
        sid = self.parameter(name) or default
        if sid and not (sid.startswith(prefix) and _SID.fullmatch(sid)):
            raise HandoverError(400, f"{name} {_show(sid)} is not {prefix} and 32 hex digits")
        return sid


def _show(text: str) -> str:
    return repr(text if len(text) <= _MOST_SHOWN else text[:_MOST_SHOWN] + "...")
