"""What the values of settings look like: a type for each kind, made from text."""

from __future__ import annotations

import json
import re
from typing import Annotated, Any, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BeforeValidator, SecretStr, StringConstraints

from agent.handoff.opening_hours import Week, parse_week
from agent.handoff.reasons import Way

_LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_One = TypeVar("_One")


def without_scheme(value: object) -> object:
    """`https://agent.example.org/` -> `agent.example.org`, as Twilio Agent Connect reads it."""
    if isinstance(value, str):
        return re.sub(r"^(https?|wss?)://", "", value.strip(), flags=re.IGNORECASE).rstrip("/")
    return value


def encrypted(url: str) -> str:
    """The same address; raises ValueError where what is sent to it could be read on its way."""
    parts = urlsplit(url)
    if parts.scheme != "https" and parts.hostname not in _LOOPBACK:
        raise ValueError("must begin with https:// (http:// is for this machine only)")
    return url


def _split(value: object) -> object:
    if isinstance(value, str):
        return [name.strip() for name in value.split(",") if name.strip()]
    return value


def _parse_object(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        raise ValueError("is not a JSON object") from None


def _parse_hours(value: object) -> object:
    return parse_week(value) if isinstance(value, str) else value


def _find_zone(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError):
        raise ValueError("is no time zone of this machine") from None


def _each_once(ways: list[Way]) -> list[Way]:
    if len(set(ways)) < len(ways):
        raise ValueError("names a way twice")
    return ways


def _fit_for_an_address(secret: SecretStr) -> SecretStr:
    if not re.fullmatch(r"[A-Za-z0-9_-]{16,128}", secret.get_secret_value()):
        raise ValueError("must be 16 to 128 letters, digits, '_' and '-'")
    return secret


def _sid(prefix: str) -> StringConstraints:
    return StringConstraints(pattern=rf"^{prefix}[0-9a-zA-Z]{{32}}$")


AccountSid = Annotated[str, _sid("AC")]
ApiKeySid = Annotated[str, _sid("SK")]
FlowSid = Annotated[str, _sid("FW")]
WorkspaceSid = Annotated[str, _sid("WS")]
WorkflowSid = Annotated[str, _sid("WW")]
QueueSid = Annotated[str, _sid("WQ")]
ConfigurationId = Annotated[str, StringConstraints(pattern=r"^conv_configuration_\w+$")]

PhoneNumber = Annotated[str, StringConstraints(pattern=r"^\+[1-9]\d{6,14}$")]
WhatsAppNumber = Annotated[str, StringConstraints(pattern=r"^whatsapp:\+[1-9]\d{6,14}$")]
HumanKey = Annotated[str, StringConstraints(pattern=r"^([0-9*]|none)$")]
Language = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]
Region = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]*$")]

Url = Annotated[str, StringConstraints(pattern=r"^https?://\S+$")]
EncryptedUrl = Annotated[Url, AfterValidator(encrypted)]
ProductUrl = Annotated[str, StringConstraints(pattern=r"^https?://\S*\{product\}\S*$")]
DatabaseUrl = Annotated[str, StringConstraints(pattern=r"^(sqlite:///.+|postgres(ql)?://\S+)$")]
Origin = Annotated[str, StringConstraints(pattern=r"^https?://[A-Za-z0-9.-]+(:\d{1,5})?$")]
Domain = Annotated[
    str,
    BeforeValidator(without_scheme),
    StringConstraints(pattern=r"^[A-Za-z0-9.-]+(:\d{1,5})?$"),
]
UrlPath = Annotated[str, StringConstraints(pattern=r"^/\S+$")]
Integrity = Annotated[str, StringConstraints(pattern=r"^sha(256|384|512)-\S+$")]
FlowSecret = Annotated[SecretStr, AfterValidator(_fit_for_an_address)]
LogLevel = Annotated[
    str, BeforeValidator(str.upper), StringConstraints(pattern="^(DEBUG|INFO|WARNING|ERROR)$")
]

Listed = Annotated[list[_One], BeforeValidator(_split)]
"""Separated by commas."""
Ways = Annotated[Listed[Way], AfterValidator(_each_once)]
JsonObject = Annotated[dict[str, Any], BeforeValidator(_parse_object)]
Hours = Annotated[Week, BeforeValidator(_parse_hours)]
TimeZone = Annotated[ZoneInfo, BeforeValidator(_find_zone)]
