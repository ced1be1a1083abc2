"""Nothing that was written is lost or sent twice, whatever happens to line, token and server."""

from __future__ import annotations

from typing import Final

import pytest
from playwright.async_api import Page, Route, expect

from tests.web.browser.visitor import ASKS_HOURS, HOURS, Visitor

pytestmark = pytest.mark.asyncio(loop_scope="package")

OFFLINE: Final = "No connection. What you write is kept"


async def test_written_offline_is_sent_once_when_back(visitor: Visitor) -> None:
    await visitor.open()
    await visitor.context.set_offline(True)
    await visitor.sees(OFFLINE)
    for text in ("One", "Two"):
        await visitor.write(text)
    await expect(visitor.widget.get_by_text("Waiting for the connection…")).to_have_count(2)

    await visitor.context.set_offline(False)

    await expect(visitor.messages("mine")).to_have_text(["One", "Two"])
    assert await visitor.sent() == ["One", "Two"]


async def test_written_offline_outlives_the_page(visitor: Visitor) -> None:
    await visitor.open()
    await visitor.context.set_offline(True)
    await visitor.sees(OFFLINE)
    await visitor.write("Do not forget me")
    await visitor.sees("Waiting for the connection…")
    context = visitor.context
    await visitor.page.close()

    await context.set_offline(False)
    visitor.page = await context.new_page()
    await visitor.go("/shop/returns.html")

    await visitor.widget.get_by_role("button", name="Open chat").click()
    await expect(visitor.messages("mine")).to_have_text(["Do not forget me"])
    assert await visitor.sent() == ["Do not forget me"]


async def test_answer_that_came_while_offline_is_there_when_back(visitor: Visitor) -> None:
    await visitor.open()
    task = await visitor.is_with_human()
    await visitor.context.set_offline(True)
    await visitor.sees(OFFLINE)
    await visitor.driver.flex.say(task.task_sid, "Where did you go?")

    await visitor.context.set_offline(False)

    await visitor.sees("Where did you go?")
    await expect(visitor.messages("human")).to_have_count(2)


async def test_message_whose_answer_was_lost_is_not_sent_again(visitor: Visitor) -> None:
    await visitor.open()

    async def lose_the_answer(route: Route) -> None:
        await route.fetch()
        await route.abort()

    await visitor.page.route("**/messages", lose_the_answer, times=1)
    await visitor.write(ASKS_HOURS)

    await visitor.sees(HOURS)
    assert await visitor.sent() == [ASKS_HOURS]


async def test_message_that_is_refused_may_be_sent_again(visitor: Visitor) -> None:
    await visitor.open()
    refusal = {"status": 400, "json": {"code": 20001, "message": "no"}}
    headers = {"Access-Control-Allow-Origin": "*"}
    await visitor.page.route(
        "**/messages", lambda route: route.fulfill(**refusal, headers=headers), times=1
    )
    await visitor.write(ASKS_HOURS)
    await visitor.sees("Not sent.")

    await visitor.press("Send again")

    await visitor.sees(HOURS)
    assert await visitor.sent() == [ASKS_HOURS]


async def test_draft_is_kept_on_the_next_page(visitor: Visitor) -> None:
    await visitor.open()
    await visitor.field.fill("Half a thou")

    await visitor.page.get_by_role("link", name="Returns").click()

    await expect(visitor.field).to_have_value("Half a thou")


async def test_expired_token_is_renewed_in_place(visitor: Visitor) -> None:
    await visitor.open()
    await visitor.ask(ASKS_HOURS, HOURS)
    identity = visitor.stack.twilio.classic.list_messages(await visitor.conversation_sid())[
        0
    ].author

    async with visitor.page.expect_response("**/chat/token"):
        await visitor.driver.post("/chat/expire-token", identity=identity)
    await visitor.write("Still there?")

    await expect(visitor.messages("agent")).to_have_count(2)
    await expect(visitor.messages("mine")).to_have_text([ASKS_HOURS, "Still there?"])


async def test_two_tabs_show_one_conversation(visitor: Visitor) -> None:
    await visitor.open()
    await visitor.ask(ASKS_HOURS, HOURS)
    other = await other_tab(visitor)

    await expect(other.messages("mine")).to_have_text([ASKS_HOURS])
    await other.write("From the other tab")

    for tab in (visitor, other):
        await expect(tab.messages("mine")).to_have_text([ASKS_HOURS, "From the other tab"])
        await expect(tab.messages("agent")).to_have_count(2)


async def test_two_tabs_send_what_was_written_offline_once(visitor: Visitor) -> None:
    await visitor.open()
    other = await other_tab(visitor)
    await visitor.context.set_offline(True)
    await visitor.sees(OFFLINE)
    await other.sees(OFFLINE)
    await visitor.write("From the first")
    await other.write("From the second")
    await expect(visitor.messages("mine")).to_have_text(["From the first", "From the second"])

    await visitor.context.set_offline(False)

    for tab in (visitor, other):
        await expect(tab.widget.locator(".fate")).to_have_count(0)
        await expect(tab.messages("mine")).to_have_count(2)
    assert sorted(await visitor.sent()) == ["From the first", "From the second"]


async def other_tab(visitor: Visitor) -> Visitor:
    page: Page = await visitor.context.new_page()
    other = Visitor(visitor.stack, visitor.driver, page)
    await other.go("/shop/returns.html")
    await other.open()
    return other


@pytest.mark.parametrize(
    ("status", "says"),
    [
        pytest.param(502, "The chat is not available right now.", id="Twilio refuses"),
        pytest.param(429, "Too many attempts.", id="too often"),
        pytest.param(0, "The chat cannot be reached. Check your connection", id="no answer"),
    ],
)
async def test_failure_to_connect_says_what_to_do(visitor: Visitor, status: int, says: str) -> None:
    async def fail(route: Route) -> None:
        if status:
            await route.fulfill(status=status, json={"detail": "no"}, headers={"Retry-After": "60"})
        else:
            await route.abort()

    await visitor.page.route("**/chat/token", fail, times=1)
    await visitor.widget.get_by_role("button", name="Open chat").click()
    await visitor.write(ASKS_HOURS)
    await visitor.sees(says)

    await visitor.press("Try again")

    await visitor.sees(HOURS)
    await expect(visitor.banner).to_be_hidden()


async def test_sdk_that_is_not_what_was_meant_is_not_run(visitor: Visitor) -> None:
    await visitor.page.route(
        "**/twilio-conversations.min.js",
        lambda route: route.fulfill(
            body="window.hacked = true", headers={"Access-Control-Allow-Origin": "*"}
        ),
    )
    await visitor.widget.get_by_role("button", name="Open chat").click()

    await visitor.sees("The chat is not available right now.")

    assert await visitor.page.evaluate("window.hacked") is None
