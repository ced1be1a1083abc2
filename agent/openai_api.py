"""OpenAI's API, or that of a server that speaks it: authorization, one repeat, what refusals say.

https://platform.openai.com/docs/api-reference , https://platform.openai.com/docs/guides/error-codes
"""

from __future__ import annotations

import asyncio
import random
from ssl import SSLContext
from typing import Any

import aiohttp
import httpx
from httpx_aiohttp import HttpxAiohttpClient

from agent.errors import ModelError
from agent.settings import Settings

URL = "https://api.openai.com/v1"
REPEATS = 1
PAUSE_SECONDS = 0.5
KEEPALIVE_SECONDS = 120.0
"""A caller listens and thinks for longer than the five seconds of httpx's own setting."""
LIMITS = httpx.Limits(
    max_connections=1000, max_keepalive_connections=1000, keepalive_expiry=KEEPALIVE_SECONDS
)
_PASSING = {408, 409, 429}
_REPEAT = {"true": True, "false": False}


class OpenAIApi:
    """One pooled client. It waits for answers as long as its caller does.

    A limit of its own on every read would cost at every token. `tls` is a context to share; they
    take long to make.
    """

    def __init__(self, settings: Settings, tls: SSLContext | None = None) -> None:
        key = settings.openai_api_key
        self._client = HttpxAiohttpClient(
            base_url=settings.openai_base_url or URL,
            headers={"Authorization": f"Bearer {key.get_secret_value()}"} if key else None,
            timeout=httpx.Timeout(None, connect=settings.turn_seconds),
            limits=LIMITS,
            verify=tls or True,
            follow_redirects=True,
        )

    async def get(self, path: str, *, seconds: float) -> None:
        """Raises ModelError unless it was answered with a success within `seconds`."""
        request = self._client.build_request("GET", path, timeout=seconds)
        await self._send(request, is_streamed=False, repeats=0)

    async def post(self, path: str, body: dict[str, Any], *, is_streamed: bool) -> httpx.Response:
        """A success, of which the rest is still to be read where it `is_streamed`.

        Raises ModelError for refusals and when no answer came.
        """
        request = self._client.build_request("POST", path, json=body)
        return await self._send(request, is_streamed=is_streamed, repeats=REPEATS)

    async def close(self) -> None:
        await self._client.aclose()

    async def _send(
        self, request: httpx.Request, *, is_streamed: bool, repeats: int
    ) -> httpx.Response:
        try:
            response = await self._client.send(request, stream=is_streamed)
            if response.is_success:
                return response
            await response.aread()
        except (httpx.HTTPError, aiohttp.ClientError) as error:
            if not repeats:
                raise ModelError(f"The model failed: {error!r}") from error
            pause = _pause()
        else:
            if not repeats or not _may_pass(response):
                raise _refusal(response)
            pause = _pause(response)
        await asyncio.sleep(pause)
        return await self._send(request, is_streamed=is_streamed, repeats=repeats - 1)


def _may_pass(response: httpx.Response) -> bool:
    status = response.status_code
    said = response.headers.get("x-should-retry", "")
    return _REPEAT.get(said, status in _PASSING or status >= 500)


def _pause(response: httpx.Response | None = None) -> float:
    asked = response.headers.get("Retry-After", "") if response else ""
    jitter = random.uniform(0.75, 1)  # noqa: S311 - no secret depends on it
    return float(asked) if asked.isdecimal() else PAUSE_SECONDS * jitter


def _refusal(response: httpx.Response) -> ModelError:
    try:
        message = response.json()["error"]["message"]
    except (ValueError, LookupError, TypeError):
        message = response.reason_phrase
    status = response.status_code
    return ModelError(f"The model failed: HTTP {status}, {message}", status=status)
