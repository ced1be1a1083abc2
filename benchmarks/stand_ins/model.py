"""A language model of fixed speed: Responses and Chat Completions, streamed or whole.

    python -m benchmarks.stand_ins.model PORT

`PUT /pace` changes the speed, `GET /figures` tells what was asked of it since the last time.
https://platform.openai.com/docs/api-reference/responses-streaming
"""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import asdict, dataclass
from itertools import cycle, islice
from typing import Any

import uvloop

from benchmarks.stand_ins.serving import Exchange, Request, standing_in
from getting_started.serving import listen

TEXT = (
    "Thank you for waiting . I have looked at your order and it is on its way to you . "
    "The parcel should arrive on Thursday , and you can return anything that does not fit "
    "within thirty days ."
)
Json = dict[str, Any]


@dataclass(frozen=True)
class Pace:
    """How fast the model speaks: seconds to the first token, between tokens; how many tokens."""

    first_seconds: float = 0.3
    token_seconds: float = 0.02
    tokens: int = 40

    @property
    def whole_seconds(self) -> float:
        return self.first_seconds + (self.tokens - 1) * self.token_seconds

    def reply(self) -> list[str]:
        words = islice(cycle(TEXT.split()), self.tokens)
        return [word if word in ".," else f" {word}" for word in words]


@dataclass(frozen=True)
class ModelFigures:
    """What was asked: requests, characters in all of them, and how late the worst first token
    left this process, in seconds."""

    requests: int = 0
    characters: int = 0
    worst_lateness: float = 0.0


class ModelStandIn:
    """Answers requests at its pace."""

    def __init__(self) -> None:
        self._pace = Pace()
        self._figures = ModelFigures()
        self._loop = asyncio.get_running_loop()

    def handle(self, request: Request, exchange: Exchange) -> None:
        if request.path == "/pace":
            self._pace = Pace(**json.loads(request.body))
            exchange.answer(b"{}")
        elif request.path == "/figures":
            exchange.answer(json.dumps(asdict(self._figures)).encode())
            self._figures = ModelFigures()
        elif request.path in _FORMATS:
            self._note(request)
            self._speak(request, exchange)
        else:
            exchange.answer(b"{}", 404)

    def _note(self, request: Request, lateness: float = 0.0) -> None:
        so_far = self._figures
        self._figures = ModelFigures(
            so_far.requests + 1,
            so_far.characters + len(request.body),
            max(so_far.worst_lateness, lateness),
        )

    def _speak(self, request: Request, exchange: Exchange) -> None:
        asked, tokens = json.loads(request.body), self._pace.reply()
        if not asked.get("stream"):
            whole = json.dumps(_WHOLE[request.path](asked, tokens)).encode()
            self._loop.call_at(request.at + self._pace.whole_seconds, exchange.answer, whole)
            return
        before, pieces, after = _FORMATS[request.path](asked, tokens)
        exchange.begin("text/event-stream")
        exchange.write(before)
        pieces[-1] += after
        self._loop.call_at(
            request.at + self._pace.first_seconds, self._say, exchange, pieces, 0, request.at
        )

    def _say(self, exchange: Exchange, pieces: list[bytes], place: int, begun: float) -> None:
        """Send what is due by now, and come again for the next."""
        if not exchange.is_open:
            return
        pace = self._pace
        if place == 0:
            self._note_lateness(self._loop.time() - begun - pace.first_seconds)
        exchange.write(pieces[place])
        if place + 1 == len(pieces):
            exchange.finish()
            return
        due = begun + pace.first_seconds + (place + 1) * pace.token_seconds
        self._loop.call_at(due, self._say, exchange, pieces, place + 1, begun)

    def _note_lateness(self, lateness: float) -> None:
        so_far = self._figures
        worst = max(so_far.worst_lateness, lateness)
        self._figures = ModelFigures(so_far.requests, so_far.characters, worst)


def _event(event: Json) -> bytes:
    return f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode()


def _response(asked: Json, output: list[Json], status: str = "completed") -> Json:
    """The Response object: instructions and tools come back in it, as from OpenAI."""
    usage = {
        "input_tokens": 900,
        "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
        "output_tokens": 40,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": 940,
    }
    return {
        "id": "resp_1",
        "object": "response",
        "created_at": 1,
        "status": status,
        "error": None,
        "incomplete_details": None,
        "instructions": asked.get("instructions"),
        "metadata": {},
        "model": asked["model"],
        "output": output,
        "parallel_tool_calls": True,
        "previous_response_id": None,
        "temperature": 1.0,
        "text": {"format": {"type": "text"}},
        "tool_choice": asked.get("tool_choice", "auto"),
        "tools": asked.get("tools", []),
        "top_p": 1.0,
        "truncation": "disabled",
        "usage": usage if output else None,
    }


def _message(text: str, status: str = "completed") -> Json:
    part = {"type": "output_text", "text": text, "annotations": [], "logprobs": []}
    content = [part] if text else []
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "status": status,
        "content": content,
    }


def _responses_stream(asked: Json, tokens: list[str]) -> tuple[bytes, list[bytes], bytes]:
    """What comes before the first token, the tokens, what comes after the last."""
    text = "".join(tokens)
    place = {"item_id": "msg_1", "output_index": 0, "content_index": 0}
    part = {"type": "output_text", "text": "", "annotations": [], "logprobs": []}
    begun = _response(asked, [], "in_progress")
    item: Json = {"output_index": 0, "item": _message("", "in_progress")}
    before: list[Json] = [
        {"type": "response.created", "response": begun},
        {"type": "response.in_progress", "response": begun},
        {"type": "response.output_item.added", **item},
        {"type": "response.content_part.added", **place, "part": part},
    ]
    deltas: list[Json] = [
        {"type": "response.output_text.delta", **place, "delta": token, "logprobs": []}
        for token in tokens
    ]
    after: list[Json] = [
        {"type": "response.output_text.done", **place, "text": text, "logprobs": []},
        {"type": "response.content_part.done", **place, "part": {**part, "text": text}},
        {"type": "response.output_item.done", "output_index": 0, "item": _message(text)},
        {"type": "response.completed", "response": _response(asked, [_message(text)])},
    ]
    numbered = [
        _event({**event, "sequence_number": number})
        for number, event in enumerate([*before, *deltas, *after])
    ]
    return b"".join(numbered[:4]), numbered[4:-4], b"".join(numbered[-4:])


def _chunk(asked: Json, delta: Json, finish_reason: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
    chunk = {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": asked["model"],
        "service_tier": "default",
        "system_fingerprint": "fp_1",
        "choices": [choice],
    }
    return f"data: {json.dumps(chunk)}\n\n".encode()


def _chat_stream(asked: Json, tokens: list[str]) -> tuple[bytes, list[bytes], bytes]:
    before = _chunk(asked, {"role": "assistant", "content": "", "refusal": None})
    pieces = [_chunk(asked, {"content": token}) for token in tokens]
    return before, pieces, _chunk(asked, {}, "stop") + b"data: [DONE]\n\n"


def _whole_response(asked: Json, tokens: list[str]) -> Json:
    return _response(asked, [_message("".join(tokens))])


_FORMATS = {"/v1/responses": _responses_stream, "/v1/chat/completions": _chat_stream}
_WHOLE = {"/v1/responses": _whole_response}


async def _serve(port: int) -> None:
    async with standing_in(ModelStandIn().handle, listen(port=port)):
        await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(_serve(int(sys.argv[1])))
