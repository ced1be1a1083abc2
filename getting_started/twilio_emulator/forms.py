"""Form bodies in, pages out: the conventions shared by Twilio's older REST APIs."""

from __future__ import annotations

import json
from typing import Annotated, Any
from urllib.parse import parse_qsl

from fastapi import Depends, Request

from getting_started.twilio_emulator.errors import TwilioError, bad_request


class Form:
    """The fields of a form body. Names are Twilio's (`PascalCase`, dots for nesting)."""

    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        self.pairs = pairs

    def get(self, name: str) -> str | None:
        """The last value sent under `name`, or None."""
        return next((value for key, value in reversed(self.pairs) if key == name), None)

    def get_or_raise(self, name: str) -> str:
        value = self.get(name)
        if not value:
            raise bad_request(f"Missing required parameter {name} in the post body", code=20001)
        return value

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.pairs if key == name]

    def to_dict(self) -> dict[str, str]:
        return dict(self.pairs)


async def read_form(request: Request) -> Form:
    body = await request.body()
    return Form(parse_qsl(body.decode(), keep_blank_values=True))


Fields = Annotated[Form, Depends(read_form)]
"""How a route asks for its form."""


async def read_json(request: Request) -> dict[str, Any]:
    """The JSON object in the body; anything else is refused as the JSON-only products do."""
    try:
        body = json.loads(await request.body() or b"{}")
    except ValueError as error:
        raise TwilioError(400, 20422, f"The body is not JSON: {error}") from None
    if not isinstance(body, dict):
        raise TwilioError(400, 20422, "The body must be a JSON object")
    return body


def to_page(request: Request, key: str, items: list[dict[str, Any]]) -> dict[str, Any]:
    """One page of a list in the older shape: `meta` and the array under `key`."""
    page = read_number(request.query_params.get("Page") or "0", "Page", least=0)
    size = read_number(request.query_params.get("PageSize") or "50", "PageSize")
    url = str(request.url)
    shown = items[page * size : (page + 1) * size]
    more = len(items) > (page + 1) * size

    def page_url(number: int) -> str:
        return str(request.url.include_query_params(Page=number, PageSize=size))

    return {
        "meta": {
            "page": page,
            "page_size": size,
            "first_page_url": page_url(0),
            "previous_page_url": page_url(page - 1) if page else None,
            "next_page_url": page_url(page + 1) if more else None,
            "url": url,
            "key": key,
        },
        key: shown,
    }


def to_token_page(request: Request, key: str, items: list[dict[str, Any]]) -> dict[str, Any]:
    """One page of a list in the newer shape: the array under `key` and `meta` with tokens."""
    query = request.query_params
    size = read_number(query.get("pageSize") or query.get("PageSize") or "50", "pageSize")
    token = query.get("pageToken") or query.get("PageToken") or "0"
    start = read_number(token, "pageToken", least=0)
    more = len(items) > start + size
    return {
        key: items[start : start + size],
        "meta": {
            "key": key,
            "pageSize": size,
            "nextToken": str(start + size) if more else None,
            "previousToken": str(max(0, start - size)) if start else None,
        },
    }


def read_number(text: str, name: str, *, least: int = 1) -> int:
    """A number of a query; anything else is refused by its name."""
    if not text.isdecimal() or int(text) < least:
        raise bad_request(f"Invalid {name}: {text}")
    return int(text)
