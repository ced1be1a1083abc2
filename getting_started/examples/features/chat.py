"""The smallest chat agent: `create_app` on the emulator, and you are the visitor.

    uv run python getting_started/examples/features/chat.py

Type what the visitor writes. Ask for a person to be handed over; then `/accept` picks up at the
human's desk, `/human WORDS` writes there, `/complete` ends it.
"""

from __future__ import annotations

import asyncio

from agent.settings import read_environment
from getting_started.local import running_locally
from getting_started.terminal import talk_in_a_chat
from getting_started.twilio_emulator.driver import Driver


async def main() -> None:
    stack = running_locally(read_environment())
    async with stack as running, Driver(running.emulator_url) as driver:
        await talk_in_a_chat(driver)


if __name__ == "__main__":
    asyncio.run(main())
