"""One agent, one emulator and one browser for all tests of the widget; a new profile for each."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest_asyncio
from playwright.async_api import Browser

from getting_started.local import LocalStack, running_locally
from getting_started.serving import listen, serving, url_of
from getting_started.twilio_emulator.driver import Driver
from getting_started.twilio_emulator.twilio import Twilio
from tests.browser import PATIENCE_MILLISECONDS, chromium, errors_of
from tests.end_to_end.model_script import finish_answers
from tests.web.browser.pages import create_site
from tests.web.browser.visitor import Visitor

SECRET = "a secret of the site's"  # noqa: S105 - an invented one


@dataclass(frozen=True)
class Places:
    """What runs, and where the site of somebody else is."""

    stack: LocalStack
    driver: Driver
    site: str


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as browser:
        yield browser


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def places() -> AsyncIterator[Places]:
    listener = listen()
    site = url_of(listener)
    settings = {
        "AGENT_CHAT_TOKENS_PER_MINUTE": "10000",
        "AGENT_CHAT_ORIGINS": site,
        "AGENT_CHAT_HOST_SECRET": SECRET,
    }
    async with (
        running_locally(settings) as stack,
        serving(create_site(stack.agent_url, stack.emulator_url), listener),
        Driver(stack.emulator_url) as driver,
    ):
        yield Places(stack, driver, site)


@pytest_asyncio.fixture(loop_scope="package")
async def visitor(browser: Browser, places: Places) -> AsyncIterator[Visitor]:
    """Somebody new, on the shop's first page; in a browser that complains about nothing."""
    context = await browser.new_context(viewport={"width": 1200, "height": 800})
    context.set_default_timeout(PATIENCE_MILLISECONDS)
    page = await context.new_page()
    visitor = Visitor(places.stack, places.driver, page, errors_of(page))
    await visitor.go()
    yield visitor
    await context.close()
    places.stack.twilio.faults.clear()
    await finish_answers(places.stack)
    await places.driver.flex.set_available(True)
    await _clear_desk(places.stack.twilio)


async def _clear_desk(twilio: Twilio) -> None:
    """No task is left to the next visitor."""
    for task in tuple(twilio.taskrouter.tasks.values()):
        if task.status in {"pending", "reserved"}:
            await twilio.taskrouter.cancel(task.sid, "cleared up")
        elif task.status in {"assigned", "wrapping"}:
            await twilio.taskrouter.complete(task.sid, "cleared up")
