"""The files of the widget as they are served."""

from __future__ import annotations

import gzip
import re

import httpx
import pytest

from agent.handoff.never_mind import language_of_never_mind
from agent.web.routes import WIDGET_FOLDER
from getting_started.local import LocalStack
from getting_started.twilio_emulator.classic.browser import SDK_FILE

MOST_BYTES = 30_000
FILES = sorted(WIDGET_FOLDER.iterdir())
STRINGS = (WIDGET_FOLDER / "strings.js").read_text("utf-8")


def test_widget_is_small() -> None:
    assert sum(len(gzip.compress(file.read_bytes())) for file in FILES) < MOST_BYTES


def test_languages_have_the_same_words() -> None:
    languages = re.findall(r"^const (\w\w) = \{(.*?)^\};", STRINGS, re.MULTILINE | re.DOTALL)
    words = {
        language: {
            key: sorted(re.findall(r"\{\w+\}", text))
            for key, text in re.findall(r'^  (\w+): "(.*)",$', body, re.MULTILINE)
        }
        for language, body in languages
    }

    assert set(words) == {"en", "es"}
    assert words["es"] == words["en"]


def test_agent_understands_who_stops_waiting() -> None:
    said = re.findall(r'neverMind: "(.*)"', STRINGS)

    assert [language_of_never_mind(text) for text in said] == ["en", "es"]


@pytest.mark.parametrize("file", [*FILES, SDK_FILE], ids=lambda file: file.name)
def test_nothing_makes_markup_of_text(file: object) -> None:
    source = (WIDGET_FOLDER / str(file)).read_text("utf-8")

    assert (
        re.findall(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", source) == []
    )


async def test_files_are_for_pages_of_any_site(stack: LocalStack) -> None:
    async with httpx.AsyncClient(base_url=stack.agent_url) as client:
        for file in FILES:
            headers = {"Origin": "https://shop.example.org"}
            answer = await client.get(f"/chat/{file.name}", headers=headers)

            assert answer.headers["content-type"].startswith("text/javascript")
            assert answer.headers["access-control-allow-origin"] == "*"
            assert answer.headers["cache-control"] == "no-cache"
            unchanged = await client.get(
                f"/chat/{file.name}", headers={"If-None-Match": answer.headers["etag"]}
            )
            assert unchanged.status_code == 304


@pytest.mark.parametrize("path", ["/chat/", "/chat/../routes.py", "/chat/%2e%2e/routes.py"])
async def test_nothing_else_is_served(stack: LocalStack, path: str) -> None:
    async with httpx.AsyncClient(base_url=stack.agent_url) as client:
        assert (await client.get(path)).status_code == 404
