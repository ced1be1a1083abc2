"""What the console's tests share: one stack, one browser, and a page for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from itertools import count

import httpx
import pytest_asyncio
from playwright.async_api import Browser, Page

from getting_started.local import LocalStack, running_locally
from tests.browser import PATIENCE_MILLISECONDS, chromium, errors_of
from tests.console.visitor import Visitor
from tests.end_to_end.model_script import finish_answers

IMPATIENT = {"AGENT_FIRST_TOKEN_SECONDS": "4"}
NUMBERS = count(15550200001)


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def stack() -> AsyncIterator[LocalStack]:
    """One for all tests: each is another customer."""
    async with running_locally(IMPATIENT, token_seconds=0.01, has_further_ways=True) as stack:
        yield stack


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as browser:
        yield browser


@pytest_asyncio.fixture(loop_scope="package")
async def visitor(stack: LocalStack, browser: Browser) -> AsyncIterator[Visitor]:
    """A customer of this test alone, at the console; whatever it did, no error was shown."""
    page = await browser.new_page(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    page.set_default_timeout(PATIENCE_MILLISECONDS)
    errors = errors_of(page)
    visitor = Visitor(page, stack.agent_url, f"+{next(NUMBERS)}")
    await visitor.open()
    yield visitor
    await _tidy_up(stack, page)
    assert errors == []


async def _tidy_up(stack: LocalStack, page: Page) -> None:
    """No task is left at the desk, no switch on."""
    await page.close()
    stack.twilio.faults.clear()
    async with httpx.AsyncClient(base_url=stack.agent_url) as client:
        await client.delete("/_demo/faults")
        await finish_answers(stack)
        await client.post("/_emulator/desk/availability", json={"available": True})
        for call in tuple(stack.twilio.voice.calls.values()):
            if call.is_live:
                await client.post(f"/_emulator/phone/calls/{call.sid}/hang_up")
        for task in tuple(stack.twilio.taskrouter.tasks.values()):
            if task.status in {"pending", "reserved"}:
                await stack.twilio.taskrouter.cancel(task.sid, "the test is over")
            elif task.status in {"assigned", "wrapping"}:
                await stack.twilio.taskrouter.complete(task.sid, "the test is over")
