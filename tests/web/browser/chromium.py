"""The system's Chromium, headless; the browsers that Playwright would download are not needed."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import pytest
from playwright.async_api import Browser, async_playwright, expect

INSTALL: Final = "apt-get update && apt-get install -y chromium"
NAMES: Final = ("chromium", "chromium-browser", "google-chrome")
QUIET: Final = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def find_chromium() -> str | None:
    return next(filter(None, map(shutil.which, NAMES)), None)


expect.set_options(timeout=20_000)
in_browser: Final = [
    pytest.mark.asyncio(loop_scope="package"),
    pytest.mark.skipif(find_chromium() is None, reason=f"There is no Chromium: {INSTALL}"),
]
"""The `pytestmark` of tests in a browser: one browser and one agent serve them all."""


@asynccontextmanager
async def running_chromium() -> AsyncIterator[Browser]:
    """A browser that asks nothing of its maker; without its sandbox only where we are root."""
    as_root = ["--no-sandbox"] if os.geteuid() == 0 else []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=find_chromium(), args=[*QUIET, *as_root]
        )
        yield browser
        await browser.close()
