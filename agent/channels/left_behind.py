"""Messages whose process ended before it had answered them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Coroutine, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any

from agent.channels.answered import Answered
from agent.channels.inbox import Event, text_of, thread_of
from agent.channels.messaging_channels import SteadyChannel, is_ours
from agent.channels.outbox import Outbox
from agent.channels.past import of_thread
from agent.errors import TwilioApiError
from agent.handoff.delivery import Handoffs
from agent.phrases import phrases_for
from agent.settings import Settings
from agent.store.message_claims import LeftMessage, MessageClaims
from agent.twilio_api.http import read_moment

logger = logging.getLogger(__name__)

LATE = timedelta(minutes=15)
"""After so long an answer comes out of the blue: the customer may have found help elsewhere, or a
morning may have become an evening. They are asked to say again what they still want."""
TOO_LATE = timedelta(days=1)
"""After so long even that does, and WhatsApp takes no free words any more
(https://www.twilio.com/docs/whatsapp/key-concepts)."""
RETRY_SECONDS = (1.0, 5.0, 20.0)
MOST_TAKEOVERS = 3
"""Where one process after the other dies, the message itself may be why."""


class LeftBehind:
    """Has them answered once, by one of the processes that are there, or apologised for."""

    def __init__(
        self,
        claims: MessageClaims,
        answered: Answered,
        channels: Mapping[str, SteadyChannel],
        outbox: Outbox,
        handoffs: Handoffs,
        settings: Settings,
        *,
        admit: Callable[[Event], None],
        forget: Callable[[Collection[str]], None],
        run: Callable[[Coroutine[Any, Any, None]], object],
    ) -> None:
        self._claims = claims
        self._answered = answered
        self._channels = channels
        self._outbox = outbox
        self._handoffs = handoffs
        self._apology = phrases_for(settings.usual_language).apology
        self._pause = timedelta(seconds=settings.burst_seconds)
        self._admit = admit
        self._forget = forget
        self._run = run

    async def take_over(self) -> None:
        """Begin with all that is there to be taken over."""
        taken = await self._claims.take_over()
        messages = taken.messages
        self._forget(taken.moved)
        if messages:
            logger.warning("Taking over %d messages of processes that are gone", len(messages))
        for _id, some in groupby(sorted(messages, key=_conversation_of), _conversation_of):
            self._run(self._settle([*some]))

    async def _settle(self, messages: Sequence[LeftMessage]) -> None:
        """Those of one conversation, in order. Nobody else has them now, so that whatever fails is
        tried again; in the end they are answered as new ones are: rather twice than never."""
        for seconds in RETRY_SECONDS:
            try:
                await self._deal_with(messages)
            except Exception:
                logger.exception("Messages of %s wait", _conversation_of(messages[0]))
                await asyncio.sleep(seconds)
            else:
                return
        for one in messages:
            self._admit(one.event)

    async def _deal_with(self, messages: Sequence[LeftMessage]) -> None:
        waiting = await self._unanswered(messages)
        if why := _why_not(waiting):
            await self._give_up(waiting, why)
            waiting = []
        for one in waiting:
            self._admit(one.event)
        self._answered.add({one.name for one in messages} - {one.name for one in waiting})

    async def _unanswered(self, messages: Sequence[LeftMessage]) -> Sequence[LeftMessage]:
        """All of them where that cannot be known: rather twice than never."""
        data = messages[0].event["data"]
        orchestrator = self._channels[data["author"]["channel"]].conversation_orchestrator_client
        try:
            written = await orchestrator.read_communications(data["conversationId"])
        except TwilioApiError as error:
            logger.warning("Whether messages were answered is not known: %s", error)
            return messages
        ours = {one["id"] for one in written if is_ours(one, self._channels)}
        names = {one.name for one in messages}

        def is_waiting(message: dict[str, Any]) -> bool:
            there = of_thread(written, thread_of(message))
            return not is_answered(message, there, ours, names, self._pause)

        return [one for one in messages if is_waiting(one.event["data"])]

    async def _give_up(self, messages: Sequence[LeftMessage], why: str) -> None:
        """Tell operator and customer, once. What a human wrote, or reads, is no matter."""
        lost = [one for one in messages if await self._is_customers(one)]
        data = messages[-1].event["data"]
        if not lost or not await self._handoffs.is_for_agent(thread_of(data), text_of(data)):
            return
        for one in lost:
            await self._outbox.note_unanswered(one.event["data"], why)
        if _age_of(lost) < TOO_LATE:
            await self._outbox.answer(lost[-1].event["data"], self._apology)

    async def _is_customers(self, message: LeftMessage) -> bool:
        data = message.event["data"]
        return await self._channels[data["author"]["channel"]].is_customers(data)


def is_answered(
    message: dict[str, Any],
    written: Sequence[dict[str, Any]],
    ours: Collection[str],
    left: Collection[str],
    pause: timedelta,
) -> bool:
    """Whether what was `written` in the thread, the oldest first, has an answer to `message`.

    `ours` names what the agent wrote. That is no answer where it came before the `pause` after
    which one is made, nor behind another's message that was not left with this one: it is to that.
    """
    moment = read_moment(message.get("createdAt"))
    if moment is None:
        return False
    for one in written:
        created = read_moment(one.get("createdAt"))
        if created is None or created <= moment or one["id"] in left:
            continue
        if one["id"] not in ours:
            return False
        if created >= moment + pause:
            return True
    return False


def _conversation_of(message: LeftMessage) -> str:
    return str(message.event["data"]["conversationId"])


def _age_of(messages: Sequence[LeftMessage]) -> timedelta:
    """Of the newest."""
    return datetime.now(UTC) - messages[-1].claimed_at


def _why_not(messages: Sequence[LeftMessage]) -> str:
    """Why they are not to be answered any more; empty where they are."""
    if messages and (age := _age_of(messages)) > LATE:
        return (
            f"the customer's: nobody was there to answer it for {age // timedelta(minutes=1)} min"
        )
    if any(one.takeovers > MOST_TAKEOVERS for one in messages):
        return f"the customer's: {MOST_TAKEOVERS + 1} processes ended before they had answered it"
    return ""
