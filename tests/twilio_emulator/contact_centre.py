"""A small contact centre in the emulator: one workflow, one queue, one human."""

from __future__ import annotations

from dataclasses import dataclass

from getting_started.twilio_emulator.taskrouter.models import Worker, Workflow, Workspace
from getting_started.twilio_emulator.twilio import Twilio


@dataclass(frozen=True)
class ContactCentre:
    workspace: Workspace
    workflow: Workflow
    worker: Worker


def build_contact_centre(twilio: Twilio, *, available: bool = True) -> ContactCentre:
    taskrouter = twilio.taskrouter
    workspace = taskrouter.create_workspace("Acme")
    queue = taskrouter.create_queue(workspace.sid, "Everyone")
    configuration = {"task_routing": {"default_filter": {"queue": queue.sid}}}
    workflow = taskrouter.create_workflow(workspace.sid, "Support", configuration)
    worker = taskrouter.create_worker(workspace.sid, "maria", available=available)
    return ContactCentre(workspace, workflow, worker)
