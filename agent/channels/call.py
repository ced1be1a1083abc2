"""One session of a call: whatever the caller says or does is answered, until it ends.

https://www.twilio.com/docs/voice/conversationrelay/websocket-messages
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import suppress
from typing import Any

from tac.channels.websocket_protocol import WebSocketDisconnectError, WebSocketProtocol

from agent.channels.call_ends import CallEnded
from agent.channels.keypad import Keypad
from agent.channels.silence import Silence
from agent.channels.speech import Speech
from agent.conversation import Conversation
from agent.errors import HandoffError
from agent.handoff.call_delivery import CallDelivery
from agent.handoff.payload import Escalation, ReasonCode
from agent.handoff.record import HandoffRecord
from agent.languages import find_change, find_language, is_language
from agent.phrases import phrases_for
from agent.settings import Settings
from agent.turns import Turns

logger = logging.getLogger(__name__)

MOST_ERRORS = 3
"""Reported by ConversationRelay with nothing understood between them: then a person is better."""
ERROR_WORDS = 80

InBackground = Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]]
"""Starts work that outlives the session."""


class Call:
    """Answers one caller over one socket, until the caller leaves or a person takes over."""

    def __init__(
        self,
        conversation: Conversation,
        socket: WebSocketProtocol,
        *,
        settings: Settings,
        turns: Turns,
        delivery: CallDelivery,
        in_background: InBackground,
    ) -> None:
        self.conversation = conversation
        self._settings = settings
        self._turns = turns
        self._delivery = delivery
        self._in_background = in_background
        self._beginning = asyncio.Lock()  # of replies: keys and words may come at once
        self._reply: asyncio.Task[None] | None = None
        self._ending: asyncio.Task[None] | None = None
        self._silence = Silence(settings.silence_seconds, self._notice_silence)
        self._speech = Speech(socket, self._silence)
        self._silences = 0
        self._keypad = Keypad(settings.keys_seconds, self._take_keys)
        self._errors = 0
        self._limit = asyncio.create_task(self._keep_to_limit()) if settings.call_seconds else None

    def open(self, greeting: str) -> None:
        """The caller hears these words of Twilio first."""
        said = self.conversation.history.turn()
        self._speech.has_begun = any(item.get("content") == greeting for item in said)
        self._silence.note_words(greeting)
        self._silence.watch()

    async def set_language(self) -> None:
        """In a session that was not asked for with our languages, such as the flow's."""
        allowed = self._settings.languages
        if one := find_language(self.conversation.language, allowed) or next(iter(allowed), ""):
            await self._speech.change_language(ttsLanguage=one, transcriptionLanguage=one)

    async def close(self) -> None:
        """The socket is closed."""
        self._keypad.stop()
        if self._limit is not None:
            self._limit.cancel()
        await self.stop_reply()
        self._silence.stop()

    def attend(self, frame: dict[str, Any]) -> None:
        """What every frame tells, besides what it is answered with."""
        match frame:
            case {"type": "info", "name": "agentSpeaking" | "clientSpeaking", "value": "on"}:
                self._silence.stop()
            case {"type": "info", "name": "agentSpeaking"}:
                self._silence.note_quiet()
                self._silence.watch()
            case {"type": "error"}:
                self._note_error(frame.get("description"))
            case {"type": "prompt" | "interrupt" | "dtmf"} | {"name": "clientSpeaking"}:
                self._silences = 0
                self._silence.note_quiet()
                self._silence.watch()
        if frame.get("type") == "dtmf":
            self._keypad.press(frame.get("digit"))
        elif frame.get("type") == "interrupt" and self._speech.has_begun and self._reply is None:
            # Of the greeting. TAC 2.5.0 leaves out an interruption before the first prompt.
            self._note_heard(frame.get("utteranceUntilInterrupt"))

    async def answer(self, text: str, *, language: object = None) -> None:
        """Reply to the caller's words; the reply before breaks off."""
        self._errors = 0
        async with self._beginning:
            await self.stop_reply()
            if self._ending is None:
                await self._follow(language)
                await self._begin_reply(self._turns.reply(self.conversation, text))

    async def _begin_reply(self, words: AsyncGenerator[str, None]) -> None:
        self._reply = asyncio.create_task(self._answer(words))
        await asyncio.sleep(0)  # lets it note the words, even if it is broken off next

    async def _follow(self, spoken: object) -> None:
        """Speak the caller's language from now on, and tell the model."""
        if not is_language(spoken):
            return
        before = self.conversation.language or self._settings.usual_language
        self.conversation.language = spoken
        if language := find_change(before, spoken, self._settings.languages):
            self.conversation.phrases = phrases_for(language)
            await self._speech.change_language(ttsLanguage=language)

    def _take_keys(self, keys: str) -> None:
        key = self._settings.human_key
        if set(keys) == {key}:  # who is impatient presses it again and again
            wish = Escalation(
                reason=f"The caller pressed {key} for a person",
                reason_code=ReasonCode.CUSTOMER_REQUEST,
            )
            self._in_background(self._ask_for_person(wish))
        else:
            self._in_background(self.answer(f"{keys} [entered on the keypad]"))

    def _note_error(self, description: object) -> None:
        """Without what follows the colon: it may be what somebody said."""
        what = str(description).partition(":")[0][:ERROR_WORDS]
        logger.warning("ConversationRelay reports on %s: %s", self.conversation.id, what)
        self._errors += 1
        if self._errors == MOST_ERRORS:
            trouble = Escalation(
                reason="The call has technical trouble with the virtual agent",
                reason_code=ReasonCode.TECHNICAL,
            )
            self._in_background(self._ask_for_person(trouble))

    async def _ask_for_person(self, escalation: Escalation) -> None:
        """By a way that needs no model."""
        async with self._beginning:
            await self.stop_reply()
            if self._ending is None:
                self.conversation.history.add_customer(f"[{escalation.reason}.]")
                await self._begin_reply(self._turns.hand_over(self.conversation, escalation))

    async def interrupt(self, heard: object) -> None:
        """The caller cut in, having heard so much of what was said.

        A reply of which nothing was said yet goes on: what was cut off is the one before.
        """
        if self._speech.has_begun and self._reply is not None:
            await self.stop_reply()
            self._note_heard(heard)

    def _note_heard(self, words: object) -> None:
        if self._ending is None:
            self.conversation.history.cut_last_reply(words if isinstance(words, str) else None)

    async def stop_reply(self) -> None:
        """Break the reply off; a tool with effects that it has begun goes on."""
        while self._reply is not None and not self._reply.done():
            self._reply.cancel()
            await asyncio.wait({self._reply})

    async def _answer(self, words: AsyncGenerator[str, None]) -> None:
        try:
            await self._speech.say(words)
        except WebSocketDisconnectError:
            logger.info("The caller of %s left", self.conversation.id)
        except Exception:
            logger.exception("A reply on %s failed", self.conversation.id)
            with suppress(WebSocketDisconnectError):
                await self._speech.apologize(self.conversation.phrases.apology)
        finally:
            if self.conversation.effects:
                self._in_background(self._after_effects())
            else:
                self._begin_transfer()

    async def _after_effects(self) -> None:
        await asyncio.wait(self.conversation.effects)
        self._begin_transfer()

    def _begin_transfer(self) -> None:
        """Once a person was asked for."""
        record = self.conversation.handoff
        if record is not None and self._ending is None:
            self._ending = self._in_background(self._hand_over(record))

    async def _hand_over(self, record: HandoffRecord) -> None:
        """The goodbye, then `end` exactly once, whatever becomes of goodbye and record."""
        conversation = self.conversation
        try:
            await self._speech.say(self._turns.goodbye(conversation), interruptible=False)
        except WebSocketDisconnectError:
            logger.info("The caller of %s left", conversation.id)
        except Exception:
            logger.exception("The goodbye on %s was cut short", conversation.id)
        try:
            await self._delivery.deliver(conversation, self._speech.end)
        except Exception:
            logger.exception("The handoff of %s is not recorded as it is", conversation.id)
        with suppress(HandoffError):
            await self._speech.end(record.payload.to_json())

    def _notice_silence(self) -> None:
        """Ask once whether the caller is there; the second time, end the call."""
        if self._ending is not None or self._is_replying:
            return
        self._silences += 1
        phrases = self.conversation.phrases
        if self._silences == 1:
            self._reply = asyncio.create_task(self._say(phrases.still_there))
        else:
            self._begin_farewell(CallEnded.SILENCE, phrases.goodbye_after_silence)

    async def _keep_to_limit(self) -> None:
        """Tell the caller when time gets short, then that it is over."""
        warning = min(self._settings.call_warning_seconds, self._settings.call_seconds)
        await asyncio.sleep(self._settings.call_seconds - warning)
        await self._wait_for_reply()
        phrases = self.conversation.phrases
        if self._ending is None:
            self._reply = asyncio.create_task(self._say(phrases.time_is_short))
        await asyncio.sleep(warning)
        await self._wait_for_reply()
        self._begin_farewell(CallEnded.LIMIT, phrases.goodbye_at_limit)

    @property
    def _is_replying(self) -> bool:
        return self._reply is not None and not self._reply.done()

    async def _wait_for_reply(self) -> None:
        while self._reply is not None and not self._reply.done():
            await asyncio.wait({self._reply})

    async def _say(self, text: str, *, interruptible: bool = True) -> None:
        """Words that need no model."""
        self.conversation.history.add_remark(text)
        with suppress(WebSocketDisconnectError):
            await self._speech.say(_once(text), interruptible=interruptible)

    def _begin_farewell(self, reason: CallEnded, words: str) -> None:
        """End the call with these words, unless it is ending already."""
        if self._ending is None:
            self._ending = self._in_background(self._part(reason, words))

    async def _part(self, reason: CallEnded, words: str) -> None:
        await self._say(words, interruptible=False)
        with suppress(HandoffError):
            await self._speech.end(reason.to_json())


async def _once(text: str) -> AsyncGenerator[str, None]:
    yield text
