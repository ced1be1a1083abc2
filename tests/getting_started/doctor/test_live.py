"""The doctor beside a served agent, with the real host names behind an HTTPS proxy."""

from __future__ import annotations

from pathlib import Path

from tests.commands import AGENT, run
from tests.live_environment import live_environment, running_agent

CHECKS = ("api-key", "auth-token", "clock", "signed-request", "unsigned-request", "socket", "model")


async def test_public_address_and_twilio_are_looked_at_as_they_are(tmp_path: Path) -> None:
    only = [word for name in CHECKS for word in ("--only", name)]
    async with live_environment(tmp_path) as live, running_agent(live, tmp_path):
        finished = await run(tmp_path, *AGENT, "doctor", *only, **live.variables())

    assert (finished.code, f"{len(CHECKS)} ok" in finished.out) == (0, True), finished.out
    assert live.proxy.hosts >= {"api.twilio.com", "agent.example.org", "api.openai.com"}
