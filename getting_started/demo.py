"""Scripted customers: each talks to the agent, asks for a person, and is answered by one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from rich.text import Text

from agent.handoff.payload import ReasonCode
from agent.handoff.record import HandoffRecord, HandoffState
from agent.logs import set_up_logging
from agent.settings import Settings
from agent.store.database import connect
from agent.store.handoffs import HandoffStore
from getting_started.commands import DemoChannel
from getting_started.display import (
    StreamedWords,
    console,
    show_steps,
    show_summary,
    show_task,
    show_words,
)
from getting_started.stage import stage
from getting_started.twilio_emulator.driver import DeskTask, Driver, DriverError
from getting_started.twilio_emulator.seed import CUSTOMER_NUMBER, HUMAN

CUSTOMER = "Ana"
CHAT_IDENTITY = "ana@example.org"
LINES = (
    "Hello, when are you open on Saturdays?",
    "And where is my order 1042?",
    "I would like to talk to a person, please.",
)
INSISTENCE = "Please connect me with a human agent now."
MOST_INSISTENCE = 2
HUMAN_LINE = "Hi Ana, this is Jordan. I can see your order 1042 and take it from here."
MOST_SECONDS = 30.0
SCENE_SECONDS = 120.0
UNDER_WAY = {HandoffState.REQUESTED, HandoffState.DELIVERING}
TAKEN = {HandoffState.DELIVERED, HandoffState.QUEUED, HandoffState.ACCEPTED}


async def play(channel: DemoChannel, environment: Mapping[str, str]) -> bool:
    """Play the customers of `channel`; whether each ended with a human, once and rightly.

    Always on an emulator: the one that `environment` names, else one of our own.
    """
    chosen = list(SCENES) if channel is DemoChannel.ALL else [channel]
    async with stage(environment) as found, Driver(found.emulator_url) as driver:
        store = HandoffStore(connect(found.settings.database_url))
        set_up_logging(found.settings.log_level)
        console.print(found.introduction, style="dim")
        problems = [await _play_one(one, found.settings, driver, store) for one in chosen]
    console.print()
    console.rule("Result")
    for one, problem in zip(chosen, problems, strict=True):
        console.print(_verdict(one, problem))
    return not any(problems)


def _verdict(channel: DemoChannel, problem: str) -> Text:
    if problem:
        return Text(f"✗ {channel}: {problem}", style="red")
    return Text(f"✓ {channel}: handed over once, and a human answered", style="green")


async def _play_one(
    channel: DemoChannel, settings: Settings, driver: Driver, store: HandoffStore
) -> str:
    """One customer's story; what went wrong, or nothing."""
    console.print()
    console.rule(f"{channel}: {TITLES[channel]}")
    try:
        async with asyncio.timeout(SCENE_SECONDS):
            return await _tell(await SCENES[channel](settings, driver), driver, store)
    except TimeoutError as error:
        return f"it took too long. {error}".rstrip()
    except DriverError as error:
        return f"the emulator refused: {error}"


async def _tell(scene: Scene, driver: Driver, store: HandoffStore) -> str:
    since = await driver.journal.last_number()
    for line in (*LINES, *[INSISTENCE] * MOST_INSISTENCE):
        if await store.latest(scene.thread()):
            break
        await scene.say(line)
    if not await store.latest(scene.thread()):
        return "the agent did not hand over, though asked for a person; see its last words above"
    record = await _settled_record(driver, store, scene.thread())
    if record.state not in TAKEN:
        return f"the handoff is {record.state}: {record.failure}"
    task = await _wait_for_task(driver, record)
    await _show_handoff(driver, since, task, record)
    await driver.flex.accept(task.task_sid)
    console.print(f"\n[bold]{HUMAN} accepts the task[/] at the desk in Flex\n")
    await scene.hear_human(task)
    problem = _check(record, await driver.flex.tasks())
    await driver.flex.complete(task.task_sid)
    await driver.settle()
    return problem


def _check(record: HandoffRecord, tasks: list[DeskTask]) -> str:
    """Exactly one accepted task, with the conversation and the reason that were handed over."""
    if record.payload.attributes.reason_code is ReasonCode.TECHNICAL:
        return "the agent handed over because its model failed, not because it was asked"
    payload = record.payload.to_wire()
    conversation_id = record.conversation_id
    mine = [task for task in tasks if task.attributes.get("conversationId") == conversation_id]
    if len(mine) != 1:
        return f"{len(mine)} tasks carry conversationId {conversation_id}, not one"
    if mine[0].status != "assigned":
        return f"the task is {mine[0].status}, not accepted"
    expected = {"conversationId": payload["conversationId"], **payload["attributes"]}
    wrong = {name for name in expected if mine[0].attributes.get(name) != expected[name]}
    return f"the task's {', '.join(sorted(wrong))} are not as handed over" if wrong else ""


