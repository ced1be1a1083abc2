"""What the demo model answers next, where a test wants something else than its rules."""

from __future__ import annotations

import json
from typing import Any

import httpx

from getting_started.local import LocalStack

Fault = dict[str, Any]
Event = dict[str, Any]

DONE: Event = {"type": "response.completed", "response": {}}
GAVE_UP: Event = {"type": "response.failed", "response": {"error": None}}
AS_USUAL: Fault = {}
FAILING: Fault = {"status": 400}
EMPTY: Fault = {"empty": True}
CUT: Fault = {"cut_after_tokens": 3}
SLOW: Fault = {"delay": 60}
ESCALATION = {"reason": "The customer asks for a person", "reason_code": "customer_request"}


def words(text: str) -> Event:
    return {"type": "response.output_text.delta", "delta": text}


def tool_call(name: str = "handoff", number: int = 1, **arguments: Any) -> Event:
    item = {
        "type": "function_call",
        "call_id": f"call_{number}",
        "name": name,
        "arguments": json.dumps(arguments or ESCALATION),
    }
    return {"type": "response.output_item.done", "item": item}


def streaming(*events: Event | str) -> Fault:
    """An answer of just these events, or raw lines."""
    return {"raw_events": list(events)}


async def script(stack: LocalStack, *answers: Fault) -> None:
    """How the model's next answers are, one after the other; then it follows its rules again."""
    async with httpx.AsyncClient(base_url=stack.model_url) as client:
        for answer in answers:
            response = await client.post("/_demo/faults", json={**answer, "times": 1})
            response.raise_for_status()


async def finish_answers(stack: LocalStack) -> None:
    """Until all that was written is answered: what is scripted next is not spent on that."""
    await stack.twilio.settle()
    await stack.app.state.agent.messaging.finish()


async def model_requests(stack: LocalStack) -> list[dict[str, Any]]:
    """What the model was given, oldest first."""
    async with httpx.AsyncClient(base_url=stack.model_url) as client:
        requests: list[dict[str, Any]] = (await client.get("/_demo/requests")).json()
    return requests


async def last_input(stack: LocalStack) -> list[str]:
    """What was said, as the model's last request held it; without what memory knows."""
    newest = (await model_requests(stack))[-1]
    said = [item["content"] for item in newest["input"] if "content" in item]
    return [text for text in said if not text.startswith("<customer_memory>")]
