"""Scripted customers: each talks to the agent, asks for a person, and is answered by one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from agent.errors import AgentError
from agent.handoff.record import HandoffRecord, HandoffState
from agent.settings import read_environment
from agent.store.database import connect
from agent.store.handoffs import HandoffStore
from getting_started.local import TOKEN_SECONDS, LocalStack, add_attributes, running_locally
from getting_started.twilio_emulator.driver import DeskTask, Driver
from getting_started.twilio_emulator.seed import AGENT_NUMBER, CUSTOMER_NUMBER, HUMAN

CUSTOMER = "Ana"
CHAT_IDENTITY = "ana@example.org"
LINES = (
    "Hello, when are you open on Saturdays?",
    "And where is my order 1042?",
    "I would like to talk to a person, please.",
)
HUMAN_LINE = "Hi Ana, this is Jordan. I can see your order 1042 and take it from here."
MOST_SECONDS = 30.0
UNDER_WAY = {HandoffState.REQUESTED, HandoffState.DELIVERING}

console = Console(highlight=False, soft_wrap=True)


class DemoChannel(StrEnum):
    """Which customers to play."""

    VOICE = "voice"
    SMS = "sms"
    CHAT = "chat"
    ALL = "all"


Attributes = Annotated[
    list[str],
    typer.Option(
        "--attribute",
        metavar="KEY=VALUE",
        help="An attribute to add to every handoff; repeatable.",
    ),
]


def demo(
    channel: Annotated[
        DemoChannel, typer.Argument(help="The channel the customer uses.")
    ] = DemoChannel.ALL,
    attribute: Attributes = [],  # noqa: B006 - typer wants the default as a value
) -> None:
    """Play scripted customers on the Twilio emulator, up to the human who takes over."""
    try:
        environment = add_attributes(read_environment(), attribute)
        succeeded = asyncio.run(play(channel, environment))
    except AgentError as error:
        typer.echo(error, err=True)
        raise typer.Exit(2) from None
    raise typer.Exit(0 if succeeded else 1)


async def play(channel: DemoChannel, environment: Mapping[str, str]) -> bool:
    """Play the customers of `channel`; whether each ended with a human, once and rightly.

    Always on the emulator, on free ports, whatever `environment` says of Twilio.
    """
    stack = running_locally(environment, token_seconds=TOKEN_SECONDS)
    chosen = list(SCENES) if channel is DemoChannel.ALL else [channel]
    async with stack as running, Driver(running.emulator_url) as driver:
        store = HandoffStore(connect(running.settings.database_url))
        results = [await _play_one(one, running, driver, store) for one in chosen]
    for one, problem in zip(chosen, results, strict=True):
        verdict = f"[red]✗ {one}: {problem}[/]" if problem else f"[green]✓ {one}: with a human[/]"
        console.print(verdict)
    return not any(results)


async def _play_one(
    channel: DemoChannel, stack: LocalStack, driver: Driver, store: HandoffStore
) -> str:
    """One customer's story; what went wrong, or nothing."""
    console.rule(f"{channel}: a customer")
    since = await driver.journal.last_number()
    try:
        async with asyncio.timeout(2 * MOST_SECONDS):
            scene = await SCENES[channel](stack, driver)
            for line in LINES:
                await scene.say(line)
            record = await _record_of(driver, store, scene.thread())
            task = await _wait_for_task(driver, record)
            await _show_handoff(driver, since, task)
            await driver.flex.accept(task.task_sid)
            console.print(f"[bold]human accepted[/]: {HUMAN}")
            await scene.hear_human(task)
            problem = _check(record, await driver.flex.tasks())
            await driver.flex.complete(task.task_sid)
            await driver.settle()
    except TimeoutError as error:
        return f"it took too long. {error}"
    return problem


def _check(record: HandoffRecord, tasks: list[DeskTask]) -> str:
    """Exactly one accepted task, with the conversation and the reason that were handed over."""
    payload = record.payload.to_wire()
    conversation_id = record.conversation_id
    mine = [task for task in tasks if task.attributes.get("conversationId") == conversation_id]
    if record.state is not HandoffState.DELIVERED:
        return f"the handoff is {record.state}: {record.failure}"
    if len(mine) != 1:
        return f"{len(mine)} tasks carry conversationId {conversation_id}, not one"
    if mine[0].status != "assigned":
        return f"the task is {mine[0].status}, not accepted"
    expected = {"conversationId": payload["conversationId"], **payload["attributes"]}
    wrong = {name for name in expected if mine[0].attributes.get(name) != expected[name]}
    return f"the task's {', '.join(sorted(wrong))} are not as handed over" if wrong else ""


