"""An AI Assistant gives a customer away: to a Studio flow, and to a human in Flex."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from rich.text import Text

from agent.logs import set_up_logging
from getting_started.demo import CUSTOMER
from getting_started.display import console, show_steps, show_task, show_tool_call, show_words
from getting_started.local import LocalStack, running_locally
from getting_started.twilio_emulator.assistants.seed import IDENTITY, assistant_service_sid
from getting_started.twilio_emulator.driver import ChatSession, Driver, DriverError
from getting_started.twilio_emulator.seed import HUMAN

QUESTION = "Hello, when are you open on Saturdays?"
REFUND_LINES = ("I want a refund, please.", "OK", "1042")
REFUNDS_DESK = "Acme refunds"
SHOWN_AS = {IDENTITY: "AI", REFUNDS_DESK: "flow"}
FLOW_PATH = ["Trigger", "ask_order", "confirm_refund"]
UNKNOWN_LINE = "Can you give a talk at our chess club?"
HUMAN_LINE = f"Hi {CUSTOMER}, this is {HUMAN}. Which evening would suit you?"
THANKS = "Any Tuesday. Thank you!"
ROUTED = {"from", "customerName", "customerAddress"}
STORY_SECONDS = 60.0


class Guide(StrEnum):
    """Which of Twilio's two guides to play."""

    STUDIO = "studio"
    FLEX = "flex"
    ALL = "all"


async def play(guide: Guide, environment: Mapping[str, str]) -> bool:
    """Play a guide from start to end; whether all of it went right.

    Always on the emulator, on free ports, whatever `environment` says of Twilio.
    """
    chosen = list(STORIES) if guide is Guide.ALL else [guide]
    stack = running_locally(environment, has_assistant=True)
    async with stack as running, Driver(running.emulator_url) as driver:
        set_up_logging(running.settings.log_level)
        note = "All of this runs on this machine: Twilio emulator with an AI Assistant, agent."
        console.print(note, style="dim")
        problems = [await _play_one(one, running, driver) for one in chosen]
    console.print()
    console.rule("Result")
    for one, problem in zip(chosen, problems, strict=True):
        right = "handed over once, and the assistant listens no more"
        style = "red" if problem else "green"
        console.print(Text(f"{'✗' if problem else '✓'} {one}: {problem or right}", style=style))
    return not any(problems)


async def _play_one(guide: Guide, stack: LocalStack, driver: Driver) -> str:
    """One customer's story; what went wrong, or nothing."""
    console.print()
    console.rule(TITLES[guide])
    try:
        async with asyncio.timeout(STORY_SECONDS):
            service_sid = assistant_service_sid(stack.twilio)
            chat = await driver.chat.start(f"ana-{guide}", service_sid=service_sid)
            talk = Talk(driver, chat, since=await driver.journal.last_number())
            await talk.say(QUESTION, IDENTITY)
            return await STORIES[guide](stack, talk)
    except TimeoutError as error:
        return f"it took too long. {error}".rstrip()
    except DriverError as error:
        return f"the emulator refused: {error}"


@dataclass
class Talk:
    """The customer's chat window, and what the journal tells of it."""

    driver: Driver
    chat: ChatSession
    since: int

    async def say(self, line: str, answered_by: str | None = None) -> None:
        """The customer writes, and reads the answer of whom they expect one of."""
        show_words(CUSTOMER, line, style="cyan")
        await self.chat.send(line)
        await self.driver.settle()
        if answered_by:
            await self.read(answered_by)

    async def read(self, author: str) -> None:
        heard = await self.chat.listen(author)
        style = "magenta" if author == IDENTITY else "green"
        show_words(SHOWN_AS.get(author, author), heard.text, style=style)

    async def show_tool_call(self) -> str:
        """What the assistant asked for and got; what is wrong with it, or nothing."""
        calls = await self._read_journal("tool")
        for call in calls:
            answer = (call["status"], call["answer"])
            show_tool_call(call["tool"], f"POST {call['url']}", call["headers"], answer)
        console.print()
        statuses = [call["status"] for call in calls]
        return "" if statuses == [200] else f"the tool's calls were answered {statuses}, not [200]"

    async def check_silence(self, unheard: int) -> str:
        """Whether so many messages were not for the assistant any more; what is wrong, if so."""
        entries = await self._read_journal("not listening")
        if len(entries) != unheard:
            return f"the assistant passed over {len(entries)} messages, not {unheard}"
        console.print(f"\nThe assistant does not listen: {entries[-1]['reason']}.", style="dim")
        return ""

    async def _read_journal(self, event: str) -> list[dict[str, Any]]:
        entries = await self.driver.journal.read(self.since, kind="assistant")
        return [entry.detail for entry in entries if entry.detail["event"] == event]


async def _hand_over_to_studio(stack: LocalStack, talk: Talk) -> str:
    """https://www.twilio.com/docs/alpha/ai-assistants/code-samples/transition-studio"""
    asks, agrees, tells = REFUND_LINES
    await talk.say(asks, IDENTITY)
    if problem := await talk.show_tool_call():
        return problem
    await talk.say(agrees, REFUNDS_DESK)
    await talk.say(tells, REFUNDS_DESK)
    entries = await talk.driver.journal.read(talk.since, kind="step")
    steps = [(entry.detail["widget"], entry.detail["event"]) for entry in entries]
    show_steps(steps)
    if (walked := [widget for widget, _ in steps]) != FLOW_PATH:
        return f"the flow walked {walked}, not {FLOW_PATH}"
    conversation = stack.twilio.classic.conversations[talk.chat.conversation_sid]
    targets = [webhook.target for webhook in conversation.webhooks.values()]
    if targets != ["studio"]:
        return f"the conversation's webhooks are {targets}, not one for Studio"
    return await talk.check_silence(unheard=2)


async def _hand_over_to_flex(_stack: LocalStack, talk: Talk) -> str:
    """https://www.twilio.com/docs/alpha/ai-assistants/code-samples/transition-flex"""
    flex = talk.driver.flex
    await talk.say(UNKNOWN_LINE, IDENTITY)
    if problem := await talk.show_tool_call():
        return problem
    task = await flex.wait_for_task()
    show_task(task.task_sid, task.attributes, ROUTED)
    await flex.accept(task.task_sid)
    console.print(f"\n[bold]{HUMAN} accepts the task[/] at the desk in Flex\n")
    await flex.say(task.task_sid, HUMAN_LINE)
    await talk.read(HUMAN)
    await talk.say(THANKS)
    statuses = [
        one.status
        for one in await flex.tasks()
        if one.attributes.get("conversationSid") == talk.chat.conversation_sid
    ]
    if statuses != ["assigned"]:
        return f"the conversation's tasks are {statuses}, not one assigned"
    problem = await talk.check_silence(unheard=2)
    await flex.complete(task.task_sid)
    return problem


Story = Callable[[LocalStack, Talk], Awaitable[str]]
STORIES: dict[Guide, Story] = {
    Guide.STUDIO: _hand_over_to_studio,
    Guide.FLEX: _hand_over_to_flex,
}
TITLES = {
    Guide.STUDIO: "studio: an AI Assistant hands over to a flow",
    Guide.FLEX: "flex: an AI Assistant hands over to a human",
}
