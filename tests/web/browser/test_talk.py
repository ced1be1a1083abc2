"""A visitor talks with the agent and with a human, in the widget on a page of the shop."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect

from tests.end_to_end.model_script import DONE, script, streaming, words
from tests.web.browser.visitor import ASKS_HOURS, HOURS, WANTS_HUMAN, Visitor

pytestmark = pytest.mark.asyncio(loop_scope="package")


NOTE_TYPING = """(widget) => { window.typing = [];
const line = widget.shadowRoot.querySelector(".typing");
new MutationObserver(() => window.typing.push(line.textContent)).observe(line, {childList: true});
}"""


async def test_visitor_is_answered(visitor: Visitor) -> None:
    await visitor.open()
    await visitor.write(ASKS_HOURS)

    await visitor.sees(HOURS)
    await expect(visitor.messages("mine")).to_have_text([ASKS_HOURS])
    await expect(visitor.widget.locator(".by")).to_have_text([re.compile("You"), re.compile("Ass")])
    assert visitor.complaints == []


async def test_answer_appears_word_by_word(visitor: Visitor) -> None:
    await visitor.open()
    await visitor.ask(ASKS_HOURS, HOURS)

    delays = (
        await visitor.messages("agent")
        .locator(".word")
        .evaluate_all("words => words.map((word) => parseFloat(word.style.animationDelay))")
    )
    assert len(delays) > 5
    assert delays == sorted(delays)
    assert delays[0] < delays[-1] <= 1400


async def test_agent_is_seen_typing_until_it_answers(visitor: Visitor) -> None:
    await visitor.open()
    await visitor.widget.evaluate(NOTE_TYPING)

    await visitor.ask(ASKS_HOURS, HOURS)

    await expect(visitor.widget.locator(".typing")).to_be_empty()
    assert await visitor.page.evaluate("window.typing") == ["The assistant is typing…", ""]


async def test_visitor_and_human_talk_until_the_agent_is_back(visitor: Visitor) -> None:
    await visitor.open()
    await visitor.write(WANTS_HUMAN)
    await visitor.sees("Waiting for a colleague")
    task = await visitor.task()

    await visitor.driver.flex.accept(task.task_sid)
    await visitor.sees("Jordan has joined.")
    await visitor.sees("Jordan answers")
    await expect(visitor.banner).to_be_hidden()
    await visitor.driver.flex.say(task.task_sid, "Hi, this is Jordan")
    await visitor.sees("Hi, this is Jordan")
    await visitor.write("My parcel is lost")
    assert "My parcel is lost" in await visitor.sent()
    await visitor.driver.flex.complete(task.task_sid, close=False)
    await visitor.sees("Jordan has left.")
    await visitor.sees("The assistant is here again.")
    await visitor.ask(ASKS_HOURS, HOURS)

    said = [one.text for one in (await visitor.driver.flex.task(task.task_sid)).transcript]
    assert "My parcel is lost" in said
    await expect(visitor.messages("human")).to_have_text(["Hi, this is Jordan"])
    assert visitor.complaints == []


async def test_visitor_may_start_again_after_the_end(visitor: Visitor) -> None:
    await visitor.open()
    task = await visitor.is_with_human()
    await visitor.driver.flex.complete(task.task_sid)

    await visitor.sees("This conversation has ended.")
    await expect(visitor.field).to_be_hidden()
    await visitor.press("Start a new conversation")
    await visitor.ask(ASKS_HOURS, HOURS)

    await expect(visitor.messages("human")).to_have_count(0)


async def test_visitor_may_stop_waiting(visitor: Visitor) -> None:
    await visitor.open()
    await visitor.is_queued()

    await visitor.press("Stop waiting")

    await visitor.sees("Nobody is being asked to take over any more.")
    await expect(visitor.messages("mine").last).to_have_text("Never mind, thank you.")
    await expect(visitor.banner).to_be_hidden()
    await visitor.ask(ASKS_HOURS, HOURS)
    assert (await visitor.task()).status == "canceled"


async def test_handoff_that_fails_leaves_the_agent_serving(visitor: Visitor) -> None:
    await visitor.open()
    await visitor.driver.fail(product="studio", method="POST", status=400, times=10)

    await visitor.write(WANTS_HUMAN)

    await visitor.sees("No colleague could be reached.")
    await visitor.sees("I could not reach a colleague just now")
    await expect(visitor.banner).to_be_hidden()
    await visitor.ask(ASKS_HOURS, HOURS)


async def test_nobody_available_is_told_when_it_is_known(visitor: Visitor) -> None:
    await visitor.open()
    await visitor.driver.flex.set_available(False)
    task = await visitor.is_queued()

    await visitor.stack.twilio.taskrouter.cancel(task.task_sid, "Task TTL Exceeded")

    await visitor.driver.flex.set_available(True)
    await visitor.sees("No colleague could be reached. The assistant is still here")


@pytest.mark.parametrize(
    ("situation", "shows"),
    [
        ("serving", "The assistant answers"),
        ("queued", "Waiting for a colleague. You can go on writing"),
        ("human", "Jordan answers"),
        ("returned", "The assistant answers"),
        ("ended", "This conversation has ended."),
    ],
)
async def test_reload_and_next_page_go_on(visitor: Visitor, situation: str, shows: str) -> None:
    await visitor.open()
    await visitor.ask(ASKS_HOURS, HOURS)
    if situation == "queued":
        await visitor.is_queued()
    elif situation != "serving":
        task = await visitor.is_with_human()
        if situation in ("returned", "ended"):
            await visitor.driver.flex.complete(task.task_sid, close=situation == "ended")
    await visitor.sees(shows)
    seen = await visitor.widget.locator(".message .words").all_text_contents()

    for move in (visitor.page.reload, visitor.page.get_by_role("link", name="Returns").click):
        await move()
        if situation == "ended":
            await expect(visitor.field).to_be_visible()
            continue
        await visitor.sees(shows)
        await expect(visitor.widget.locator(".message .words")).to_have_text(seen)


async def test_unread_messages_are_counted_while_closed(visitor: Visitor) -> None:
    await visitor.open()
    task = await visitor.is_with_human()
    await visitor.press("Close chat")

    for text in ("Are you there?", "I will wait."):
        await visitor.driver.flex.say(task.task_sid, text)

    await visitor.press("Open chat, 2 unread")
    await visitor.sees("I will wait.")


HOSTILE = """
<img src=x onerror=alert(1)> <script>alert(1)</script> "><svg onload=alert(1)>
javascript:alert(1) data:text/html,<script>alert(1)</script>
https://example.org/"onmouseover='alert(1)' https://example.org/a?b=c&lt;d.
{{constructor.constructor('alert(1)')()}} &lt;b&gt;
"""


async def test_words_are_never_markup(visitor: Visitor) -> None:
    visitor.page.on("dialog", lambda dialog: visitor.complaints.append(dialog.message))
    await visitor.open()
    await script(visitor.stack, streaming(words(f"model {HOSTILE}"), DONE))
    await visitor.write(f"visitor {HOSTILE}")
    await expect(visitor.messages("agent")).to_have_count(1)
    await visitor.is_with_human(f"human {HOSTILE}")

    links = visitor.widget.locator(".words a")
    for kind in ("mine", "agent", "human"):
        words_ = visitor.messages(kind).first
        assert HOSTILE.strip() in await words_.inner_text()
        await expect(words_.locator("*:not(.word):not(a)")).to_have_count(0)
    assert {await one.get_attribute("href") for one in await links.all()} == {
        "https://example.org/",
        "https://example.org/a?b=c&lt;d",
    }
    assert {await one.get_attribute("rel") for one in await links.all()} == {"noopener noreferrer"}
    assert visitor.complaints == []