async def _record_of(driver: Driver, store: HandoffStore, thread: str) -> HandoffRecord:
    async def find() -> HandoffRecord | None:
        record = await store.latest(thread)
        return record if record and record.state not in UNDER_WAY else None

    await driver.until(find, "a handoff", seconds=MOST_SECONDS)
    await driver.settle()
    record = await store.latest(thread)
    assert record is not None  # noqa: S101 - found above
    return record


async def _wait_for_task(driver: Driver, record: HandoffRecord) -> DeskTask:
    def is_mine(task: DeskTask) -> bool:
        return task.attributes.get("conversationId") == record.conversation_id

    task = await driver.flex.wait_for_task(is_mine, seconds=MOST_SECONDS)
    await driver.settle()
    return await driver.flex.task(task.task_sid)


async def _show_handoff(driver: Driver, since: int, task: DeskTask) -> None:
    steps = await driver.journal.read(since, kind="step")
    walked = [f"{step.detail['widget']} [dim]{step.detail['event']}[/]" for step in steps]
    if waiting_in := steps[-1].detail["next"]:
        walked.append(f"{waiting_in} [dim]waits for a human[/]")
    console.print(f"[bold]Studio flow[/]: {' → '.join(walked)}")
    table = Table("attribute", "value", title=f"Flex task {task.task_sid}", title_justify="left")
    for name, value in task.attributes.items():
        table.add_row(name, str(value))
    console.print(table)
    if task.summary:
        console.print(f"[bold]Summary by Conversation Intelligence[/]: {task.summary}")


@dataclass(frozen=True)
class Scene:
    """One customer with a phone, a chat window or a messaging app."""

    thread: Callable[[], str]
    say: Callable[[str], Awaitable[None]]
    hear_human: Callable[[DeskTask], Awaitable[None]]


def _print_words(speaker: str, text: str) -> None:
    console.print(f"[bold cyan]{speaker:>8}[/]  {text}", markup=True)


async def _print_stream(driver: Driver, since: int) -> None:
    """The agent's words as their tokens come, until the reply is spoken."""
    console.print(f"[bold magenta]{'agent':>8}[/]  ", end="")
    async for entry in driver.journal.follow(since):
        if entry.kind == "speech" and entry.detail["speaker"] == "AI_AGENT":
            break
        frame = entry.detail.get("frame", {})
        if entry.detail.get("direction") == "from_app" and frame.get("type") == "text":
            console.print(frame["token"], end="", markup=False)
    console.print()


async def _call(_stack: LocalStack, driver: Driver) -> Scene:
    call = await driver.phone.call(CUSTOMER_NUMBER, AGENT_NUMBER)
    _print_words("agent", await call.listen("AI_AGENT"))

    async def say(line: str) -> None:
        since = await driver.journal.last_number()
        _print_words(CUSTOMER, line)
        await call.say(line)
        await _print_stream(driver, since)

    async def hear_human(task: DeskTask) -> None:
        await driver.flex.say(task.task_sid, HUMAN_LINE)
        _print_words(HUMAN, await call.listen("HUMAN_AGENT"))

    return Scene(lambda: call.call_sid, say, hear_human)


async def _chat(stack: LocalStack, driver: Driver) -> Scene:
    chat = await driver.chat.start(CHAT_IDENTITY)

    async def say(line: str) -> None:
        _print_words(CUSTOMER, line)
        await chat.send(line)
        _print_words("agent", (await chat.listen(stack.settings.chat_identity)).text)

    async def hear_human(task: DeskTask) -> None:
        await driver.flex.say(task.task_sid, HUMAN_LINE)
        _print_words(HUMAN, (await chat.listen()).text)

    return Scene(lambda: chat.conversation_sid, say, hear_human)


async def _text(stack: LocalStack, driver: Driver) -> Scene:
    thread = driver.sms.thread(CUSTOMER_NUMBER, AGENT_NUMBER)

    def thread_sid() -> str:
        conversation = stack.twilio.classic.find_open(CUSTOMER_NUMBER, AGENT_NUMBER)
        return conversation.sid if conversation else ""

    async def say(line: str) -> None:
        _print_words(CUSTOMER, line)
        await thread.send(line)
        _print_words("agent", await thread.listen())

    async def hear_human(task: DeskTask) -> None:
        await driver.flex.say(task.task_sid, HUMAN_LINE)
        _print_words(HUMAN, await thread.listen())

    return Scene(thread_sid, say, hear_human)


SCENES: dict[DemoChannel, Callable[[LocalStack, Driver], Awaitable[Scene]]] = {
    DemoChannel.VOICE: _call,
    DemoChannel.SMS: _text,
    DemoChannel.CHAT: _chat,
}
