"""What Twilio answers, taken apart; what is not as documented is an error that says so."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx

from agent.errors import AnswerError, TwilioApiError


def read_answer(response: httpx.Response, what: str) -> httpx.Response:
    """The response itself if it is a success.

    Raises TwilioApiError with Twilio's message otherwise; `what` says what was being done.
    """
    if response.is_success:
        return response
    try:
        body = response.json()
    except ValueError:
        body = None
    code = body.get("code") if isinstance(body, dict) else None
    message = body.get("message") if isinstance(body, dict) else response.reason_phrase
    raise TwilioApiError(
        f"{what} failed: HTTP {response.status_code}, {message}",
        status=response.status_code,
        code=code if isinstance(code, int) else None,
        retry_after=retry_after(response) or 0,
    )


@contextmanager
def reading(what: str) -> Iterator[None]:
    """Take an answer apart within. Raises AnswerError when it is not as documented."""
    try:
        yield
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise AnswerError(f"{what}: the answer cannot be read: {error!r}") from error


def read_sid(response: httpx.Response, what: str, *path: str) -> str:
    """The SID below the keys of `path` of an answer. Raises AnswerError as `reading` does."""
    with reading(what):
        value = response.json()
        for key in path:
            value = value[key]
    return str(value)


def read_list(response: httpx.Response, what: str, key: str) -> list[dict[str, Any]]:
    """The objects under `key` of an answer. Raises AnswerError as `reading` does."""
    with reading(what):
        return [one for one in response.json()[key] if isinstance(one, dict)]


def read_next_page(response: httpx.Response, what: str) -> dict[str, str]:
    """The query of the page after this one of a list, as `meta` names it; empty after the last.

    Raises AnswerError as `reading` does.
    """
    with reading(what):
        address = (response.json().get("meta") or {}).get("next_page_url") or ""
        return dict(parse_qsl(urlsplit(address).query))


def retry_after(response: httpx.Response) -> float | None:
    """The seconds to wait that an answer asks for, if it does."""
    seconds = response.headers.get("Retry-After", "")
    return float(seconds) if seconds.isdecimal() else None
