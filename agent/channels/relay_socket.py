"""A ConversationRelay socket as TAC reads it, with what TAC leaves unchecked.

https://www.twilio.com/docs/voice/conversationrelay/websocket-messages
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect
from tac.channels.websocket_protocol import WebSocketDisconnectError

from agent.channels.ingress import parse_object

logger = logging.getLogger(__name__)

FRAME_LIMIT = 64 * 1024
SETUP_SECONDS = 5.0
POLICY_VIOLATION = 1008
TOO_BIG = 1009

Listener = Callable[[dict[str, Any]], None]
"""Is shown every frame after `setup`, of whatever type, before TAC is."""


def is_outbound(direction: str | None) -> bool:
    """Whether we have placed the call."""
    return (direction or "").lower().startswith("outbound")


class RelaySocket:
    """Gives TAC well-formed frames only: one checked `setup` first, then JSON objects.

    TAC 2.5.0 ends the call on a malformed frame, waits for `setup` for ever, and takes a
    `conversationId` in a frame for the conversation to act on.
    """

    def __init__(self, websocket: WebSocket, *, account_sid: str, call_sid: str | None) -> None:
        self._websocket = websocket
        self._account_sid = account_sid
        self._call_sid = call_sid
        self._is_set_up = False
        self.listener: Listener | None = None

    def is_of_flow(self, direction: str | None) -> bool:
        """Whether the flow has named the socket, not TwiML of ours."""
        return self._call_sid is None and not is_outbound(direction)

    async def accept(self) -> None:
        await self._websocket.accept()

    async def receive_json(self) -> dict[str, Any]:
        """The next frame. Raises WebSocketDisconnectError when the socket is closed, by either."""
        if not self._is_set_up:
            return await self._receive_setup()
        await asyncio.sleep(0)  # the call that `setup` opens is there for the next frame
        while True:
            frame = await self._receive()
            if frame is None or frame.get("type") == "setup":
                continue
            frame.pop("conversationId", None)
            if self.listener is not None:
                self.listener(frame)
            return frame

    async def send_text(self, data: str) -> None:
        """Raises WebSocketDisconnectError when the socket is closed."""
        try:
            await self._websocket.send_text(data)
        except (WebSocketDisconnect, RuntimeError):
            raise WebSocketDisconnectError("The socket is closed") from None

    async def close(self, code: int = 1000) -> None:
        await self._websocket.close(code)

    async def _receive_setup(self) -> dict[str, Any]:
        try:
            async with asyncio.timeout(SETUP_SECONDS):
                frame = await self._receive()
        except TimeoutError:
            frame = None
        if frame is None or not self._is_expected(frame):
            logger.warning("A socket was closed: its first frame was no setup of the right call")
            await self.close(POLICY_VIOLATION)
            raise WebSocketDisconnectError("No setup")
        self._is_set_up = True
        return frame

    def _is_expected(self, frame: dict[str, Any]) -> bool:
        return (
            frame.get("type") == "setup"
            and isinstance(frame.get("callSid"), str)
            and frame.get("accountSid") in (None, self._account_sid)
            and self._call_sid in (None, frame["callSid"])
        )

    async def _receive(self) -> dict[str, Any] | None:
        """One frame; None when it is no JSON object."""
        message = await self._websocket.receive()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnectError("The socket was closed")
        text = message.get("text") or ""
        if len(text) > FRAME_LIMIT:
            await self.close(TOO_BIG)
            raise WebSocketDisconnectError("A frame was too large")
        frame = parse_object(text)
        if frame is None:
            logger.warning("A frame that is no JSON object was left out")
            return None
        return frame
