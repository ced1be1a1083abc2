"""The least of an HTTP/1.1 server: requests with a length, one after the other on a connection."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from socket import socket
from typing import cast


@dataclass(frozen=True)
class Request:
    """What was asked, and when (the loop's clock)."""

    method: str
    path: str
    body: bytes
    at: float


class Exchange:
    """One request's answer: `answer` gives it whole; `begin`, `write` and `finish` in pieces.

    Nothing happens when the client has left.
    """

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport

    def answer(self, body: bytes, status: int = 200) -> None:
        head = f"HTTP/1.1 {status} OK\r\nContent-Type: application/json\r\n"
        self._send(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)

    def begin(self, media_type: str) -> None:
        head = (
            f"HTTP/1.1 200 OK\r\nContent-Type: {media_type}\r\nTransfer-Encoding: chunked\r\n\r\n"
        )
        self._send(head.encode())

    def write(self, piece: bytes) -> None:
        self._send(b"%x\r\n%b\r\n" % (len(piece), piece))

    def finish(self) -> None:
        self._send(b"0\r\n\r\n")

    @property
    def is_open(self) -> bool:
        return not self._transport.is_closing()

    def _send(self, data: bytes) -> None:
        if self.is_open:
            self._transport.write(data)


Handle = Callable[[Request, Exchange], None]


class _Connection(asyncio.Protocol):
    def __init__(self, handle: Handle) -> None:
        self._handle = handle
        self._loop = asyncio.get_running_loop()
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._exchange = Exchange(cast(asyncio.Transport, transport))

    def data_received(self, data: bytes) -> None:
        self._received += data
        while request := self._next_request():
            self._handle(request, self._exchange)

    def _next_request(self) -> Request | None:
        head, found, rest = self._received.partition(b"\r\n\r\n")
        if not found:
            return None
        length = _length_in(head)
        if len(rest) < length:
            return None
        self._received = rest[length:]
        method, path, _version = head.partition(b"\r\n")[0].decode("latin-1").split(" ")
        return Request(method, path, rest[:length], self._loop.time())


def _length_in(head: bytes) -> int:
    lowered = head.lower()
    _, found, after = lowered.partition(b"\r\ncontent-length:")
    return int(after.partition(b"\r\n")[0]) if found else 0


@asynccontextmanager
async def standing_in(handle: Handle, listener: socket) -> AsyncIterator[None]:
    """Give requests that come to `listener` to `handle` while the block runs."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Connection(handle), sock=listener, backlog=1024)
    try:
        yield
    finally:
        server.close()
