"""From an account on which nothing is set up to customers handed over, by commands alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from getting_started.setup.checklist import ITEMS
from tests.commands import AGENT, FEATURES, read_until, run, started
from tests.live_environment import becomes_ready
from tests.ports import reserved_port

CONFIRMED = [word for item in ITEMS for word in ("--confirm", item.name)]


@pytest.fixture
def port() -> Iterator[int]:
    with reserved_port() as port:
        yield port


@pytest.mark.timeout(240)  # seven programs, one after another
async def test_empty_account_is_set_up_and_serves_customers(tmp_path: Path, port: int) -> None:
    options = ("--empty", "--port", "0", "--agent-port", port, "--env-file", ".env")

    async with started(tmp_path, *AGENT, "emulator", *map(str, options)) as emulator:
        await read_until(emulator, "Stop with Ctrl+C")
        before = await run(tmp_path, *AGENT, "doctor")
        made = await run(tmp_path, *AGENT, "setup", "--apply", *CONFIRMED)
        again = await run(tmp_path, *AGENT, "setup")
        async with started(tmp_path, *AGENT, "serve") as agent:
            assert await becomes_ready(port, lambda: agent.returncode is not None)
            after = await run(tmp_path, *AGENT, "doctor")
            shown = await run(tmp_path, FEATURES / "handoff.py", "--demo", "all")

    assert (before.code, made.code, again.code) == (1, 0, 0), made.err
    assert "-> uv run agent setup --only conversation-configuration --apply" in before.out
    assert "Done: 6 created, 2 changed." in made.out
    assert "Nothing to do: the account is as the agent needs it." in again.out
    assert (after.code, shown.code) == (0, 0), f"{after.out}\n{shown.out}"
    assert "warning" not in after.out
    assert f"with the agent that runs at http://127.0.0.1:{port}." in shown.out
    for channel in ("voice", "sms", "chat"):
        assert f"✓ {channel}: handed over once, and a human answered" in shown.out
