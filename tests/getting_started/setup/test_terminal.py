"""`agent setup` with a person at the terminal, who also presses Ctrl+C."""

from __future__ import annotations

import os
import pty
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from signal import SIGINT
from subprocess import Popen

from dotenv import dotenv_values

from getting_started.setup.checklist import ITEMS
from getting_started.twilio_emulator.pace import Pace
from getting_started.twilio_emulator.twilio import Twilio
from tests.commands import AGENT, finish, run, started


class Terminal:
    """A command's terminal: what is shown on it, and what is typed."""

    def __init__(self, process: Popen[bytes], end: int) -> None:
        self.process = process
        self._end = end
        self.shown = ""

    def answer(self, question: str, words: str) -> None:
        """Wait for the question and the blank after it, when it is listened to, and type."""
        while not self.shown.endswith(f"{question} "):
            read = os.read(self._end, 4096).decode()
            assert read, f"it ended before it asked {question!r}: {self.shown}"
            self.shown += read
        self.shown = ""
        os.write(self._end, f"{words}\n".encode())


@contextmanager
def typing(folder: Path, *arguments: str) -> Iterator[Terminal]:
    """Run the agent's command in a terminal of its own."""
    end, their_end = pty.openpty()
    process = Popen(  # noqa: S603 - our own command
        [sys.executable, *AGENT, *arguments],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(folder), "TERM": "dumb"},
        stdin=their_end,
        stdout=their_end,
        stderr=their_end,
    )
    os.close(their_end)
    try:
        yield Terminal(process, end)
    finally:
        process.kill()
        process.wait()
        os.close(end)


def test_person_is_asked(flex: Twilio, folder: Path, environment: dict[str, str]) -> None:
    asked = ("ACCOUNT_SID", "AUTH_TOKEN", "PHONE_NUMBER", "VOICE_PUBLIC_DOMAIN")
    file = folder / ".env"
    file.write_text(f"AGENT_TWILIO_BASE_URL={environment['AGENT_TWILIO_BASE_URL']}\n")

    with typing(folder, "setup", "--only", "memory-store") as terminal:
        for name in asked:
            terminal.answer(f"TWILIO_{name}:", environment[f"TWILIO_{name}"])
        terminal.answer("Make these changes? [y/N]:", "y")
        for item in ITEMS:
            terminal.answer(f"Is {item.name} done? [y/N]:", "n")
        assert terminal.process.wait(timeout=20) == 0

    assert flex.memory.stores
    values = dotenv_values(file)
    assert {name: values[f"TWILIO_{name}"] for name in asked} == {
        name: environment[f"TWILIO_{name}"] for name in asked
    }


def test_no_leaves_everything(flex: Twilio, folder: Path, environment: dict[str, str]) -> None:
    text = "".join(f"{name}={environment[name]}\n" for name in environment)
    (folder / ".env").write_text(text)

    with typing(folder, "setup") as terminal:
        terminal.answer("Make these changes? [y/N]:", "n")
        assert terminal.process.wait(timeout=20) == 0

    assert not flex.memory.stores
    assert (folder / ".env").read_text() == text


async def test_interrupted_run_is_taken_up(
    flex: Twilio, folder: Path, environment: dict[str, str]
) -> None:
    flex.pace = Pace(pending_reads=1000)
    async with started(folder, *AGENT, "setup", "--apply", **environment) as process:
        assert process.stderr is not None
        while b"waiting for Twilio" not in await process.stderr.readline():
            pass
        process.send_signal(SIGINT)
        ended = await finish(process)
    flex.pace = Pace()
    next(iter(flex.memory.stores.values())).creation = None  # Twilio is done

    again = await run(folder, *AGENT, "setup", "--apply", **environment)

    assert (ended.code, again.code) == (130, 0), again.err
    assert "Interrupted. Run it again: it finds what was made." in ended.err
    assert len(flex.memory.stores) == 1
