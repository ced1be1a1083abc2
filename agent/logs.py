"""Log lines: one format for everything, without phone numbers, card numbers or request bodies."""

from __future__ import annotations

import logging
import re
from typing import Any

LONGEST = 2_000
CHATTY = ("alembic", "httpx", "httpx2", "httpcore", "httpcore2", "openai", "twilio")
_BODIES = re.compile(r"\n(Request body|Response|Query params): .*")
_NUMBERS = re.compile(r"(?:\+|%2[Bb])?\d(?:[ -]?\d){6,18}")
_EMAILS = re.compile(r"[\w.+-]{1,64}(?:@|%40)[\w-]{1,64}\.[\w.-]{1,64}")


class RedactingFormatter(logging.Formatter):
    """Cuts first and masks afterwards, so that the cost of a line is bounded."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        record.message = _clean(record.message)
        return super().formatMessage(record)

    def formatException(self, ei: Any) -> str:  # noqa: N802 - logging's name
        return _clean(super().formatException(ei))


def _clean(text: str) -> str:
    return redact(_BODIES.sub("", text[: 2 * LONGEST])[-LONGEST:])


def redact(text: str) -> str:
    """`text` with e-mail addresses and with numbers of seven digits or more masked."""
    return _EMAILS.sub("[e-mail]", _NUMBERS.sub(_mask_number, text))


def _mask_number(found: re.Match[str]) -> str:
    """`+15550100001` -> `[…01]`; a number inside an identifier stays readable."""
    before = found.string[found.start() - 1 : found.start()]
    after = found.string[found.end() : found.end() + 1]
    if before.isalnum() or after.isalnum() or before == "_":
        return found.group()
    return f"[…{found.group()[-2:]}]"


def set_up_logging(level: str) -> None:
    """Send every log line through the redacting formatter."""
    handler = logging.StreamHandler()
    handler.setFormatter(RedactingFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for chatty in CHATTY:
        logging.getLogger(chatty).setLevel(max(logging.WARNING, logging.getLevelName(level)))


def take_back_tac_logging(level: str) -> None:
    """TAC 2.5.0 gives its logger a handler of its own each time a `TAC` is made."""
    tac = logging.getLogger("tac")
    tac.handlers.clear()
    tac.propagate = True
    tac.setLevel(level)
