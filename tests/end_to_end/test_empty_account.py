"""From an account on which nothing is set up to customers handed over, by commands alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from getting_started.serving import listen
from tests.commands import AGENT, FEATURES, read_until, run, started


@pytest.mark.timeout(240)  # six programs, one after another
async def test_empty_account_is_set_up_and_serves_customers(tmp_path: Path) -> None:
    with listen() as free:
        agent_port = str(free.getsockname()[1])
    options = ("--empty", "--port", "0", "--agent-port", agent_port, "--env-file", ".env")

    async with started(tmp_path, *AGENT, "emulator", *options) as emulator:
        await read_until(emulator, "Stop with Ctrl+C")
        first = await run(tmp_path, *AGENT, "setup", "--apply")
        second = await run(tmp_path, *AGENT, "setup")
        shown = await run(tmp_path, FEATURES / "handoff.py", "--demo", "all")

    assert (first.code, second.code, shown.code) == (0, 0, 0), shown.err
    assert "Done: 6 created, 2 changed" in first.out
    assert "Nothing to do: the account is as the agent needs it." in second.out
    for channel in ("voice", "sms", "chat"):
        assert f"✓ {channel}: handed over once, and a human answered" in shown.out
