"""The messages that an application sends over a ConversationRelay socket.

https://www.twilio.com/docs/voice/conversationrelay/websocket-messages
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.alias_generators import to_camel


class _Message(BaseModel):
    model_config = ConfigDict(strict=True, alias_generator=to_camel)


class TextMessage(_Message):
    type: Literal["text"]
    token: str
    last: bool = False
    lang: str | None = None
    interruptible: bool | None = None
    preemptible: bool | None = None


class PlayMessage(_Message):
    type: Literal["play"]
    source: str
    loop: int = Field(default=1, ge=0, le=1000)
    interruptible: bool | None = None
    preemptible: bool | None = None


class SendDigitsMessage(_Message):
    type: Literal["sendDigits"]
    digits: str = Field(pattern=r"^[0-9*#wW]+$")


class LanguageMessage(_Message):
    type: Literal["language"]
    tts_language: str | None = None
    transcription_language: str | None = None


class EndMessage(_Message):
    type: Literal["end"]
    handoff_data: str | None = None


Message = Annotated[
    TextMessage | PlayMessage | SendDigitsMessage | LanguageMessage | EndMessage,
    Field(discriminator="type"),
]
_ADAPTER: TypeAdapter[Message] = TypeAdapter(Message)


class InvalidMessage(Exception):  # noqa: N818 - Twilio's own name for it (error 64107)
    """A frame that is none of the known messages."""

    def __init__(self, raw: str, reason: str) -> None:
        super().__init__(reason)
        self.raw = raw
        self.reason = reason


def parse_message(raw: str | bytes) -> Message:
    """The message in a frame; raises InvalidMessage."""
    if isinstance(raw, bytes):
        raise InvalidMessage(repr(raw[:200]), "binary frames are not accepted")
    try:
        return _ADAPTER.validate_json(raw)
    except ValidationError as error:
        raise InvalidMessage(raw[:2000], str(error.errors()[0]["msg"])) from None
