"""The language model: what a turn needs of one, and OpenAI's Responses API behind it.

https://platform.openai.com/docs/api-reference/responses-streaming
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Protocol

import httpx
from openai import AsyncOpenAI, OpenAIError

from agent.errors import ModelError
from agent.history import Item
from agent.settings import Settings

RETRIES = 1
LAST_BYTES_SECONDS = 0.5
NO_KEY = "not-needed"


@dataclass(frozen=True)
class TextDelta:
    """Some more words of the reply."""

    text: str


@dataclass(frozen=True)
class ToolCall:
    """The model wants the tool `name` run; `arguments` is JSON text, not yet checked."""

    call_id: str
    name: str
    arguments: str


ModelEvent = TextDelta | ToolCall


@dataclass(frozen=True)
class ModelRequest:
    """One call of the model. Times are seconds from its start: to the first token, to the end."""

    instructions: str
    items: list[Item]
    tools: list[dict[str, Any]] = field(default_factory=list)
    may_call_tools: bool = True
    first_token_seconds: float = 6.0
    total_seconds: float = 20.0


class LanguageModel(Protocol):
    """A model that streams words and tool calls."""

    def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        """The events of one answer. Raises ModelError when it fails, stalls or breaks off."""

    async def close(self) -> None:
        """Let go of its connections."""


class OpenAIModel:
    """A model behind OpenAI's Responses API."""

    def __init__(self, settings: Settings) -> None:
        key = settings.openai_api_key
        self._model = settings.openai_model
        self._client = AsyncOpenAI(
            api_key=key.get_secret_value() if key else NO_KEY,
            base_url=settings.openai_base_url,
            max_retries=RETRIES,
            timeout=settings.turn_seconds,
        )
        self._responses: Any = self._client.responses  # takes a while: not during the first call

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        """See `LanguageModel.stream`."""
        clock = asyncio.get_running_loop()
        end = clock.time() + request.total_seconds
        deadline = min(end, clock.time() + request.first_token_seconds)
        try:
            async with asyncio.timeout_at(deadline):
                events = await self._create(request)
            try:
                while True:
                    async with asyncio.timeout_at(deadline):
                        event = await anext(events, None)
                    if event is None:
                        raise ModelError("The model's answer broke off")
                    if event.type == "response.completed":
                        await _read_to_end(events)
                        return
                    if found := _to_model_event(event):
                        deadline = end
                        yield found
            finally:
                await _close(events)
        except TimeoutError:
            raise ModelError("The model took too long to answer") from None
        except OpenAIError as error:
            raise ModelError(f"The model failed: {error}") from error
        except (httpx.HTTPError, ValueError, AttributeError) as error:
            raise ModelError(f"The model's answer cannot be read: {error!r}") from error

    async def _create(self, request: ModelRequest) -> Any:
        return await self._responses.create(
            model=self._model,
            instructions=request.instructions,
            input=request.items,
            tools=request.tools,
            tool_choice="auto" if request.may_call_tools else "none",
            store=False,
            stream=True,
        )

    async def close(self) -> None:
        await self._client.close()


async def _read_to_end(events: Any) -> None:
    """Read what follows the last event, so that the connection can serve the next turn."""
    with suppress(TimeoutError):
        async with asyncio.timeout(LAST_BYTES_SECONDS):
            async for _ in events:
                pass


async def _close(events: Any) -> None:
    """Close the answer and end the generators under it.

    openai 3.54 closes the response only. The suspended generators are then left to the garbage
    collector, which may run in another thread while they are at work.
    """
    await events.close()
    with suppress(Exception):
        async for _ in events:
            pass


def _to_model_event(event: Any) -> ModelEvent | None:
    """The event as ours; None for those that carry no words and no finished tool call.

    Raises ModelError for the API's own reports of failure.
    """
    match event.type:
        case "response.output_text.delta" | "response.refusal.delta":
            return TextDelta(event.delta) if event.delta else None
        case "response.output_item.done" if event.item.type == "function_call":
            item = event.item
            return ToolCall(item.call_id, item.name, item.arguments)
        case "response.failed" | "response.incomplete":
            raise ModelError(f"The model gave up: {event.response.error or event.type}")
        case "error":
            raise ModelError(f"The model failed: {event.message}")
    return None
