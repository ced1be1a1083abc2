"""Messages on their way out: in parts that the channel takes, tried again, and noted when lost."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tac.models.session import ConversationSession

from agent.channels.inbox import text_of, thread_name, thread_of
from agent.channels.messaging_channels import SteadyChannel
from agent.channels.ways_out import WayOut
from agent.errors import TwilioApiError
from agent.metrics import Metrics
from agent.store.lost_messages import LostMessages

logger = logging.getLogger(__name__)

LONGEST_MESSAGE = 1_600
"""What a phone takes in one message (https://www.twilio.com/docs/errors/21617)."""
LONGEST_CHAT_MESSAGE = 8_000
"""At most 32 kB, which are at least so many characters
(https://www.twilio.com/docs/conversations-classic/conversations-limits)."""
_END = re.compile(r"[.!?…][\"'”»)\]]*\s|[。\uff01\uff1f\n]")
_NO_END = re.compile(
    r"(?<![^\W_])(?:\d{1,3}|[^\W\d_]|dr|mrs?|ms|prof|st|no|nr|sra?|mme|bzw|ca|tel|approx)\.$", re.I
)
"""Of a sentence: numbers of a list, ordinals and what is short for something."""
LONGEST_NO_END = 10
RETRY_SECONDS = (0.3, 1.2)
LONGEST_WAIT_SECONDS = 30.0
LONGEST_LOOK_SECONDS = 5.0


class Outbox:
    """Sends what the agent says in writing."""

    def __init__(
        self, channels: Mapping[str, SteadyChannel], lost: LostMessages, metrics: Metrics
    ) -> None:
        self._channels = channels
        self._lost = lost
        self._metrics = metrics

    async def send(self, session: ConversationSession, text: str) -> None:
        """Send, or note the words that were lost: the turn goes on either way."""
        limit = LONGEST_CHAT_MESSAGE if session.channel == "CHAT" else LONGEST_MESSAGE
        for part in split_message(text.strip(), limit):
            try:
                await send_by(self._channels[session.channel].ways_out(session, part))
            except TwilioApiError as error:
                logger.error("%s", error)
                thread = thread_name(session.metadata.get("channel_id"), session.conversation_id)
                await self._note(session.channel, session.conversation_id, thread, part, str(error))

    async def answer(self, communication: dict[str, Any], text: str) -> None:
        """The same to its author, as far as it names them."""
        author = communication["author"]
        session = ConversationSession(
            conversation_id=communication["conversationId"],
            channel=author["channel"],
            metadata={"channel_id": communication.get("channelId")},
            author_info={
                "address": author["address"],
                "participant_id": author.get("participantId") or None,
            },
        )
        await self.send(session, text)

    async def note_undelivered(self, communication: dict[str, Any]) -> None:
        """Note a message of ours that Twilio had taken and the customer did not get."""
        logger.error("A message to %s was not delivered", thread_of(communication))
        await self._note_communication(communication, "taken, but not delivered")

    async def note_unanswered(self, communication: dict[str, Any], why: str) -> None:
        """Note a customer's message that gets no answer."""
        logger.error("A message on %s is lost: %s", thread_of(communication), why)
        await self._note_communication(communication, why)

    async def _note_communication(self, communication: dict[str, Any], why: str) -> None:
        thread, text = thread_of(communication), text_of(communication)
        channel = str(communication["author"].get("channel"))
        conversation_id = str(communication.get("conversationId"))
        await self._note(channel, conversation_id, thread, text, why)

    async def _note(
        self, channel: str, conversation_id: str, thread: str, text: str, why: str
    ) -> None:
        self._metrics.count_lost_message(channel)
        try:
            await self._lost.add(
                conversation_id=conversation_id,
                thread=thread,
                channel=channel,
                text=text,
                detail=why,
            )
        except Exception:
            logger.exception("A lost message on %s is not noted", thread)


async def send_by(ways: Sequence[WayOut]) -> None:
    """One way after the other, and again, unless it would be refused again; not before the time
    that Twilio asks for.

    Raises TwilioApiError when it was in vain.
    """
    begun = asyncio.get_running_loop().time()
    for seconds in RETRY_SECONDS:
        try:
            return await _try_all(ways, begun)
        except TwilioApiError as error:
            if not error.may_pass:
                raise
            asked = min(error.retry_after, LONGEST_WAIT_SECONDS)
        await asyncio.sleep(max(seconds, asked))
    return await _try_all(ways, begun)


async def _try_all(ways: Sequence[WayOut], begun: float) -> None:
    """By the first way that takes it. Where an answer does not tell whether it did, it is looked
    for; what cannot be found goes out again: rather twice than never.

    Raises TwilioApiError when none took it.
    """
    *others, last = ways
    for way in others:
        try:
            await _post(way, begun)
            return
        except TwilioApiError as error:
            logger.warning("%s; trying another way", error)
    await _post(last, begun)


async def _post(way: WayOut, begun: float) -> None:
    try:
        await way.post()
    except TwilioApiError as error:
        if not error.may_have_worked or not await _appears(way, begun):
            raise
        logger.warning("%s, but it was sent", error)


async def _appears(way: WayOut, begun: float) -> bool:
    """Whether it is found soon, since Twilio sends behind its answer. False also where it cannot be
    read."""
    try:
        async with asyncio.timeout(LONGEST_LOOK_SECONDS):
            return await _look(way, begun)
    except (TwilioApiError, TimeoutError) as error:
        logger.warning(
            "Whether a message was sent is not known: %s", str(error) or "no answer in time"
        )
        return False


async def _look(way: WayOut, begun: float) -> bool:
    clock = asyncio.get_running_loop()
    for seconds in way.shows_within:
        await asyncio.sleep(seconds)
        if await way.is_there(seconds=clock.time() - begun):
            return True
    return False


def is_undelivered(communication: dict[str, Any]) -> bool:
    """Whether it did not reach one of those it was for."""
    recipients = communication.get("recipients")
    return isinstance(recipients, list) and any(
        isinstance(one, dict) and one.get("deliveryStatus") == "FAILED" for one in recipients
    )


def split_message(text: str, limit: int) -> Iterator[str]:
    """`text` in parts of at most `limit` UTF-16 units, cut at sentences, else at words."""
    while len(head := _head(text, limit)) < len(text):
        end = _sentences_end(head) or head.rfind(" ") + 1 or len(head)
        yield head[:end].rstrip()
        text = text[end:].lstrip()
    yield text


def _head(text: str, limit: int) -> str:
    return text.encode("utf-16-le")[: 2 * limit].decode("utf-16-le", "ignore")


def _sentences_end(head: str) -> int:
    """Where the last whole sentence or line ends; 0 if none does."""
    for one in reversed([*_END.finditer(head)]):
        if not _NO_END.search(head, max(one.start() - LONGEST_NO_END, 0), one.start() + 1):
            return one.end()
    return 0
