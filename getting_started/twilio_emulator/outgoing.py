"""HTTP requests that the emulator makes itself: pooled, through the tunnel, stopped in order."""

from __future__ import annotations

import asyncio
from functools import cache
from ssl import SSLContext
from typing import Any

import httpx

from getting_started.twilio_emulator.tunnel import Tunnel

CLOSE_SECONDS = 0.1


def new_client(**options: Any) -> httpx.AsyncClient:
    """A client that ignores the environment's proxies."""
    return httpx.AsyncClient(verify=_trusted_certificates(), trust_env=False, **options)


@cache
def _trusted_certificates() -> SSLContext:
    """Read once, as that takes longer than most requests."""
    return httpx.create_ssl_context(trust_env=False)


class Outgoing:
    """Sends requests; whoever asked may be cancelled without cutting one off half-way."""

    def __init__(self, tunnel: Tunnel) -> None:
        self._tunnel = tunnel
        self._client = new_client()
        self._sending: set[asyncio.Task[httpx.Response]] = set()

    async def request(
        self,
        method: str,
        url: str,
        *,
        timeout: float,  # noqa: ASYNC109 - httpx's own, for each part of a request
        headers: dict[str, str],
        **content: Any,
    ) -> httpx.Response:
        """Raises httpx.HTTPError, and httpx.InvalidURL for what is no address."""
        request = self._client.request(
            method,
            self._tunnel.resolve(url),
            timeout=timeout,
            headers={**headers, **self._tunnel.headers(url)},
            **content,
        )
        sending = asyncio.create_task(request)
        self._sending.add(sending)
        sending.add_done_callback(self._forget)
        return await asyncio.shield(sending)

    def _forget(self, sent: asyncio.Task[httpx.Response]) -> None:
        """A failure that nobody waits for any more is nobody's."""
        self._sending.discard(sent)
        if not sent.cancelled():
            sent.exception()

    async def close(self) -> None:
        """What is on its way may arrive; what then still waits for an answer is given up."""
        if self._sending:
            _, waiting = await asyncio.wait(self._sending, timeout=CLOSE_SECONDS)
            for sending in waiting:
                sending.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)
        await self._client.aclose()
