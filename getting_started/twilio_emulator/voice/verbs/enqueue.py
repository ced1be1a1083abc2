"""<Enqueue>: the caller waits for a human. https://www.twilio.com/docs/voice/twiml/enqueue"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from getting_started.twilio_emulator.errors import TwilioError
from getting_started.twilio_emulator.taskrouter.models import Task, Worker
from getting_started.twilio_emulator.voice.line import (
    HungUp,
    Interrupted,
    Redirected,
    Spoken,
    TaskAccepted,
    TaskEnded,
)
from getting_started.twilio_emulator.voice.live_call import LiveCall
from getting_started.twilio_emulator.voice.twiml import (
    Document,
    Request,
    TwimlError,
    Verb,
    read_integer,
    to_request,
)

MAX_TASK_ATTRIBUTES = 4096


async def enqueue(live: LiveCall, document: Document, verb: Verb) -> Request | None:
    """A task for the call; when the human is done, or nobody came, the action is asked.

    `QueueResult` is `bridged` after a talk, `hangup` when the caller left, `leave` when the task
    was canceled, `system-error` when it could not be made.
    """
    start = live.twilio.clock.now()
    task: Task | None = None
    try:
        task = await _create_task(live, verb)
        result = await _Wait(live, task).run()
    except (TwilioError, TwimlError) as error:
        code = error.code if isinstance(error, TwimlError) else 14220
        await live.warn(code, f"The task was not created: {error.message}")
        result = "system-error"
    except HungUp:
        await _release(live, task)
        await _report_hang_up(live, document, verb, task)
        raise
    except Redirected:
        await _release(live, task)
        raise
    seconds = int((live.twilio.clock.now() - start).total_seconds())
    return to_request(document, verb, _to_form(task, result) | {"QueueTime": str(seconds)})


async def _create_task(live: LiveCall, verb: Verb) -> Task:
    noun = verb.find("Task")
    attributes = _read_attributes(noun)
    options = noun or verb
    return await live.twilio.taskrouter.create_task(
        workflow_sid=verb.attributes.get("workflowSid", ""),
        task_channel="voice",
        attributes={**_to_attributes(live), **attributes},
        priority=read_integer(options, "priority", 0),
        timeout=read_integer(options, "timeout", 86_400),
        listener=_Listener(live),
    )


def _read_attributes(noun: Verb | None) -> dict[str, Any]:
    text = noun.text if noun and noun.text else "{}"
    if len(text) > MAX_TASK_ATTRIBUTES:
        raise TwimlError(14221, "Provided Attributes JSON is too long")
    try:
        attributes = json.loads(text)
    except ValueError:
        attributes = None
    if not isinstance(attributes, dict):
        raise TwimlError(14221, "Provided Attributes JSON was not valid")
    return attributes


def _to_attributes(live: LiveCall) -> dict[str, Any]:
    """What Twilio adds to the task of a call."""
    call = live.call
    return {
        "account_sid": call.account_sid,
        "api_version": "2010-04-01",
        "call_sid": call.sid,
        "call_status": call.status,
        "caller": call.from_,
        "called": call.to,
        "direction": call.direction,
        "from": call.from_,
        "to": call.to,
    }


class _Wait:
    """Alone with the music first, then with the human."""

    def __init__(self, live: LiveCall, task: Task) -> None:
        self._live = live
        self._task = task

    async def run(self) -> str:
        while True:
            match await self._live.line.next():
                case Spoken(text) | Interrupted(str(text)):
                    await self._live.speak("CUSTOMER", text)
                case TaskAccepted(task, _) if task is self._task:
                    self._live.call.doing = "Talking to a human"
                    await self._live.report()
                case TaskEnded(task, completed) if task is self._task:
                    return "bridged" if completed else "leave"


async def _release(live: LiveCall, task: Task | None) -> None:
    """The caller is gone: a waiting task is canceled, an accepted one is wrapped up."""
    if task is None:
        return
    if task.status in {"pending", "reserved"}:
        await live.twilio.taskrouter.cancel(task.sid, "hangup")
    elif task.status == "assigned":
        await live.twilio.taskrouter.wrap_up(task.sid, "hangup")


async def _report_hang_up(
    live: LiveCall, document: Document, verb: Verb, task: Task | None
) -> None:
    result = "bridged" if task and task.worker else "hangup"
    request = to_request(document, verb, _to_form(task, result))
    if request is not None:
        try:
            await live.request(request)
        except TwimlError as error:
            await live.warn(error.code, error.message)


def _to_form(task: Task | None, result: str) -> dict[str, str]:
    form = {"QueueResult": result}
    return form | ({"QueueSid": task.queue.sid, "TaskSid": task.sid} if task else {})


@dataclass
class _Listener:
    """Brings what happens to the task back to the call."""

    live: LiveCall

    async def accepted(self, task: Task, worker: Worker) -> None:
        self.live.line.put(TaskAccepted(task, worker))

    async def completed(self, task: Task) -> None:
        self.live.line.put(TaskEnded(task, completed=True))

    async def canceled(self, task: Task, reason: str) -> None:
        del reason
        self.live.line.put(TaskEnded(task, completed=False))
