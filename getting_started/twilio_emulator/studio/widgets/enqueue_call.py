"""https://www.twilio.com/docs/studio/widget-library/enqueue-call"""

from __future__ import annotations

import json
from typing import Any

from getting_started.twilio_emulator.studio.execution import CallReturned, Pause, Signal
from getting_started.twilio_emulator.studio.twiml import response, verb
from getting_started.twilio_emulator.studio.widgets.base import CallRunner, Outcome, Visit

NOT_ENQUEUED = frozenset({"error", "queue-full", "system-error"})
OUTPUTS = ("QueueResult", "QueueSid", "QueueTime", "CallStatus")


class EnqueueCall(CallRunner):
    """Puts the call into a queue, or gives it to a workflow as a task."""

    async def speak(self, visit: Visit) -> Outcome:
        workflow_sid = visit.text("workflow_sid")
        if not workflow_sid:
            return enqueue(visit, queue=visit.text("queue_name"))
        attributes = await visit.task_attributes("task_attributes")
        if attributes is None:
            return "failedToEnqueue"
        return enqueue(visit, workflow_sid=workflow_sid, attributes=attributes)

    async def resume(self, visit: Visit, signal: Signal) -> Outcome:
        return leave_queue(visit, signal)


def enqueue(
    visit: Visit,
    *,
    queue: str | None = None,
    workflow_sid: str = "",
    attributes: dict[str, Any] | None = None,
) -> Pause:
    """`<Enqueue>` into a queue, or into a workflow with a `<Task>`."""
    task = [] if attributes is None else [_task(visit, attributes)]
    element = verb(
        "Enqueue",
        queue,
        *task,
        workflowSid=workflow_sid,
        action=visit.action_url("left"),
        method="POST",
        waitUrl=visit.text("waitUrl", "wait_url", "hold_music_url"),
        waitUrlMethod=visit.text("waitUrlMethod", "wait_url_method", "url_method"),
    )
    return Pause(CallReturned, twiml=response(element))


def leave_queue(visit: Visit, signal: Signal) -> str:
    """The event for how the call left the queue."""
    form = signal.form if isinstance(signal, CallReturned) else {}
    visit.put({name: form[name] for name in OUTPUTS if name in form})
    if form.get("QueueResult") in NOT_ENQUEUED:
        return "failedToEnqueue"
    return "callFailure" if form.get("CallStatus") == "failed" else "callComplete"


def _task(visit: Visit, attributes: dict[str, Any]) -> Any:
    text = json.dumps(attributes, ensure_ascii=False, separators=(",", ":"))
    priority, timeout = visit.text("priority"), visit.text("timeout")
    return verb("Task", text, priority=priority, timeout=timeout)
