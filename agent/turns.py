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
from agent.honesty import Honesty, to_handoff_call
from agent.instructions import goodbye_for
from agent.language_model import LanguageModel, ToolCall
from agent.memory import CustomerMemory
from agent.metrics import Metrics, TurnMeasure
from agent.model_rounds import ModelRounds
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
        self._rounds = ModelRounds(model, tools, memory, metrics, settings)
        self._memory = memory
        self._summary = RunningSummary(model)
        self._metrics = metrics
        self._honesty = Honesty(self._make_words, self._tools.run, metrics)
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
        round_ = await self._rounds.begin(
            conversation,
            wording,
            [],
            may_call_tools=False,
            first_token_seconds=min(
                self._settings.first_token_seconds, GOODBYE_FIRST_TOKEN_SECONDS
            ),
            end=asyncio.get_running_loop().time() + GOODBYE_SECONDS,
        )
        try:
            async with aclosing(round_):
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

    def _make_words(self, conversation: Conversation) -> AsyncGenerator[str, None]:
        wording = _wording_for(conversation)
        return self._bridge(self._alternate(conversation, wording), conversation, wording)

    async def _alternate(
        self, conversation: Conversation, wording: Wording
    ) -> AsyncGenerator[str, None]:
        """Words and tool calls in turn until the model has only words left, or wants a human.

        A tool that goes on since the turn before comes first.
        """
        if conversation.effects:
            await asyncio.wait(conversation.effects)
        if conversation.handoff is not None:
            return
        end = asyncio.get_running_loop().time() + self._settings.turn_seconds
        for rounds_left in reversed(range(self._settings.tool_rounds + 1)):
            calls: list[ToolCall] = []
            round_ = await self._rounds.begin(
                conversation,
                wording,
                calls,
                may_call_tools=rounds_left > 0,
                first_token_seconds=self._settings.first_token_seconds,
                end=end,
            )
            try:
                async with aclosing(round_):
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


def _wording_for(conversation: Conversation) -> Wording:
    return SpokenText() if conversation.is_spoken else WrittenText()
