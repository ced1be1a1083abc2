"""The widget for everybody: keyboard, screen readers, colours, languages, small screens."""

from __future__ import annotations

import json
from typing import Any, Literal

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import expect

from tests.end_to_end.model_script import DONE, script, streaming, words
from tests.web.browser.conftest import Places
from tests.web.browser.pages import address_of
from tests.web.browser.visitor import ASKS_HOURS, HOURS, Visitor

pytestmark = pytest.mark.asyncio(loop_scope="package")

SERIOUS = {"serious", "critical"}


async def serious_findings(visitor: Visitor) -> list[str]:
    results = await Axe().run(visitor.page)
    violations: list[dict[str, Any]] = results.response["violations"]
    return [
        f"{one['id']}: {json.dumps([node['target'] for node in one['nodes']])}"
        for one in violations
        if one["impact"] in SERIOUS
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing_serious(
    visitor: Visitor, scheme: Literal["light", "dark"]
) -> None:
    await visitor.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    findings = await serious_findings(visitor)
    await visitor.open()
    await visitor.ask(f"{ASKS_HOURS} https://example.org", HOURS)
    findings += await serious_findings(visitor)
    await visitor.is_queued()
    findings += await serious_findings(visitor)
    task = await visitor.task()
    await visitor.driver.flex.accept(task.task_sid)
    await visitor.driver.flex.say(task.task_sid, "See https://example.org")
    await visitor.sees("See")
    findings += await serious_findings(visitor)
    await visitor.driver.flex.complete(task.task_sid)
    await visitor.sees("This conversation has ended.")
    findings += await serious_findings(visitor)

    assert findings == []


@pytest.mark.parametrize(
    "color", ["#ffff00", "#767676", "white", "black", "rgb(255 0 0 / 0.2)", "oklch(0.7 0.2 60)"]
)
async def test_any_colour_can_be_read_on(visitor: Visitor, places: Places, color: str) -> None:
    await visitor.go(address_of(places.site, color=color))
    await visitor.open()
    await visitor.page.emulate_media(reduced_motion="reduce")
    await visitor.write("Hello")
    await expect(visitor.messages("agent")).to_have_count(1)

    assert await serious_findings(visitor) == []


async def test_colour_that_is_none_is_left_out(visitor: Visitor, places: Places) -> None:
    await visitor.go(address_of(places.site, color="red; background: url(//evil.example)"))

    accent = await visitor.widget.evaluate("(one) => one.style.getPropertyValue('--accent')")
    assert accent == "#0b5cab"


async def test_keyboard_is_enough(visitor: Visitor) -> None:
    keyboard = visitor.page.keyboard
    await expect(visitor.widget.get_by_role("button", name="Open chat")).to_be_visible()
    await visitor.page.get_by_role("link", name="Returns").focus()
    await keyboard.press("Tab")
    await keyboard.press("Enter")
    await expect(visitor.field).to_be_focused()
    await keyboard.type("When are you open")
    await keyboard.press("Shift+Enter")
    await keyboard.type("on Saturdays?")
    await keyboard.press("Enter")
    await visitor.sees(HOURS)
    await expect(visitor.field).to_be_focused()
    await keyboard.press("Escape")

    await expect(visitor.widget.get_by_role("button", name="Open chat")).to_be_focused()
    assert await visitor.sent() == ["When are you open\non Saturdays?"]


async def test_screen_reader_is_told_what_happens(visitor: Visitor) -> None:
    await visitor.open()
    await visitor.ask(ASKS_HOURS, HOURS)

    await expect(visitor.widget.get_by_role("dialog", name="Acme Outfitters")).to_be_visible()
    await expect(visitor.widget.get_by_role("log", name="Messages")).to_contain_text(HOURS)
    await visitor.is_queued()
    told = visitor.widget.get_by_role("status").filter(has_text="Waiting for a colleague")
    await expect(told).to_be_visible()


async def test_less_motion_is_none(visitor: Visitor) -> None:
    await visitor.page.emulate_media(reduced_motion="reduce")
    await visitor.open()
    await visitor.ask(ASKS_HOURS, HOURS)

    states = await visitor.widget.evaluate(
        "(one) => one.shadowRoot.getAnimations().map((each) => each.playState)"
    )
    assert "running" not in states


@pytest.mark.parametrize(
    ("lang", "data", "button"),
    [
        pytest.param("es", {}, "Abrir el chat", id="the page's"),
        pytest.param("es-MX", {}, "Abrir el chat", id="of a country"),
        pytest.param("en", {"lang": "es"}, "Abrir el chat", id="the tag's"),
        pytest.param("tlh", {"lang": "xx"}, "Open chat", id="none there is"),
    ],
)
async def test_language_is_the_tags_or_the_pages(
    visitor: Visitor, places: Places, lang: str, data: dict[str, str], button: str
) -> None:
    address = address_of(places.site, **data)
    await visitor.page.goto(address.replace("lang=en", f"lang={lang}", 1) if lang else address)

    await expect(visitor.widget.get_by_role("button", name=button)).to_be_visible()


async def test_right_to_left_page_has_it_on_the_left(visitor: Visitor, places: Places) -> None:
    await visitor.go(address_of(places.site, direction="rtl"))
    await visitor.open()
    await visitor.write("שלום, hello!")

    panel = await visitor.widget.locator(".panel").bounding_box()
    mine = await visitor.messages("mine").first.bounding_box()
    assert panel
    assert mine
    assert panel["x"] < 100
    assert mine["x"] < panel["x"] + 60


async def test_small_screen_is_filled(visitor: Visitor) -> None:
    await visitor.page.set_viewport_size({"width": 320, "height": 560})
    await visitor.open()
    await visitor.ask(ASKS_HOURS, HOURS)

    panel = await visitor.widget.locator(".panel").bounding_box()
    assert panel == {"x": 0, "y": 0, "width": 320, "height": 560}
    assert await overflow(visitor) == 0


async def overflow(visitor: Visitor) -> int:
    """By how much the log is wider than there is room."""
    width: int = await visitor.widget.locator(".log").evaluate(
        "(log) => log.scrollWidth - log.clientWidth"
    )
    return width


async def test_long_words_and_emoji_stay_inside(visitor: Visitor) -> None:
    await visitor.open()
    long = "🙂👩‍👩‍👧‍👦é" * 40 + "x" * 500 + " https://example.org/" + "y" * 300
    long += "z" * (4000 - len(long.encode("utf-16-le")) // 2)
    await script(visitor.stack, streaming(words("Donaudampfschifffahrt" * 40), DONE))

    await visitor.write(long)
    await visitor.sees("Donaudampfschifffahrt")

    await expect(visitor.messages("mine")).to_have_text([long])
    assert await visitor.sent() == [long]
    assert await overflow(visitor) == 0


async def test_long_conversation_is_read_in_parts(visitor: Visitor) -> None:
    await visitor.open()
    sid = await visitor.conversation_sid()
    for number in range(200):
        await visitor.stack.twilio.classic.add_message(
            sid, author="ai-assistant", body=f"Message {number}."
        )
    await visitor.sees("Message 199.")
    await visitor.page.reload()
    await visitor.sees("Message 199.")

    await expect(visitor.messages("agent")).to_have_count(30)
    while await visitor.widget.get_by_role("button", name="Show earlier messages").count():
        count = await visitor.messages("agent").count()
        await visitor.press("Show earlier messages")
        await expect(visitor.messages("agent")).not_to_have_count(count)

    await expect(visitor.messages("agent")).to_have_text([f"Message {one}." for one in range(200)])
