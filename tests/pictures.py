"""Takes the pictures of the documents anew: `make pictures`."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from playwright.async_api import Page, expect

from getting_started.local import LocalStack, running_locally
from getting_started.twilio_emulator.driver import Driver
from getting_started.twilio_emulator.seed import CUSTOMER_NUMBER
from tests.browser import chromium
from tests.commands import ROOT
from tests.console.visitor import WANTS_HUMAN, Visitor
from tests.web.browser.visitor import Visitor as ShopVisitor

FOLDER = ROOT / "getting_started" / "pictures"
DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 780}


@dataclass(frozen=True)
class Picture:
    """A file's name, how the browser's page is made, and what happens before it is taken."""

    name: str
    options: dict[str, Any]
    play: Callable[[LocalStack, Page], Awaitable[None]]


async def answer_a_call(stack: LocalStack, page: Page) -> None:
    """Ana asks for her order, then for a person; Jordan answers."""
    visitor = Visitor(page, stack.agent_url, CUSTOMER_NUMBER)
    await visitor.open()
    await visitor.call()
    await visitor.say("Where is my order 1042?")
    await visitor.hears("We expect it")
    await visitor.say(WANTS_HUMAN)
    await expect(visitor.state).to_have_text("Waiting for a human")
    await visitor.accept()
    await visitor.answer("Hi Ana, this is Jordan. I can see your order 1042.")
    await visitor.hears("Hi Ana, this is Jordan.")


async def ask_for_a_person_by_phone(stack: LocalStack, page: Page) -> None:
    """The flow of a call on a small screen."""
    visitor = Visitor(page, stack.agent_url, CUSTOMER_NUMBER)
    await visitor.open()
    await visitor.call()
    await visitor.say(WANTS_HUMAN)
    await expect(visitor.state).to_have_text("Waiting for a human")
    await page.get_by_role("navigation").get_by_role("button", name="Flow").click()


async def chat_with_a_human(stack: LocalStack, page: Page) -> None:
    """A visitor of the shop asks for an order, then for a person; Jordan answers."""
    async with Driver(stack.emulator_url) as driver:
        visitor = ShopVisitor(stack, driver, page)
        await visitor.go()
        await visitor.open()
        await visitor.ask("Hi! Where is my order 1042?", "Trail boots")
        await visitor.is_with_human("Hi, this is Jordan. I take it from here.")
        await visitor.write("Great. Can a neighbour take it in?")
        await expect(visitor.widget.locator(".fate")).to_have_count(0)


PICTURES = (
    Picture("console", {"viewport": DESKTOP}, answer_a_call),
    Picture("console-phone", {"viewport": PHONE, "has_touch": True}, ask_for_a_person_by_phone),
    Picture("widget", {"viewport": {"width": 1100, "height": 720}}, chat_with_a_human),
    Picture("widget-phone", {"viewport": PHONE, "color_scheme": "dark"}, chat_with_a_human),
)


async def take(picture: Picture) -> None:
    """On a stack of its own, so that nothing of another picture is on it."""
    async with running_locally({}, has_further_ways=True) as stack, chromium() as browser:
        page = await browser.new_page(reduced_motion="reduce", **picture.options)
        await picture.play(stack, page)
        await stack.twilio.settle()
        await page.screenshot(path=FOLDER / f"{picture.name}.png", animations="disabled")


def main(names: list[str]) -> None:
    """The pictures of these names, or all; a loop for each, as an agent wants one for itself."""
    FOLDER.mkdir(exist_ok=True)
    for picture in PICTURES:
        if picture.name in names or not names:
            asyncio.run(take(picture))


if __name__ == "__main__":
    main(sys.argv[1:])
