"""The language model: what a turn needs of one, and OpenAI's Responses API behind it.

https://platform.openai.com/docs/api-reference/responses-streaming
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Protocol

import httpx2
from openai import (
    AsyncOpenAI,
    AsyncStream,
    DefaultAioHttpClient,
    NotFoundError,
    OpenAIError,
    PermissionDeniedError,
    RequestOptions,
)

from agent.errors import ModelError
from agent.event_stream import EventStream
from agent.history import Item
from agent.settings import Settings

logger = logging.getLogger(__name__)

RETRIES = 1
KEEPALIVE_SECONDS = 120.0
"""A caller listens and thinks for longer than the five seconds of openai's own setting."""
LIMITS = httpx2.Limits(
    max_connections=1000, max_keepalive_connections=1000, keepalive_expiry=KEEPALIVE_SECONDS
)
_WARM_UP: RequestOptions = {"timeout": 5.0, "max_retries": 0}
LAST_BYTES_SECONDS = 0.5
NO_KEY = "not-needed"
_BARE = frozenset({b"response.created", b"response.in_progress", b"response.completed"})
"""Events that say the whole request again."""


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
    """One call of the model. Times are seconds from its start: to the first token, to the end. For
    as long as for its first token a model is waited for in the middle of an answer, too.

    Where nobody hears the words as they come, they come all at once: then a second model, if there
    is one, is asked when there is no answer at the time for the first token.
    """

    instructions: str
    items: list[Item]
    tools: list[dict[str, Any]] = field(default_factory=list)
    may_call_tools: bool = True
    first_token_seconds: float = 6.0
    total_seconds: float = 20.0
    is_heard: bool = True


class LanguageModel(Protocol):
    """A model that streams words and tool calls."""

    def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        """The events of one answer. Raises ModelError when it fails, stalls or breaks off."""

    async def warm_up(self) -> None:
        """Connect, so that the next call need not. Never fails."""

    async def close(self) -> None:
        """Let go of its connections."""


class OpenAIModel:
    """A model behind OpenAI's Responses API; `name`: another one than the settings' own."""

    def __init__(self, settings: Settings, name: str = "") -> None:
        key = settings.openai_api_key
        self._model = name or settings.openai_model
        self._client = AsyncOpenAI(
            api_key=key.get_secret_value() if key else NO_KEY,
            base_url=settings.openai_base_url,
            max_retries=RETRIES,
            # For the rest `stream` has its own limits; one on every read costs at every token.
            timeout=httpx2.Timeout(None, connect=settings.turn_seconds),
            http_client=DefaultAioHttpClient(limits=LIMITS),
        )
        self._idle_since: list[float] = []

    async def warm_up(self) -> None:
        """See `LanguageModel.warm_up`."""
        if self._idle():
            return
        try:
            await self._client.get(
                f"/models/{self._model}", cast_to=httpx2.Response, options=_WARM_UP
            )
        except (NotFoundError, PermissionDeniedError):
            pass  # not every server or key has this; now there is a connection all the same
        except (OpenAIError, httpx2.HTTPError) as error:
            logger.warning("The model does not answer: %s", error)
            return
        self._idle().append(asyncio.get_running_loop().time())

    def _idle(self) -> list[float]:
        """Since when each connection waits for a request, as far as it is known here; without
        those that may soon be closed."""
        oldest = asyncio.get_running_loop().time() - KEEPALIVE_SECONDS / 2
        self._idle_since = [since for since in self._idle_since if since > oldest]
        return self._idle_since

    def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        """See `LanguageModel.stream`."""
        return self._events(request) if request.is_heard else self._whole(request)

    async def _events(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        clock = asyncio.get_running_loop()
        end = clock.time() + request.total_seconds
        deadline = min(end, clock.time() + request.first_token_seconds)
        with _told_as_model_errors():
            async with asyncio.timeout_at(deadline):
                answer = EventStream(await self._ask(request), _BARE)
            has_begun = is_whole = False
            try:
                while True:
                    async with asyncio.timeout_at(deadline):
                        events = await answer.read()
                    if events is None:
                        raise ModelError("The model's answer broke off")
                    for event in events:
                        if event["type"] == "response.completed":
                            await _read_to_end(answer)
                            is_whole = True
                            return
                        if found := _to_model_event(event):
                            has_begun = True
                            yield found
                    if has_begun:
                        deadline = min(end, clock.time() + request.first_token_seconds)
            finally:
                if is_whole:  # else its connection goes with it
                    self._idle().append(clock.time())
                await answer.close()

    async def _whole(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        """In one piece: to read word by word costs more than all the rest of a message."""
        with _told_as_model_errors():
            async with asyncio.timeout(request.total_seconds):
                response = await self._ask(request)
            self._idle().append(asyncio.get_running_loop().time())
            answer = response.json()
            for item in answer["output"]:
                for event in _to_model_events(item):
                    yield event
            if answer["status"] != "completed":
                raise ModelError(f"The model gave up: {answer.get('error') or answer['status']}")

    async def _ask(self, request: ModelRequest) -> Any:
        """Past openai's `responses.create`, which costs more than all the rest of a turn: it goes
        through the request by its types, and makes an object of every event."""
        if idle := self._idle():
            idle.pop()
        return await self._client.post(
            "/responses",
            body={
                "model": self._model,
                "instructions": request.instructions,
                "input": request.items,
                "tools": request.tools,
                "tool_choice": "auto" if request.may_call_tools else "none",
                "store": False,
                "stream": request.is_heard,
            },
            cast_to=httpx2.Response,
            stream=request.is_heard,
            stream_cls=AsyncStream[Any],
        )

    async def close(self) -> None:
        await self._client.close()


@contextmanager
def _told_as_model_errors() -> Iterator[None]:
    try:
        yield
    except TimeoutError:
        raise ModelError("The model took too long to answer") from None
    except OpenAIError as error:
        raise ModelError(f"The model failed: {error}") from error
    except httpx2.HTTPError as error:
        raise ModelError(f"The model's answer broke off: {error!r}") from error
    except (ValueError, LookupError, TypeError) as error:
        raise ModelError(f"The model's answer cannot be read: {error!r}") from error


async def _read_to_end(answer: EventStream) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(LAST_BYTES_SECONDS):
            await answer.read_to_end()


def _to_model_event(event: Any) -> ModelEvent | None:
    """The event as ours; None for those that carry no words and no finished tool call.

    Raises ModelError for the API's own reports of failure.
    """
    match event["type"]:
        case "response.output_text.delta" | "response.refusal.delta":
            return TextDelta(event["delta"]) if event.get("delta") else None
        case "response.output_item.done" if event["item"]["type"] == "function_call":
            return _to_tool_call(event["item"])
        case "response.failed" | "response.incomplete":
            raise ModelError(
                f"The model gave up: {event['response'].get('error') or event['type']}"
            )
        case "error":
            raise ModelError(f"The model failed: {event['message']}")
    return None


def _to_tool_call(item: Any) -> ToolCall:
    return ToolCall(item["call_id"], item["name"], item["arguments"])


def _to_model_events(item: Any) -> Iterator[ModelEvent]:
    """What one item of a whole answer says."""
    match item["type"]:
        case "function_call":
            yield _to_tool_call(item)
        case "message":
            for part in item["content"]:
                yield TextDelta(part.get("text") or part.get("refusal") or "")
