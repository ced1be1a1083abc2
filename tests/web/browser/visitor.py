"""A visitor of the shop, who sees the widget and uses it as people do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from playwright.async_api import BrowserContext, Locator, Page, expect

from getting_started.local import LocalStack
from getting_started.twilio_emulator.driver import DeskTask, Driver

WANTS_HUMAN: Final = "I want to talk to a person, please"
ASKS_HOURS: Final = "When are you open on Saturdays?"
HOURS: Final = "12 Harbor Street"


@dataclass
class Visitor:
    """One page of one browser profile, and the human's desk on the other side."""

    stack: LocalStack
    driver: Driver
    page: Page
    complaints: list[str] = field(default_factory=list)
    """What the browser's console has complained about."""

    async def go(self, address: str = "/shop/") -> None:
        await self.page.goto(address if "://" in address else self.stack.agent_url + address)

    @property
    def context(self) -> BrowserContext:
        return self.page.context

    @property
    def widget(self) -> Locator:
        return self.page.locator("agent-chat")

    @property
    def field(self) -> Locator:
        return self.widget.get_by_label("Write a message")

    @property
    def banner(self) -> Locator:
        return self.widget.locator(".banner")

    def messages(self, kind: str) -> Locator:
        """Those that are `mine`, the `agent`'s or a `human`'s; on the way ones are `mine`, too."""
        return self.widget.locator(f".{kind} .words")

    async def open(self) -> None:
        await self.widget.get_by_role("button", name="Open chat").click()
        await self.sees("The assistant answers")

    async def write(self, text: str) -> None:
        await self.field.fill(text)
        await self.field.press("Enter")

    async def ask(self, text: str, answer: str) -> None:
        await self.write(text)
        await self.sees(answer)

    async def sees(self, text: str) -> None:
        """The last line of what is looked for, as the log folds the blanks of a longer text."""
        await expect(self.widget.get_by_text(text.strip().splitlines()[-1]).last).to_be_visible()

    async def press(self, name: str) -> None:
        await self.widget.get_by_role("button", name=name).click()

    async def is_queued(self) -> DeskTask:
        """Asks for a human, and waits for one; gives the task."""
        await self.write(WANTS_HUMAN)
        await self.sees("Waiting for a colleague")
        return await self.task()

    async def task(self) -> DeskTask:
        """The newest task of this visitor."""
        sid = await self.conversation_sid()
        tasks = [one for one in await self.driver.flex.tasks() if sid in str(one.attributes)]
        return tasks[-1]

    async def is_with_human(self, greeting: str = "Hi, this is Jordan") -> DeskTask:
        task = await self.is_queued()
        await self.driver.flex.accept(task.task_sid)
        await self.driver.flex.say(task.task_sid, greeting)
        await self.sees(greeting)
        return task

    async def conversation_sid(self) -> str:
        """The conversation of this page's visitor, asked for as the widget does."""
        asked = await self.page.evaluate(
            """async (url) => (await (await fetch(url, {method: "POST", credentials: "include",
            headers: {"Content-Type": "application/json"}, body: "{}"})).json()).conversationSid""",
            f"{self.stack.agent_url}/chat/token",
        )
        return str(asked)

    async def sent(self) -> list[str]:
        """What has reached Twilio of what the visitor wrote, once nothing is on its way."""
        await expect(self.widget.locator(".fate")).to_have_count(0)
        messages = self.stack.twilio.classic.list_messages(await self.conversation_sid())
        return [one.body for one in messages if one.author.startswith("visitor-")]
