"""The company's own system, that takes tickets; with the emulator's faults in front."""

from __future__ import annotations

import hmac
import time
from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI, HTTPException, Request
from starlette.types import ASGIApp

from getting_started.twilio_emulator.faults import Fault, FaultLayer
from getting_started.twilio_emulator.twilio import Twilio

SECRET = "a secret of both sides"  # noqa: S105 - of this test alone


@dataclass
class TicketDesk:
    """The tickets by idempotency key, and how often each came; the faults are those of `twilio`."""

    tickets: dict[str, dict[str, Any]] = field(default_factory=dict)
    posts: list[str] = field(default_factory=list)
    twilio: Twilio = field(default_factory=lambda: Twilio("http://127.0.0.1"))

    def fail(self, **fault: Any) -> None:
        self.twilio.faults.add(Fault(**fault))

    def create_app(self) -> ASGIApp:
        app = FastAPI(openapi_url=None)

        @app.post("/tickets/new")
        async def take(request: Request) -> None:
            body = await request.body()
            if not _is_signed(request, body):
                raise HTTPException(401)
            key = request.headers["Idempotency-Key"]
            self.posts.append(key)
            self.tickets[key] = await request.json()

        return FaultLayer(app, self.twilio)


def _is_signed(request: Request, body: bytes) -> bool:
    """As a receiver checks it: by the key, and not too old."""
    timestamp = request.headers["X-Agent-Timestamp"]
    expected = hmac.new(SECRET.encode(), timestamp.encode() + b"." + body, "sha256").hexdigest()
    is_ours = hmac.compare_digest(request.headers["X-Agent-Signature"], f"v1={expected}")
    return is_ours and abs(time.time() - int(timestamp)) < 300
