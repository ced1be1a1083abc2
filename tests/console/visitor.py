"""Somebody at the console: the words of the tests for what they do and see."""

from __future__ import annotations

from urllib.parse import urlencode

from playwright.async_api import Locator, Page, expect

WANTS_HUMAN = "I would like to talk to a person, please."
GOODBYE = "I am connecting you with a colleague now."
GREETING = "Hello, you have reached Acme Outfitters."
ASKS_HOURS = "When are you open on Saturdays?"
HOURS = "12 Harbor Street"


class Visitor:
    """One page, as one customer; `thread` is what the customer's device shows."""

    def __init__(self, page: Page, url: str, number: str) -> None:
        self.page = page
        self.number = number
        self._url = f"{url}/?{urlencode({'customer': number})}"
        self._device = "phone"

    async def open(self) -> None:
        await self.page.goto(self._url)
        await expect(self.page.locator("body[data-ready]")).to_be_attached()

    @property
    def thread(self) -> Locator:
        if self._device == "chat":
            return self.page.frame_locator(".shop").locator("agent-chat")
        return self.page.locator(f"#{self._device} .thread")

    @property
    def box(self) -> Locator:
        """Where the customer types."""
        if self._device == "chat":
            return self.thread.get_by_label("Write a message")
        return self.page.locator(f"#{self._device} input.words")

    @property
    def state(self) -> Locator:
        """With whom the caller is."""
        return self.page.locator("#phone .state")

    @property
    def desk(self) -> Locator:
        return self.page.get_by_role("region", name="Desk")

    async def use(self, device: str) -> None:
        """`Phone`, `Messages` or `Web chat`."""
        tab = self.page.get_by_role("tab", name=device)
        await tab.click()
        self._device = await tab.get_attribute("aria-controls") or ""

    async def call(self) -> None:
        await self.page.get_by_role("button", name="Call the agent").click()
        await self.hears(GREETING)

    async def say(self, words: str) -> None:
        """On the phone, or in writing."""
        await self.box.fill(words)
        await self.box.press("Enter")
        await expect(self.box).to_have_value("")

    async def hears(self, words: str) -> None:
        await expect(self.thread.get_by_text(words).last).to_be_visible()

    async def turn(self, switch: str, *, on: bool = True) -> None:
        """One of the switches; done when the emulator has it."""
        box = self.page.get_by_role("switch", name=switch)
        await box.evaluate("(box) => box.click()")
        await expect(self.page.locator(".switch-list[aria-busy]")).to_have_count(0)
        await expect(box).to_be_checked(checked=on)

    async def accept(self) -> None:
        await self.desk.get_by_role("button", name="Accept").click()

    async def answer(self, words: str) -> None:
        """As the human at the desk."""
        box = self.desk.get_by_label("Answer the customer")
        await box.fill(words)
        await box.press("Enter")

    async def press(self, name: str) -> None:
        await self.page.get_by_role("button", name=name, exact=True).click()

    def widget(self, name: str) -> Locator:
        """A widget in the picture of the flow."""
        return self.page.locator(f'.node[data-widget="{name}"]')
