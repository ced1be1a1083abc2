"""The demo model as a web application: the part of OpenAI's API that the agent uses.

https://platform.openai.com/docs/api-reference/responses
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import ValidationError
from starlette.types import Send

from getting_started.demo_model.conversation import Conversation
from getting_started.demo_model.faults import Fault, Faults
from getting_started.demo_model.reply import Speech
from getting_started.demo_model.request import BadRequestError, ModelRequest, check_call_pairs
from getting_started.demo_model.response import ModelResponse, whole_of
from getting_started.demo_model.rules import decide

MODEL = "demo-model"
KEPT_REQUESTS = 400
WORDS = "response.output_text.delta"

api = APIRouter(prefix="/v1")
controls = APIRouter(prefix="/_demo")


class DemoModel:
    """What the application holds: its pace, its faults, the requests it was given."""

    def __init__(self, token_seconds: float) -> None:
        self.token_seconds = token_seconds
        self.faults = Faults()
        self.requests: deque[Any] = deque(maxlen=KEPT_REQUESTS)


def demo_model(request: Request) -> DemoModel:
    model = request.app.state.demo_model
    assert isinstance(model, DemoModel)  # noqa: S101 - narrows the type of an untyped attribute
    return model


Demo = Annotated[DemoModel, Depends(demo_model)]


@api.post("/responses")
async def create_response(request: Request, demo: Demo) -> Response:
    body = _read(await request.body())
    demo.requests.append(body)
    fault = demo.faults.take()
    await asyncio.sleep(fault.delay)
    if fault.status:
        return _error(fault.status, "Fault injected by the demo model", kind="server_error")
    model_request = _validate(body)
    reply = Speech("") if fault.empty else decide(Conversation(model_request))
    response = ModelResponse(model_request, reply)
    is_cut = fault.cut_after_tokens is not None
    if model_request.stream:
        lines = _paced_lines(response, demo.token_seconds, fault)
        return Paced(lines, "text/event-stream", is_cut=is_cut)
    whole = json.dumps(response.to_json())
    body = whole if fault.raw_events is None else whole_of(fault.raw_events)
    seconds = demo.token_seconds * len(reply.tokens)
    return Paced(_paced_whole(body, seconds), "application/json", is_cut=is_cut or not body)


@api.get("/models")
async def list_models() -> dict[str, Any]:
    model = {"id": MODEL, "object": "model", "created": 0, "owned_by": "getting-started"}
    return {"object": "list", "data": [model]}


@controls.post("/faults", status_code=201)
async def add_fault(demo: Demo, fault: Fault) -> Fault:
    demo.faults.add(fault)
    return fault


@controls.get("/faults")
async def list_faults(demo: Demo) -> list[Fault]:
    return demo.faults.list()


@controls.delete("/faults", status_code=204)
async def clear_faults(demo: Demo) -> None:
    demo.faults.clear()


@controls.get("/requests")
async def list_requests(demo: Demo) -> list[Any]:
    """The last request bodies, oldest first: what the model was given."""
    return list(demo.requests)


def create_demo_model(*, token_seconds: float = 0.0) -> FastAPI:
    """The application; `token_seconds` is the pause before each streamed word."""
    app = FastAPI(
        title="Demo model",
        openapi_url=None,
        exception_handlers={BadRequestError: _answer_bad_request},
    )
    app.state.demo_model = DemoModel(token_seconds)
    app.include_router(api)
    app.include_router(controls)
    return app


class Paced(StreamingResponse):
    """What comes in its own time; one that is cut has no end, the connection closes."""

    def __init__(self, text: AsyncIterator[str], media_type: str, *, is_cut: bool) -> None:
        super().__init__(text, media_type=media_type)
        self._is_cut = is_cut

    async def stream_response(self, send: Send) -> None:
        async def send_but_no_end(message: Any) -> None:
            if message.get("more_body", True):
                await send(message)

        await super().stream_response(send_but_no_end if self._is_cut else send)


async def _paced_lines(
    response: ModelResponse, token_seconds: float, fault: Fault
) -> AsyncIterator[str]:
    tokens = 0
    for event in response.events() if fault.raw_events is None else fault.raw_events:
        if isinstance(event, str):
            yield event
            continue
        if str(event.get("type", "")).endswith(".delta"):
            if tokens == fault.cut_after_tokens:
                return
            if tokens == fault.stall_after_tokens:
                await asyncio.Event().wait()
            tokens += 1
            await asyncio.sleep(token_seconds if event["type"] == WORDS else 0)
        yield f"event: {event.get('type')}\ndata: {json.dumps(event)}\n\n"


async def _paced_whole(body: str, seconds: float) -> AsyncIterator[str]:
    """In one piece, when its last word is made."""
    await asyncio.sleep(seconds)
    yield body


def _read(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError as error:
        raise BadRequestError(
            "We could not parse the JSON body of your request.", code="invalid_json"
        ) from error


def _validate(body: Any) -> ModelRequest:
    try:
        request = ModelRequest.model_validate(body)
    except ValidationError as error:
        raise _to_bad_request(error) from error
    check_call_pairs(request.input)
    return request


def _to_bad_request(error: ValidationError) -> BadRequestError:
    first = error.errors(include_url=False)[0]
    param = ".".join(str(part) for part in first["loc"])
    if first["type"] == "missing":
        message = f"Missing required parameter: '{param}'."
        return BadRequestError(message, param, "missing_required_parameter")
    return BadRequestError(f"Invalid value for '{param}': {first['msg']}.", param, "invalid_value")


async def _answer_bad_request(_request: Request, error: Exception) -> JSONResponse:
    """FastAPI exception handler for `BadRequestError`."""
    if not isinstance(error, BadRequestError):
        raise error
    return _error(400, error.message, param=error.param, code=error.code)


def _error(
    status: int,
    message: str,
    *,
    kind: str = "invalid_request_error",
    param: str | None = None,
    code: str | None = None,
) -> JSONResponse:
    """OpenAI's error body."""
    content: Mapping[str, Any] = {
        "error": {"message": message, "type": kind, "param": param, "code": code}
    }
    return JSONResponse(content, status)
