"""Chromium without a screen, for what only a browser shows; without it tests are skipped."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Browser, ConsoleMessage, Page, async_playwright, expect

NAMES = ("chromium", "chromium-browser", "google-chrome")
INSTALL = "apt-get install -y --no-install-recommends chromium"
PATIENCE_MILLISECONDS = 20_000
"""For whatever is waited for in a page: much more than it takes, also on a busy machine."""
#: No look-ups of the browser's own.
OPTIONS = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
)


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """The system's Chromium, running; skips the test that asks where it is not installed."""
    expect.set_options(timeout=PATIENCE_MILLISECONDS)
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        pytest.skip(f"no Chromium is installed; on Debian: {INSTALL}")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=path, args=OPTIONS, chromium_sandbox=False
        )
        yield browser
        await browser.close()


def errors_of(page: Page) -> list[str]:
    """What the page will complain of in the browser's console, filled as it comes."""
    errors: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            errors.append(message.text)

    page.on("console", note)
    page.on("pageerror", lambda error: errors.append(str(error)))
    return errors
