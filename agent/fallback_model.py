"""A second model for when the first is late or down."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator
from dataclasses import replace

from agent.errors import ModelError
from agent.language_model import LanguageModel, ModelEvent, ModelRequest

logger = logging.getLogger(__name__)


class FallbackModel:
    """Asks `first`, and once `second` too when nothing has come after `hedge_seconds`, or only a
    failure. Who begins first gives the whole answer; the other is broken off.

    An answer that comes all at once has until the time of its first token.
    """

    def __init__(
        self, first: LanguageModel, second: LanguageModel, *, hedge_seconds: float
    ) -> None:
        self._first = first
        self._second = second
        self._hedge_seconds = hedge_seconds

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        """See `LanguageModel.stream`. Raises ModelError when neither has begun."""
        clock = asyncio.get_running_loop()
        begun = clock.time()
        patience = self._hedge_seconds if request.is_heard else request.first_token_seconds
        answers = [_Answer(self._first.stream(request))]
        try:
            await asyncio.wait({answers[0].beginning}, timeout=patience)
            if not answers[0].has_begun:
                logger.warning("The fallback model is asked too")
                seconds = request.total_seconds - (clock.time() - begun)
                answers.append(
                    _Answer(self._second.stream(replace(request, total_seconds=seconds)))
                )
            winner = await _first_to_begin(answers)
            yield winner.beginning.result()
            for loser in answers:
                if loser is not winner:
                    await loser.close()
            async for event in winner.events:
                yield event
        finally:
            for answer in answers:
                await answer.close()

    async def warm_up(self) -> None:
        """See `LanguageModel.warm_up`."""
        await asyncio.gather(self._first.warm_up(), self._second.warm_up())

    async def close(self) -> None:
        await self._first.close()
        await self._second.close()


class _Answer:
    """One model's answer, whose first event is on its way."""

    def __init__(self, events: AsyncGenerator[ModelEvent, None]) -> None:
        self.events = events
        self.beginning = asyncio.ensure_future(anext(events))

    @property
    def has_begun(self) -> bool:
        done = self.beginning.done() and not self.beginning.cancelled()
        return done and self.beginning.exception() is None

    async def close(self) -> None:
        self.beginning.cancel()
        await asyncio.gather(self.beginning, return_exceptions=True)
        await self.events.aclose()


async def _first_to_begin(answers: list[_Answer]) -> _Answer:
    waiting = {answer.beginning for answer in answers}
    while waiting:
        _, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        for answer in answers:
            if answer.has_begun:
                return answer
    failures = [str(answer.beginning.exception()) or "no words" for answer in answers]
    raise ModelError(" Then: ".join(failures))
