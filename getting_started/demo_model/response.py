"""The Response object and the events of its stream.

https://platform.openai.com/docs/api-reference/responses-streaming
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from getting_started.demo_model.reply import Reply, Speech, ToolCall
from getting_started.demo_model.request import ModelRequest

Json = dict[str, Any]
_ENDS = {f"response.{status}": status for status in ("completed", "failed", "incomplete")}


def _identifier(prefix: str) -> str:
    return f"{prefix}_{uuid4().hex}"


@dataclass(frozen=True)
class ModelResponse:
    """One reply on its way to the client, with the identifiers it has there."""

    request: ModelRequest
    reply: Reply
    id: str = field(default_factory=lambda: _identifier("resp"))
    item_id: str = field(default_factory=lambda: _identifier("item"))
    call_id: str = field(default_factory=lambda: _identifier("call"))
    created_at: int = field(default_factory=lambda: int(time.time()))

    def to_json(self, status: str = "completed") -> Json:
        """The Response object; without output and usage while it is in progress."""
        done = status == "completed"
        return {
            "id": self.id,
            "object": "response",
            "created_at": self.created_at,
            "status": status,
            "error": None,
            "incomplete_details": None,
            "instructions": self.request.instructions,
            "metadata": {},
            "model": self.request.model,
            "output": [self._item(done=True)] if done else [],
            "parallel_tool_calls": True,
            "previous_response_id": None,
            "temperature": 1.0,
            "text": {"format": {"type": "text"}},
            "tool_choice": self.request.tool_choice,
            "tools": [tool.model_dump() for tool in self.request.tools],
            "top_p": 1.0,
            "truncation": "disabled",
            "usage": self._usage() if done else None,
        }

    def events(self) -> Iterator[Json]:
        """The whole stream, numbered."""
        for number, event in enumerate(self._events()):
            yield {**event, "sequence_number": number}

    def _events(self) -> Iterator[Json]:
        in_progress = self.to_json("in_progress")
        yield {"type": "response.created", "response": in_progress}
        yield {"type": "response.in_progress", "response": in_progress}
        yield self._item_event("response.output_item.added", done=False)
        match self.reply:
            case Speech():
                yield from self._speech_events(self.reply)
            case ToolCall():
                yield from self._call_events(self.reply)
        yield self._item_event("response.output_item.done", done=True)
        yield {"type": "response.completed", "response": self.to_json()}

    def _speech_events(self, speech: Speech) -> Iterator[Json]:
        place = {"item_id": self.item_id, "output_index": 0, "content_index": 0}
        yield {"type": "response.content_part.added", **place, "part": _text_part("")}
        for token in speech.tokens:
            yield {"type": "response.output_text.delta", **place, "delta": token, "logprobs": []}
        text = speech.text
        yield {"type": "response.output_text.done", **place, "text": text, "logprobs": []}
        yield {"type": "response.content_part.done", **place, "part": _text_part(text)}

    def _call_events(self, call: ToolCall) -> Iterator[Json]:
        place = {"item_id": self.item_id, "output_index": 0}
        kind = "response.function_call_arguments"
        for token in call.tokens:
            yield {"type": f"{kind}.delta", **place, "delta": token}
        yield {"type": f"{kind}.done", **place, "name": call.name, "arguments": call.json}

    def _item_event(self, kind: str, *, done: bool) -> Json:
        return {"type": kind, "output_index": 0, "item": self._item(done=done)}

    def _item(self, *, done: bool) -> Json:
        status = "completed" if done else "in_progress"
        match self.reply:
            case Speech(text):
                content = [_text_part(text)] if done else []
                own: Json = {"type": "message", "role": "assistant", "content": content}
            case ToolCall(name) as call:
                arguments = call.json if done else ""
                own = {"type": "function_call", "name": name, "arguments": arguments}
                own["call_id"] = self.call_id
        return {"id": self.item_id, "status": status, **own}

    def _usage(self) -> Json:
        """Words counted as tokens: near enough for a bill of nothing."""
        given = len(self.request.model_dump_json(include={"instructions", "input"}).split())
        said = len(self.reply.tokens)
        return {
            "input_tokens": given,
            "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
            "output_tokens": said,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": given + said,
        }


def _text_part(text: str) -> Json:
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}


def whole_of(events: list[Json | str]) -> str:
    """The body of an unstreamed answer that says what these events do; a raw line is all there is
    of it. Empty where the stream would have broken off."""
    if lines := [event for event in events if isinstance(event, str)]:
        return "".join(lines)
    output: list[Json] = []
    for event in events:
        match event:
            case {"type": "response.output_text.delta", "delta": str(words)}:
                output.append({"type": "message", "content": [_text_part(words)]})
            case {"type": "response.output_item.done", "item": dict(item)}:
                output.append(item)
            case {"type": "error", **error}:
                return json.dumps({"output": output, "status": "failed", "error": error})
            case {"type": str(kind)} if kind in _ENDS:
                return json.dumps({"output": output, "status": _ENDS[kind], "error": None})
    return ""
