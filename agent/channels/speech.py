"""What the agent says in one session of a call, as frames.

https://www.twilio.com/docs/voice/conversationrelay/websocket-messages
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from typing import Any

from tac.channels.websocket_protocol import WebSocketDisconnectError, WebSocketProtocol

from agent.channels.silence import Silence
from agent.errors import HandoffError


class Speech:
    """Speaks over one socket; `silence` is watched between the agent's words.

    `has_begun` tells whether anything was sent of the latest words. Where the caller is gone,
    saying something raises WebSocketDisconnectError.
    """

    def __init__(self, socket: WebSocketProtocol, silence: Silence) -> None:
        self._socket = socket
        self._silence = silence
        self._has_ended = False
        self.has_begun = False

    async def say(self, words: AsyncGenerator[str, None], *, interruptible: bool = True) -> None:
        """Send words as they come, and mark the end even when they break off."""
        frame = {"type": "text", "last": False, "interruptible": interruptible}
        self.has_begun = False
        self._silence.stop()
        try:
            async with aclosing(words):
                async for piece in words:
                    await self._send({**frame, "token": piece})
                    self.has_begun = True
                    self._silence.note_words(piece)
        finally:
            self._silence.watch()
            if self.has_begun:
                await self._send({**frame, "token": "", "last": True})

    async def apologize(self, words: str) -> None:
        """After what was said before had broken off."""
        await self._send({"type": "text", "token": words, "last": True})

    async def change_language(self, **languages: str) -> None:
        """Of the words that follow, and of what is listened for; nothing without a caller."""
        with suppress(WebSocketDisconnectError):
            await self._send({"type": "language", **languages})

    async def end(self, handoff_data: str) -> None:
        """End the session; only the first time counts. Raises HandoffError without a caller."""
        if self._has_ended:
            return
        self._has_ended = True
        try:
            await self._send({"type": "end", "handoffData": handoff_data})
        except WebSocketDisconnectError:
            raise HandoffError("The caller left before the session was ended") from None

    async def _send(self, frame: dict[str, Any]) -> None:
        await self._socket.send_text(json.dumps(frame, ensure_ascii=False))
