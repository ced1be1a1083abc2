"""Outcomes of widgets that cannot be brought about otherwise: `/_emulator/studio`."""

from __future__ import annotations

from fastapi import APIRouter

from getting_started.twilio_emulator.studio.models import ForcedEvent
from getting_started.twilio_emulator.twilio import Cloud

controls = APIRouter(prefix="/_emulator/studio")


@controls.post("/events", status_code=201)
async def force_event(twilio: Cloud, forced: ForcedEvent) -> ForcedEvent:
    """Make a widget give an event, such as `failedToEnqueue`, instead of doing its work."""
    twilio.studio.forced.append(forced)
    return forced
