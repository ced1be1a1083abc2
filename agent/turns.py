"""One turn of talk: the customer's words in, the reply out as the model makes it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from agent.conversation import Conversation
from agent.errors import ModelError
from agent.fillers import with_fillers
from agent.handoff.payload import Escalation, ReasonCode
from agent.history import Item
from agent.honesty import Honesty, to_handoff_call
from agent.instructions import (
    goodbye_for,
    instructions_for,
    quote_recollection,
    quote_summary,
)
from agent.language_model import LanguageModel, ModelRequest, ToolCall
from agent.languages import note_of_language
from agent.memory import CustomerMemory
from agent.metrics import Metrics, TurnMeasure
from agent.pauses import with_pauses
from agent.running_summary import RunningSummary
from agent.settings import Settings
from agent.spoken_text import SpokenText, Wording, WrittenText
from agent.tool import Tool
from agent.tool_runs import ToolRuns

logger = logging.getLogger(__name__)

GOODBYE_FIRST_TOKEN_SECONDS = 3.0
GOODBYE_SECONDS = 8.0
MOST_FAILED_TURNS = 2
"""One after the other: then a human is asked for."""


class Turns:
    """Makes replies. Turns of one conversation never overlap; no turn ends without words."""

    def __init__(
        self,
        model: LanguageModel,
        tools: Sequence[Tool],
        memory: CustomerMemory,
        metrics: Metrics,
        settings: Settings,
    ) -> None:
        self._model = model
        self._tools = ToolRuns(tools)
        self._definitions = [tool.to_definition() for tool in tools]
        self._memory = memory
        self._summary = RunningSummary(model)
        self._metrics = metrics
        self._honesty = Honesty(self._rounds, self._tools.run, metrics)
        self._settings = settings

    async def warm_up(self) -> None:
        """Have what the next turn needs ready. Never fails."""
        await self._model.warm_up()

    def prepare(self, conversation: Conversation) -> None:
        """Begin to fetch what the next reply needs."""
        self._memory.start(conversation)

    async def reply(self, conversation: Conversation, text: str) -> AsyncGenerator[str, None]:
        """The reply to `text`, in pieces as they come.

        When the model asked for a human, `conversation.handoff` is set afterwards and the reply
        may be empty: the caller goes on with `goodbye`. Otherwise there are always words; if the
        model fails, an apology.
        """
        async with conversation.turn:
            conversation.history.add_customer(text)
            self._summary.start(conversation)
            with self._metrics.turn(conversation.channel) as measure:
                async with aclosing(self._reply(conversation, measure)) as reply:
                    async for words in reply:
                        if words.strip():
                            measure.note_words()
                        yield words
                if conversation.handoff is not None:
                    measure.outcome = "handed_over"

    async def _reply(
        self, conversation: Conversation, measure: TurnMeasure
    ) -> AsyncGenerator[str, None]:
        spoken = False
        try:
            async with aclosing(self._honesty.reply(conversation)) as reply:
                async for words in reply:
                    spoken = spoken or bool(words.strip())
                    yield words
            if not spoken and conversation.handoff is None:
                raise ModelError("The model said nothing")
            conversation.failed_turns = 0
        except ModelError as error:
            logger.warning("Turn of %s: %s", conversation.id, error)
            if conversation.handoff is None:
                measure.outcome = "apologized"
                yield await self._make_up_for_failure(conversation, spoken=spoken)

    async def _make_up_for_failure(self, conversation: Conversation, *, spoken: bool) -> str:
        """An apology; when it is not the first in a row, a human without asking the model."""
        conversation.failed_turns += 1
        said = conversation.history.turn()[0]["content"]
        phrases = conversation.phrases
        words = phrases.apology_after_words if spoken else phrases.apology
        if conversation.failed_turns >= MOST_FAILED_TURNS:
            trouble = Escalation(
                reason=f"The virtual agent could not answer. The customer had said: {said}",
                reason_code=ReasonCode.TECHNICAL,
            )
            if await self._hand_over(conversation, trouble):
                words = phrases.trouble
            elif conversation.refusal:
                words = f"{phrases.trouble} {conversation.refusal}"
        words = f"{' ' if spoken else ''}{words}"
        conversation.history.add_agent(words)
        return words

    async def hand_over(
        self, conversation: Conversation, escalation: Escalation
    ) -> AsyncGenerator[str, None]:
        """Ask for a human, and not the model; words come only when none can be had: why, and what
        there is instead.

        Otherwise the caller goes on with `goodbye`, as after `reply`.
        """
        wording = _wording_for(conversation)
        asking = self._ask_for_human(conversation, escalation, wording)
        async with conversation.turn, aclosing(self._bridge(asking, conversation, wording)) as all_:
            async for words in all_:
                yield words

    async def _ask_for_human(
        self, conversation: Conversation, escalation: Escalation, wording: Wording
    ) -> AsyncGenerator[str, None]:
        if not await self._hand_over(conversation, escalation):
            words = conversation.refusal or conversation.phrases.sorry
            conversation.history.add_agent(words)
            yield wording.insert(words)

    async def _hand_over(self, conversation: Conversation, escalation: Escalation) -> bool:
        conversation.refusal = ""
        await self._tools.run(conversation, to_handoff_call(escalation))
        conversation.needs_fixed_goodbye = conversation.handoff is not None
        return conversation.needs_fixed_goodbye

    async def goodbye(self, conversation: Conversation) -> AsyncGenerator[str, None]:
        """The last words before the human. Never fails, never empty, soon done."""
        wording = _wording_for(conversation)
        parting = self._part(conversation, wording)
        async with (
            conversation.turn,
            aclosing(self._bridge(parting, conversation, wording)) as all_,
        ):
            async for words in all_:
                yield words

    async def _part(
        self, conversation: Conversation, wording: Wording
    ) -> AsyncGenerator[str, None]:
        if conversation.needs_fixed_goodbye:
            conversation.needs_fixed_goodbye = False
            conversation.history.add_agent(goodbye_for(conversation))
            yield goodbye_for(conversation)
            return
        spoken = False
        request = ModelRequest(
            instructions_for(conversation),
            await self._input(conversation),
            self._definitions,
            may_call_tools=False,
            first_token_seconds=min(
                self._settings.first_token_seconds, GOODBYE_FIRST_TOKEN_SECONDS
            ),
            total_seconds=GOODBYE_SECONDS,
            is_heard=conversation.is_spoken,
        )
        try:
            pieces = self._pieces(request, wording, [])
            async with aclosing(_noting(conversation, pieces)) as round_:
                async for words in round_:
                    spoken = spoken or bool(words.strip())
                    yield words
            if not spoken:
                raise ModelError("The model said nothing")
        except ModelError as error:
            logger.warning("Goodbye of %s: %s", conversation.id, error)
            words = wording.insert(goodbye_for(conversation))
            conversation.history.add_agent(words)
            yield words

    def _bridge(
        self, words: AsyncGenerator[str, None], conversation: Conversation, wording: Wording
    ) -> AsyncGenerator[str, None]:
        return with_fillers(words, conversation, wording, seconds=self._settings.filler_seconds)

    def _rounds(self, conversation: Conversation) -> AsyncGenerator[str, None]:
        wording = _wording_for(conversation)
        return self._bridge(self._model_rounds(conversation, wording), conversation, wording)

    async def _model_rounds(
        self, conversation: Conversation, wording: Wording
    ) -> AsyncGenerator[str, None]:
        """Words and tool calls in turn until the model has only words left, or wants a human.

        A tool that goes on since the turn before comes first.
        """
        if conversation.effects:
            await asyncio.wait(conversation.effects)
        if conversation.handoff is not None:
            return
        clock = asyncio.get_running_loop()
        end = clock.time() + self._settings.turn_seconds
        for rounds_left in reversed(range(self._settings.tool_rounds + 1)):
            request = ModelRequest(
                instructions_for(conversation),
                await self._input(conversation),
                self._definitions,
                may_call_tools=rounds_left > 0,
                first_token_seconds=self._settings.first_token_seconds,
                total_seconds=end - clock.time(),
                is_heard=conversation.is_spoken,
            )
            calls: list[ToolCall] = []
            pieces = self._pieces(request, wording, calls)
            try:
                async with aclosing(_noting(conversation, pieces)) as round_:
                    async for words in round_:
                        yield words
            except ModelError as error:
                if not calls:
                    raise
                logger.warning("Turn of %s, after a tool call: %s", conversation.id, error)
            for call in calls:
                yield ""  # now a wait begins that a filler may bridge
                await self._tools.run(conversation, call, end)
            if not calls or conversation.handoff is not None:
                return

    async def _pieces(
        self, request: ModelRequest, wording: Wording, calls: list[ToolCall]
    ) -> AsyncGenerator[str, None]:
        """The words of one call of the model; its tool calls are added to `calls`."""
        events = with_pauses(self._model.stream(request), lambda: wording.patience)
        try:
            async with aclosing(events):
                async for event in events:
                    if isinstance(event, ToolCall):
                        calls.append(event)
                    elif piece := wording.feed(event.text) if event else wording.hasten():
                        yield piece
        except ModelError:
            self._metrics.count_model_failure()
            if piece := wording.break_off():
                yield piece
            raise
        if piece := wording.flush():
            yield piece

    async def _input(self, conversation: Conversation) -> list[Item]:
        recollection = await self._memory.recollection_of(conversation)
        history = conversation.history
        quoted = [quote_recollection(recollection)] if recollection else []
        earlier = [quote_summary(history.summary)] if history.summary else []
        note = self._note_of_language(conversation)
        return quoted + earlier + note + history.items()

    def _note_of_language(self, conversation: Conversation) -> list[Item]:
        settings = self._settings
        usual = settings.usual_language
        note = note_of_language(conversation.language, settings.languages, usual=usual)
        return [{"role": "developer", "content": note}] if note else []


async def _noting(
    conversation: Conversation, pieces: AsyncGenerator[str, None]
) -> AsyncGenerator[str, None]:
    """The pieces; those that were given out are kept as what the agent has said."""
    said = ""
    try:
        async with aclosing(pieces):
            async for piece in pieces:
                said += piece
                yield piece
    finally:
        conversation.history.add_agent(said)


def _wording_for(conversation: Conversation) -> Wording:
    return SpokenText() if conversation.is_spoken else WrittenText()
