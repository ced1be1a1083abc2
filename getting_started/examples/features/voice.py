"""The smallest phone agent: `create_app` on the emulator, and you are the caller.

    uv run python getting_started/examples/features/voice.py

Type what the caller says. Ask for a person to be handed over; then `/accept` picks up at the
human's desk, `/human WORDS` speaks there, `/complete` ends it. `/interrupt WORDS` cuts in.
"""

from __future__ import annotations

import asyncio

from agent.settings import read_environment
from getting_started.local import running_locally
from getting_started.terminal import talk_on_the_phone
from getting_started.twilio_emulator.driver import Driver


async def main() -> None:
    stack = running_locally(read_environment())
    async with stack as running, Driver(running.emulator_url) as driver:
        await talk_on_the_phone(driver)


if __name__ == "__main__":
    asyncio.run(main())
