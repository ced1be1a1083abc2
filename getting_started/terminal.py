"""Being the customer, and the human at the desk, by typing."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable

from rich.console import Console

from getting_started.twilio_emulator.driver import Driver, DriverError
from getting_started.twilio_emulator.seed import AGENT_NUMBER, CUSTOMER_NUMBER

IDENTITY = "visitor@example.org"

console = Console(highlight=False, soft_wrap=True)
Send = Callable[[str], Awaitable[object]]


async def talk_on_the_phone(driver: Driver) -> None:
    """A call from the terminal, until the input ends or the call does."""
    call = await driver.phone.call(CUSTOMER_NUMBER, AGENT_NUMBER)

    async def heard() -> AsyncIterator[tuple[str, str]]:
        async for entry in driver.journal.follow(kind="speech"):
            if entry.detail["speaker"] != "CUSTOMER":
                yield entry.detail["speaker"], entry.detail["text"]

    await _talk(driver, heard(), {"": call.say, "/interrupt": call.interrupt})
    await call.hang_up()


async def talk_in_a_chat(driver: Driver) -> None:
    """A chat from the terminal, until the input ends."""
    chat = await driver.chat.start(IDENTITY)

    async def read() -> AsyncIterator[tuple[str, str]]:
        async for entry in driver.journal.follow(kind="message"):
            if entry.detail["author"] != IDENTITY:
                yield entry.detail["author"], entry.detail["body"]

    await _talk(driver, read(), {"": chat.send})


async def _talk(
    driver: Driver, words: AsyncIterator[tuple[str, str]], customer: dict[str, Send]
) -> None:
    commands = {**customer, **_desk(driver)}

    async def show() -> None:
        async for speaker, text in words:
            console.print(f"[bold magenta]{speaker}[/]: ", end="")
            console.print(text, markup=False)

    showing = asyncio.create_task(show())
    try:
        async for line in _lines():
            command, _, rest = line.partition(" ") if line.startswith("/") else ("", "", line)
            await _obey(commands, command, rest)
    finally:
        await driver.settle()
        showing.cancel()
        await asyncio.gather(showing, return_exceptions=True)


async def _obey(commands: dict[str, Send], command: str, rest: str) -> None:
    if command not in commands:
        known = ", ".join(filter(None, commands))
        console.print(f"There is no {command}; there are {known}")
        return
    try:
        await commands[command](rest)
    except (DriverError, TimeoutError) as error:
        console.print(f"[red]{error}[/]")


def _desk(driver: Driver) -> dict[str, Send]:
    async def task_sid() -> str:
        task = await driver.flex.wait_for_task(
            lambda task: task.status not in {"completed", "canceled"}, seconds=5
        )
        return task.task_sid

    async def accept(_rest: str) -> None:
        await driver.flex.accept(await task_sid())

    async def speak(rest: str) -> None:
        await driver.flex.say(await task_sid(), rest)

    async def complete(_rest: str) -> None:
        await driver.flex.complete(await task_sid())

    return {"/accept": accept, "/human": speak, "/complete": complete}


async def _lines() -> AsyncIterator[str]:
    """The lines of the input that are not blank, as they are typed."""
    while line := await asyncio.to_thread(sys.stdin.readline):
        if line.strip():
            yield line.strip()
