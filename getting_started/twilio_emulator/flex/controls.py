"""The human agent's desk, which no Twilio API has: `/_emulator/desk`."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel

from getting_started.twilio_emulator.errors import conflict
from getting_started.twilio_emulator.taskrouter.directory import find
from getting_started.twilio_emulator.taskrouter.models import Task, Worker
from getting_started.twilio_emulator.twilio import Cloud, Twilio

controls = APIRouter(prefix="/_emulator/desk")
Body = dict[str, Any]


class Availability(BaseModel):
    available: bool
    worker_sid: str | None = None


class Acceptance(BaseModel):
    worker_sid: str | None = None


class Words(BaseModel):
    text: str


class Completion(BaseModel):
    reason: str = ""
    close: bool = True


@controls.get("/workers")
async def list_workers(twilio: Cloud) -> Body:
    workers = twilio.taskrouter.workers.values()
    return {"workers": [_describe_worker(worker) for worker in workers]}


@controls.post("/availability")
async def set_availability(twilio: Cloud, availability: Availability) -> Body:
    """`{"available", "worker_sid"?}`; without `worker_sid` every worker changes."""
    chosen = availability.worker_sid
    for sid in [chosen] if chosen else list(twilio.taskrouter.workers):
        twilio.taskrouter.set_available(sid, availability.available)
    return await list_workers(twilio)


@controls.get("/tasks")
async def list_tasks(twilio: Cloud) -> Body:
    """Every task, oldest first, as `/tasks/{task_sid}` shows it."""
    return {"tasks": [_describe(twilio, task) for task in twilio.taskrouter.tasks.values()]}


@controls.get("/tasks/{task_sid}")
async def fetch_task(twilio: Cloud, task_sid: str) -> Body:
    """What the human sees: attributes, the virtual agent's summary, and what was said.

    Answers `{"task_sid", "status", "channel", "queue", "workflow", "priority", "age", "reason",
    "worker", "attributes", "summary", "profile", "transcript": [{"speaker", "text"}]}`; `profile`
    is `{"id", "traits", "observations", "summaries"}`, or null for a customer who has none.
    """
    return _describe(twilio, find(twilio.taskrouter.tasks, task_sid))


@controls.post("/tasks/{task_sid}/accept")
async def accept(twilio: Cloud, task_sid: str, acceptance: Acceptance | None = None) -> Body:
    """`{"worker_sid"?}`; without it, the worker to whom the task is offered."""
    worker_sid = acceptance.worker_sid if acceptance else None
    return _describe(twilio, await twilio.taskrouter.accept(task_sid, worker_sid))


@controls.post("/tasks/{task_sid}/say")
async def say(twilio: Cloud, task_sid: str, words: Words) -> Body:
    """The human speaks or writes to the customer: `{"text"}`."""
    task = find(twilio.taskrouter.tasks, task_sid)
    worker = task.worker
    if task.status != "assigned" or worker is None:
        raise conflict(f"Task {task_sid} is {task.status}: nobody has it in hand")
    channel = twilio.flex.find_channel_of(task)
    if channel is not None:
        await twilio.classic.add_message(
            channel.conversation_sid, author=worker.identity, body=words.text, source="SDK"
        )
    else:
        await twilio.voice.say_to_caller(_call_sid_of(task), words.text)
    return _describe(twilio, task)


@controls.post("/tasks/{task_sid}/complete")
async def complete(twilio: Cloud, task_sid: str, completion: Completion | None = None) -> Body:
    """`{"reason"?, "close"?}`; with `close` false a messaging contact is parked.

    The human then leaves, but the conversation stays open for whoever serves it next.
    """
    completion = completion or Completion()
    task = find(twilio.taskrouter.tasks, task_sid)
    channel = twilio.flex.find_channel_of(task)
    if channel is not None and not completion.close:
        await twilio.flex.set_channel_status(channel, "inactive")
    else:
        await twilio.taskrouter.complete(task_sid, completion.reason)
    return _describe(twilio, task)


def _describe_worker(worker: Worker) -> Body:
    return {
        "worker_sid": worker.sid,
        "name": worker.friendly_name,
        "available": worker.available,
        "activity": worker.activity.friendly_name,
    }


def _describe(twilio: Twilio, task: Task) -> Body:
    conversation_id = task.attributes.get("conversationId")
    summary = (
        twilio.intelligence.latest_summary(conversation_id)
        if isinstance(conversation_id, str)
        else None
    )
    return {
        "task_sid": task.sid,
        "status": task.status,
        "channel": task.channel.unique_name,
        "queue": task.queue.friendly_name,
        "workflow": task.workflow.friendly_name,
        "priority": task.priority,
        "age": task.age(twilio.clock.now()),
        "reason": task.reason,
        "worker": task.worker.friendly_name if task.worker else None,
        "attributes": task.attributes,
        "summary": summary,
        "profile": _read_profile(twilio, task),
        "transcript": _read_transcript(twilio, task),
    }


def _read_profile(twilio: Twilio, task: Task) -> Body | None:
    """Who the customer is, by the handoff's `storeId` and `profileId`."""
    store = twilio.memory.stores.get(str(task.attributes.get("storeId")))
    profile = store.profiles.get(str(task.attributes.get("profileId"))) if store else None
    if profile is None:
        return None
    return {
        "id": profile.id,
        "traits": profile.traits,
        "observations": [one.content for one in profile.observations.values()],
        "summaries": [one.content for one in profile.summaries.values()],
    }


def _read_transcript(twilio: Twilio, task: Task) -> list[dict[str, str]]:
    channel = twilio.flex.find_channel_of(task)
    if channel is not None:
        messages = twilio.classic.list_messages(channel.conversation_sid)
        return [{"speaker": message.author, "text": message.body} for message in messages]
    call = twilio.voice.calls.get(_call_sid_of(task))
    spoken = call.transcript if call else []
    return [{"speaker": one.speaker, "text": one.text} for one in spoken]


def _call_sid_of(task: Task) -> str:
    return str(task.attributes.get("call_sid", ""))