async def _settled_record(driver: Driver, store: HandoffStore, thread: str) -> HandoffRecord:
    async def find() -> HandoffRecord | None:
        record = await store.latest(thread)
        return record if record and record.state not in UNDER_WAY else None

    return await driver.until(find, "a handoff", seconds=MOST_SECONDS)


async def _wait_for_task(driver: Driver, record: HandoffRecord) -> DeskTask:
    def is_mine(task: DeskTask) -> bool:
        return task.attributes.get("conversationId") == record.conversation_id

    task = await driver.flex.wait_for_task(is_mine, seconds=MOST_SECONDS)
    await driver.settle()
    return await driver.flex.task(task.task_sid)


async def _show_handoff(driver: Driver, since: int, task: DeskTask, record: HandoffRecord) -> None:
    entries = await driver.journal.read(since, kind="step")
    steps = [(entry.detail["widget"], entry.detail["event"]) for entry in entries]
    if waits_in := entries[-1].detail["next"]:
        steps.append((waits_in, "waits for a human"))
    show_steps(steps)
    payload = record.payload.to_wire()
    show_task(task.task_sid, task.attributes, {*payload, *payload["attributes"]})
    if task.summary:
        show_summary(task.summary)


@dataclass(frozen=True)
class Scene:
    """One customer with a phone, a chat window or a messaging app."""

    thread: Callable[[], str]
    say: Callable[[str], Awaitable[None]]
    hear_human: Callable[[DeskTask], Awaitable[None]]


async def _show_stream(driver: Driver, since: int) -> None:
    """The agent's words as their tokens come, until the reply is spoken."""
    words = StreamedWords("agent")
    async for entry in driver.journal.follow(since):
        if entry.kind == "speech" and entry.detail["speaker"] == "AI_AGENT":
            break
        frame = entry.detail.get("frame", {})
        if entry.detail.get("direction") == "from_app" and frame.get("type") == "text":
            words.write(frame["token"])
    words.end()


async def _call(settings: Settings, driver: Driver) -> Scene:
    call = await driver.phone.call(CUSTOMER_NUMBER, settings.phone_number)
    show_words("agent", await call.listen("AI_AGENT"))

    async def say(line: str) -> None:
        since = await driver.journal.last_number()
        show_words(CUSTOMER, line, style="cyan")
        await call.say(line)
        await _show_stream(driver, since)

    async def hear_human(task: DeskTask) -> None:
        await driver.flex.say(task.task_sid, HUMAN_LINE)
        show_words(HUMAN, await call.listen("HUMAN_AGENT"), style="green")

    return Scene(lambda: call.call_sid, say, hear_human)


async def _chat(settings: Settings, driver: Driver) -> Scene:
    chat = await driver.chat.start(CHAT_IDENTITY)

    async def say(line: str) -> None:
        show_words(CUSTOMER, line, style="cyan")
        await chat.send(line)
        show_words("agent", (await chat.listen(settings.chat_identity)).text)

    async def hear_human(task: DeskTask) -> None:
        await driver.flex.say(task.task_sid, HUMAN_LINE)
        show_words(HUMAN, (await chat.listen()).text, style="green")

    return Scene(lambda: chat.conversation_sid, say, hear_human)


async def _text(settings: Settings, driver: Driver) -> Scene:
    thread = driver.sms.thread(CUSTOMER_NUMBER, settings.phone_number)
    await thread.skip()

    async def say(line: str) -> None:
        show_words(CUSTOMER, line, style="cyan")
        await thread.send(line)
        show_words("agent", await thread.listen())

    async def hear_human(task: DeskTask) -> None:
        await driver.flex.say(task.task_sid, HUMAN_LINE)
        show_words(HUMAN, await thread.listen(), style="green")

    return Scene(lambda: thread.conversation_sid, say, hear_human)


SCENES: dict[DemoChannel, Callable[[Settings, Driver], Awaitable[Scene]]] = {
    DemoChannel.VOICE: _call,
    DemoChannel.SMS: _text,
    DemoChannel.CHAT: _chat,
}

TITLES = {
    DemoChannel.VOICE: f"{CUSTOMER} calls",
    DemoChannel.SMS: f"{CUSTOMER} sends text messages",
    DemoChannel.CHAT: f"{CUSTOMER} writes in the web chat",
}
