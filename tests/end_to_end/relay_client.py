"""ConversationRelay's side of a call, frame by frame, for what no caller can bring about."""

from __future__ import annotations

import asyncio
import html
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from getting_started.local import LocalStack
from getting_started.twilio_emulator.seed import AGENT_NUMBER, CUSTOMER_NUMBER

Frame = dict[str, Any]
SECONDS = 20.0


class RelayClient:
    """One session: what Twilio would send, and what came back."""

    def __init__(self, socket: ClientConnection, conversation_ids: list[str]) -> None:
        self.conversation_ids = conversation_ids
        self._socket = socket

    async def send(self, frame: Frame | list[Any] | str) -> None:
        await self._socket.send(frame if isinstance(frame, str) else json.dumps(frame))

    async def prompt(self, text: str, **more: Any) -> None:
        await self.send({"type": "prompt", "voicePrompt": text, "lang": "en-US", **more})

    async def interrupt(self, heard: str = "") -> None:
        await self.send({"type": "interrupt", "utteranceUntilInterrupt": heard})

    async def receive(self) -> Frame:
        async with asyncio.timeout(SECONDS):
            frame: Frame = json.loads(await self._socket.recv())
        return frame

    async def until(self, **wanted: Any) -> list[Frame]:
        """The frames up to the first with these values."""
        frames = [await self.receive()]
        while not wanted.items() <= frames[-1].items():
            frames.append(await self.receive())
        return frames

    async def reply(self) -> str:
        """The words of the next whole reply."""
        return text_of(await self.until(type="text", last=True))

    async def hang_up(self) -> list[Frame]:
        """Close the socket; the frames that were still under way."""
        frames: list[Frame] = []
        await self._socket.close()
        try:
            while True:
                frames.append(json.loads(await self._socket.recv()))
        except ConnectionClosed:
            return frames


def text_of(frames: list[Frame]) -> str:
    return "".join(frame["token"] for frame in frames if frame["type"] == "text")


def replies_in(frames: list[Frame]) -> list[str]:
    """The text between one `last` and the next; a reply without its `last` comes out too."""
    replies = [""]
    for frame in frames:
        if frame["type"] == "text":
            replies[-1] += frame["token"]
            if frame["last"]:
                replies.append("")
    return [reply for reply in replies if reply]


@asynccontextmanager
async def relay_call(
    stack: LocalStack, *, conversations: int = 1, call_sid: str = ""
) -> AsyncIterator[RelayClient]:
    """A call that was answered, with `setup` sent, known to Orchestrator `conversations` times."""
    call_sid = call_sid or stack.twilio.sids.sid("CA")
    opened = [await _open_conversation(stack, call_sid, number) for number in range(conversations)]
    url = await _socket_url(stack, call_sid)
    async with connect(url, additional_headers=stack.twilio.webhooks.sign(url), proxy=None) as one:
        client = RelayClient(one, opened)
        await client.send(
            {
                "type": "setup",
                "sessionId": stack.twilio.sids.sid("VX"),
                "accountSid": stack.twilio.account.sid,
                "callSid": call_sid,
                "from": CUSTOMER_NUMBER,
                "to": AGENT_NUMBER,
                "direction": "inbound",
            }
        )
        yield client


async def _open_conversation(stack: LocalStack, call_sid: str, number: int) -> str:
    conversation = await stack.twilio.orchestrator.open_call(
        configuration_id=stack.settings.conversation_configuration_id,
        call_sid=call_sid,
        customer=CUSTOMER_NUMBER if number == 0 else f"{CUSTOMER_NUMBER}{number}",
        agent=AGENT_NUMBER,
    )
    return conversation.id


async def _socket_url(stack: LocalStack, call_sid: str) -> str:
    form = {
        "AccountSid": stack.twilio.account.sid,
        "CallSid": call_sid,
        "From": CUSTOMER_NUMBER,
        "To": AGENT_NUMBER,
        "Direction": "inbound",
    }
    answer = await stack.twilio.webhooks.request_form(f"{stack.agent_url}/twiml", form)
    assert answer is not None
    found = re.search(r'<ConversationRelay[^>]* url="([^"]+)"', answer.text)
    assert found, answer.text
    return html.unescape(found[1])
