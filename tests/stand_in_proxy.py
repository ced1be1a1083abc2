"""An HTTPS proxy that puts local servers at real host names, and notes every host asked for.

A client that honours `HTTPS_PROXY` and `SSL_CERT_FILE` cannot tell the stand-in from the real
host: it asks for a tunnel to `studio.twilio.com:443`, finds a certificate for that name from an
authority it trusts, and sends its request. Hosts without a stand-in are refused.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from fnmatch import fnmatchcase
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import trustme

Handler = Callable[[StreamReader, StreamWriter], Awaitable[None]]

LOOPBACK = "127.0.0.1"


class StandInProxy:
    """`stand_ins` maps host patterns (`*.twilio.com`) to base addresses of local servers."""

    def __init__(self, stand_ins: Mapping[str, str]) -> None:
        self._stand_ins = stand_ins
        self._authority = trustme.CA()
        self._terminators: dict[str, int] = {}
        self._servers: list[asyncio.Server] = []
        self._connections: dict[asyncio.Task[None], StreamWriter] = {}
        self.hosts: set[str] = set()
        """Every host asked for."""
        self.refused: set[str] = set()
        """Those of them that have no stand-in."""
        self.url = ""

    async def __aenter__(self) -> Self:
        port = await self._listen(self._answer_client)
        self.url = f"http://{LOOPBACK}:{port}"
        return self

    async def __aexit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        for server in self._servers:
            server.close()
        for writer in self._connections.values():
            writer.transport.abort()
        await asyncio.gather(*self._connections, return_exceptions=True)

    def write_authority(self, file: Path) -> Path:
        """Write the certificate authority that clients are to trust, for `SSL_CERT_FILE`."""
        self._authority.cert_pem.write_to_path(file)
        return file

    async def _answer_client(self, reader: StreamReader, writer: StreamWriter) -> None:
        """`CONNECT host:443`: a tunnel to the stand-in. Anything else: refused."""
        request = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        method, target, _ = request.split(" ", 2)
        host = target.rpartition(":")[0] if method == "CONNECT" else urlsplit(target).hostname
        self.hosts.add(host or target)
        base_url = self._stand_in_for(host or "")
        if method != "CONNECT" or base_url is None:
            self.refused.add(host or target)
            writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
            await writer.drain()
            return
        port = await self._terminator(host or "", base_url)
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await _relay(reader, writer, port)

    def _stand_in_for(self, host: str) -> str | None:
        matches = (url for pattern, url in self._stand_ins.items() if fnmatchcase(host, pattern))
        return next(matches, None)

    async def _terminator(self, host: str, base_url: str) -> int:
        """The port where TLS for `host` ends and plain bytes go on to its stand-in."""
        if host not in self._terminators:
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            self._authority.issue_cert(host).configure_cert(context)
            upstream = urlsplit(base_url).port or 80

            async def pass_on(reader: StreamReader, writer: StreamWriter) -> None:
                await _relay(reader, writer, upstream)

            self._terminators[host] = await self._listen(pass_on, context)
        return self._terminators[host]

    async def _listen(self, handle: Handler, tls: ssl.SSLContext | None = None) -> int:
        async def serve(reader: StreamReader, writer: StreamWriter) -> None:
            connection = asyncio.current_task()
            assert connection is not None
            self._connections[connection] = writer
            try:
                with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                    async with _closing(writer):
                        await handle(reader, writer)
            finally:
                del self._connections[connection]

        server = await asyncio.start_server(serve, LOOPBACK, 0, ssl=tls)
        self._servers.append(server)
        port: int = server.sockets[0].getsockname()[1]
        return port


async def _relay(reader: StreamReader, writer: StreamWriter, port: int) -> None:
    """Copy both ways between a connection and a local port until either side ends."""
    port_reader, port_writer = await asyncio.open_connection(LOOPBACK, port)
    async with _closing(port_writer):
        copies = [
            asyncio.create_task(_copy(reader, port_writer)),
            asyncio.create_task(_copy(port_reader, writer)),
        ]
        await asyncio.wait(copies, return_when=asyncio.FIRST_COMPLETED)
        for copy in copies:
            copy.cancel()
        await asyncio.gather(*copies, return_exceptions=True)


async def _copy(reader: StreamReader, writer: StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()


@asynccontextmanager
async def _closing(writer: StreamWriter) -> AsyncIterator[None]:
    try:
        yield
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
