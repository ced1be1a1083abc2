"""One pooled HTTP client per host, with the retries that are safe.

A read is repeated when no answer or a passing error came. A write is repeated only when it surely
had no effect: the connection was refused, or Twilio said 429
(https://www.twilio.com/docs/usage/rest-api-best-practices).
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Any, Self

import aiohttp
import httpx
from httpx_aiohttp import HttpxAiohttpClient

from agent.errors import TwilioApiError
from agent.twilio_api.answers import read_answer, retry_after

ATTEMPTS = 3
FIRST_DELAY_SECONDS = 0.1
LONGEST_DELAY_SECONDS = 2.0
TIMEOUT_SECONDS = 5.0
CONNECT_SECONDS = 2.0
LIMITS = httpx.Limits(max_connections=100, max_keepalive_connections=20, keepalive_expiry=30)
ROUNDED = timedelta(seconds=1)
"""So much later Twilio's times may be than they say: some have no fraction of a second."""
_REPEATABLE = {"GET", "HEAD", "PUT"}
_PASSING = {429, 500, 502, 503, 504}
_UNSENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
"""Surely without effect; a ProxyError is a proxy's refusal to connect."""

OnAnswer = Callable[[int | None], None]
"""Is told the status of each answer, None where none came."""


class RetryTransport(httpx.AsyncBaseTransport):
    """Repeats requests that are safe to repeat, with growing, jittered delays.

    Gives answers that are read to their end.
    """

    def __init__(self, transport: httpx.AsyncBaseTransport) -> None:
        self._transport = transport

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        for attempt in range(1, ATTEMPTS):
            try:
                response = await self._try(request)
            except httpx.TransportError as error:
                if not _may_repeat_after(error, request.method):
                    raise
                await asyncio.sleep(_delay(attempt))
                continue
            if not _may_repeat_answered(response, request.method):
                return response
            await asyncio.sleep(_delay(attempt, response))
        return await self._try(request)

    async def _try(self, request: httpx.Request) -> httpx.Response:
        """Raises httpx's errors by what they mean.

        httpx-aiohttp 0.2 calls every lost connection a ConnectTimeout, also one that was lost
        after the request went out, and lets some of aiohttp's errors through.
        """
        try:
            response = await self._transport.handle_async_request(request)
            try:
                await response.aread()
            except BaseException:
                await response.aclose()
                raise
        except httpx.ConnectTimeout as error:
            if isinstance(error.__cause__, aiohttp.ConnectionTimeoutError):
                raise
            is_connector = isinstance(error.__cause__, aiohttp.ClientConnectorError)
            kind = httpx.ConnectError if is_connector else httpx.ReadError
            raise kind(str(error)) from error
        except aiohttp.ClientError as error:
            raise httpx.RemoteProtocolError(str(error)) from error
        return response

    async def aclose(self) -> None:
        await self._transport.aclose()


def _may_repeat_after(error: httpx.TransportError, method: str) -> bool:
    return method in _REPEATABLE or isinstance(error, httpx.ConnectError | httpx.ConnectTimeout)


def _may_repeat_answered(response: httpx.Response, method: str) -> bool:
    if method in _REPEATABLE:
        return response.status_code in _PASSING
    return response.status_code == 429


def _delay(attempt: int, response: httpx.Response | None = None) -> float:
    asked = retry_after(response) if response is not None else None
    if asked is not None:
        return min(asked, LONGEST_DELAY_SECONDS)
    backoff = FIRST_DELAY_SECONDS * 2 ** (attempt - 1)
    jitter = random.uniform(0.9, 1.1)  # noqa: S311 - no secret depends on it
    return float(min(backoff, LONGEST_DELAY_SECONDS) * jitter)


class PooledClient(HttpxAiohttpClient):
    """Outlives `async with`: TAC 2.5.0 opens and closes a client for every request it makes."""

    on_answer: OnAnswer = staticmethod(lambda _status: None)

    async def send(self, request: httpx.Request, **options: Any) -> httpx.Response:
        try:
            response = await super().send(request, **options)
        except httpx.HTTPError:
            self.on_answer(None)
            raise
        self.on_answer(response.status_code)
        return response

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None = None,
        exc_value: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        return None


class ClientPool:
    """Makes the one client of each host on first use; `close` ends them all.

    `timeout_seconds` is the longest wait for an answer, for each attempt. `watch` gives, for a
    base address, what is told of its answers.
    """

    def __init__(
        self,
        api_key: str,
        api_secret: str,
        *,
        timeout_seconds: float = TIMEOUT_SECONDS,
        watch: Callable[[str], OnAnswer] | None = None,
    ) -> None:
        self._watch = watch
        self._auth = (api_key, api_secret)
        self._timeout_seconds = timeout_seconds
        self._tls = httpx.create_ssl_context()  # once: it stops the loop for tens of milliseconds
        self._clients: dict[str, PooledClient] = {}

    def get(self, base_url: str) -> PooledClient:
        if base_url not in self._clients:
            client = self._clients[base_url] = open_client(
                self._timeout_seconds,
                base_url=base_url,
                auth=self._auth,
                verify=self._tls,
                follow_redirects=True,
            )
            if self._watch:
                client.on_answer = self._watch(base_url)
        return self._clients[base_url]

    async def close(self) -> None:
        await asyncio.gather(*(client.aclose() for client in self._clients.values()))
        self._clients.clear()


def open_client(timeout_seconds: float, **options: Any) -> PooledClient:
    """A client with our retries and limits; `options` are httpx's."""
    timeout = httpx.Timeout(timeout_seconds, connect=min(timeout_seconds, CONNECT_SECONDS))
    client = PooledClient(timeout=timeout, limits=LIMITS, **options)
    _wrap_transports(client)
    return client


def _wrap_transports(client: httpx.AsyncClient) -> None:
    """Put retries around the transports that httpx chose, those of HTTPS_PROXY included."""
    client._transport = RetryTransport(client._transport)
    client._mounts = {
        pattern: transport and RetryTransport(transport)
        for pattern, transport in client._mounts.items()
    }


async def send(
    client: PooledClient, method: str, url: str, what: str, **content: Any
) -> httpx.Response:
    """Send `content` (httpx's `json`, `data`, `params`); the answer if it is a success.

    Raises TwilioApiError otherwise (status None when no answer came); `what` says what was being
    done.
    """
    try:
        response = await client.request(method, url, **content)
    except httpx.HTTPError as error:
        was_sent = not isinstance(error, _UNSENT)
        message = f"{what} failed: {type(error).__name__} {error}"
        raise TwilioApiError(message, was_sent=was_sent) from error
    return read_answer(response, what)


def twilio_time(response: httpx.Response) -> datetime:
    """When this was answered, to the second, by Twilio's clock: ours may be wrong."""
    try:
        moment = parsedate_to_datetime(response.headers["Date"])
    except (KeyError, ValueError):
        return datetime.now(UTC)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def is_of_the_last(seconds: float, moment: object, response: httpx.Response) -> bool:
    """Whether a moment, as `2026-11-02T10:15:00Z`, lies within `seconds` before the answer that
    tells it, give or take what both leave out."""
    then = read_moment(moment)
    if then is None:
        return False
    return then >= twilio_time(response) - timedelta(seconds=seconds) - ROUNDED


def read_moment(moment: object) -> datetime | None:
    """A moment that Twilio names, as `2026-11-02T10:15:00Z`; None where it cannot be read."""
    try:
        then = datetime.fromisoformat(str(moment))
    except ValueError:
        return None
    return then if then.tzinfo else then.replace(tzinfo=UTC)
