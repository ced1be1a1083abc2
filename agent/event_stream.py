"""Server-sent events, each the JSON value it carries.

https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from typing import Any, Final

import httpx2

DONE: Final = b"[DONE]"
"""What some servers send after the last event; it is no JSON."""


class EventDecoder:
    """Cuts bytes into events, wherever they were cut on their way.

    Of the events named in `bare` only the type is given: they are long, and not worth reading.
    """

    def __init__(self, bare: frozenset[bytes] = frozenset()) -> None:
        self._bare = bare
        self._rest = b""
        self._name = b""
        self._data: list[bytes] = []

    def feed(self, received: bytes) -> Iterator[Any]:
        """The events that are whole now. Raises ValueError for one that is no JSON."""
        *lines, self._rest = (self._rest + received).split(b"\n")
        for line in lines:
            if line.startswith(b"data:"):
                self._data.append(line[5:])
            elif line.startswith(b"event:"):
                self._name = line[6:].strip()
            elif not line.strip() and self._data:
                name, self._name = self._name, b""
                data, self._data = b"\n".join(self._data).strip(), []
                if name in self._bare:
                    yield {"type": name.decode()}
                elif data != DONE:
                    yield json.loads(data)


class EventStream:
    """The events of one answer, as they come; see `EventDecoder` for `bare`."""

    def __init__(self, response: httpx2.Response, bare: frozenset[bytes]) -> None:
        self._response = response
        self._pieces: AsyncIterator[bytes] = response.aiter_bytes()
        self._decoder = EventDecoder(bare)

    async def read(self) -> Iterator[Any] | None:
        """Wait for some events, maybe none; None at the end.

        Raises httpx2.HTTPError when the connection breaks; what it gives raises ValueError for an
        event that is no JSON.
        """
        piece = await anext(self._pieces, None)
        return None if piece is None else self._decoder.feed(piece)

    async def read_to_end(self) -> None:
        """Pass over what is left, so that the connection can serve the next answer."""
        async for _piece in self._pieces:
            pass

    async def close(self) -> None:
        """Close the answer and end the generators under it.

        httpx2 closes the connection only. Suspended generators would be left to the garbage
        collector, which may run in another thread while they are at work.
        """
        await self._response.aclose()
        with suppress(Exception):
            await self.read_to_end()
