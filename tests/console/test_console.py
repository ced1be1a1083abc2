"""The console in a browser: a visitor plays customer and human, and watches what happens."""

from __future__ import annotations

import asyncio
import re
from typing import Literal

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Route, expect

from getting_started.local import LocalStack
from tests.console.visitor import ASKS_HOURS, GOODBYE, GREETING, HOURS, WANTS_HUMAN, Visitor
from tests.end_to_end.model_script import DONE, script, streaming, words

pytestmark = pytest.mark.asyncio(loop_scope="package")

SERIOUS = {"serious", "critical"}
LONG = 2000
"""So many words take longer than anybody needs to cut in."""
HOSTILE = '<img src=x onerror="window.broken = 1"> </script><script>window.broken = 1</script> \'"&'


async def test_call_is_handed_over_and_answered_by_a_human(visitor: Visitor) -> None:
    await visitor.call()
    await visitor.say(WANTS_HUMAN)
    await visitor.hears(GOODBYE)

    await expect(visitor.state).to_have_text("Waiting for a human")
    await expect(visitor.widget("send_call_to_flex")).to_have_attribute("data-lit", "current")
    await expect(visitor.widget("split_on_handoff")).to_have_attribute("data-lit", "walked")
    await expect(visitor.desk).to_contain_text(f'The customer asks for a person: "{WANTS_HUMAN}"')
    await expect(visitor.desk.locator(".card").nth(1)).to_contain_text("The virtual agent said")

    await visitor.accept()
    await expect(visitor.state).to_have_text("With Jordan")
    await visitor.answer("Hi, this is Jordan.")
    await visitor.hears("Hi, this is Jordan.")

    await visitor.press("Complete")
    await expect(visitor.state).to_have_text("Call ended")
    await visitor.press("Call the agent")
    await expect(visitor.state).to_have_text("With the virtual agent")


@pytest.mark.parametrize("device", ["Messages", "Web chat"])
async def test_message_is_handed_over_and_comes_back_to_the_agent(
    visitor: Visitor, device: str
) -> None:
    await visitor.use(device)
    await visitor.say(WANTS_HUMAN)
    await visitor.hears(GOODBYE)
    await expect(visitor.widget("send_conversation_to_flex")).to_have_attribute(
        "data-lit", "walked"
    )

    await visitor.accept()
    await visitor.answer("Jordan here.")
    await visitor.hears("Jordan here.")
    await visitor.press("Return to the agent")
    await expect(visitor.desk.locator(".badge").first).to_have_text("Done")
    await visitor.say(ASKS_HOURS)

    await visitor.hears(HOURS)


async def test_words_of_the_agent_stream_in_and_can_be_cut(
    stack: LocalStack, visitor: Visitor
) -> None:
    await visitor.call()
    await script(stack, streaming(*[words(f"number {count} ") for count in range(LONG)]))
    await visitor.say("Count, please")
    await expect(visitor.thread.locator(".pending p")).to_contain_text("number 3")

    await visitor.say("Stop!")

    await expect(visitor.thread).to_contain_text("cut off")
    heard = await visitor.thread.locator(".bubble", has_text="cut off").locator("p").text_content()
    assert heard is not None
    assert "number 3" in heard
    assert f"number {LONG - 1}" not in heard


async def test_keys_are_pressed_and_call_is_hung_up(visitor: Visitor) -> None:
    await visitor.call()

    await visitor.press("Keypad")
    async with visitor.page.expect_response(
        lambda answer: answer.url.endswith("/press")
    ) as pressed:
        await visitor.press("5")
    await visitor.press("Hang up")

    assert (await pressed.value).ok
    await expect(visitor.state).to_have_text("Call ended")


async def test_nobody_available_leaves_the_caller_in_the_queue(visitor: Visitor) -> None:
    await visitor.turn("Nobody available")
    await visitor.call()
    await visitor.say(WANTS_HUMAN)
    await expect(visitor.state).to_have_text("Waiting for a human")
    accept = visitor.desk.get_by_role("button", name="Accept")
    await expect(accept).to_be_disabled()

    await visitor.turn("Nobody available", on=False)
    await expect(accept).to_be_enabled()
    await visitor.accept()

    await expect(visitor.state).to_have_text("With Jordan")


async def test_studio_down_leaves_the_agent_serving(visitor: Visitor) -> None:
    await visitor.turn("Studio down")
    await visitor.use("Messages")
    await visitor.say(WANTS_HUMAN)
    await visitor.hears("could not")

    await visitor.say(ASKS_HOURS)

    await visitor.hears(HOURS)
    await expect(visitor.page.locator(".row[data-kind=fault]").first).to_contain_text("503")


async def test_switch_is_not_turned_back_by_an_older_look(
    stack: LocalStack, visitor: Visitor
) -> None:
    is_turned = asyncio.Event()

    async def answer_late(route: Route) -> None:
        answer = await route.fetch()
        await is_turned.wait()
        await route.fulfill(response=answer)

    await visitor.page.route("**/_emulator/faults", answer_late, times=1)
    await visitor.open()
    await visitor.turn("Studio down")
    async with visitor.page.expect_request_finished(
        lambda request: request.url.endswith("/_emulator/faults")
    ):
        is_turned.set()
    await visitor.page.evaluate("fetch('console/settings').then((answer) => answer.text())")

    assert stack.twilio.faults.rules
    assert await visitor.page.get_by_role("switch", name="Studio down").is_checked()


@pytest.mark.parametrize("switch", ["Model slow", "Model down"])
async def test_failing_model_is_no_silence(visitor: Visitor, switch: str) -> None:
    await visitor.call()
    await visitor.turn(switch)
    await visitor.say(ASKS_HOURS)

    await expect(visitor.thread.locator("[data-side=agent]:not(.pending)")).to_have_count(2)


async def test_reload_resumes(visitor: Visitor) -> None:
    await visitor.call()
    await visitor.say(WANTS_HUMAN)
    await expect(visitor.state).to_have_text("Waiting for a human")
    await visitor.box.fill("not yet said")
    seen = await visitor.thread.inner_text()

    await visitor.page.reload()

    await expect(visitor.state).to_have_text("Waiting for a human")
    await expect(visitor.thread).to_have_text(seen, use_inner_text=True)
    await expect(visitor.box).to_have_value("not yet said")
    await expect(visitor.widget("send_call_to_flex")).to_have_attribute("data-lit", "current")
    await expect(visitor.desk.get_by_role("button", name="Accept")).to_be_visible()


async def test_markup_stays_text_wherever_it_is_shown(stack: LocalStack, visitor: Visitor) -> None:
    await visitor.use("Messages")
    await script(stack, streaming(words(f"model {HOSTILE}"), DONE))
    await visitor.say(f"customer {HOSTILE}")
    await visitor.hears(f"model {HOSTILE}")
    await visitor.say(f"{WANTS_HUMAN} {HOSTILE}")
    await visitor.accept()
    await visitor.answer(f"human {HOSTILE}")
    await visitor.hears(f"human {HOSTILE}")

    await expect(visitor.desk.locator(".thread")).to_contain_text(f"human {HOSTILE}")
    await visitor.page.get_by_label("Filter the wire").fill("human <img src=x")
    row = visitor.page.locator(".row", has_text="COMMUNICATION_CREATED /webhook")
    await row.locator("summary").click()
    await expect(row.locator("pre").nth(1)).to_contain_text("<img src=x")
    assert await visitor.page.evaluate("window.broken") is None
    assert await visitor.page.locator("main img").count() == 0


async def test_step_shows_its_input_and_output(visitor: Visitor) -> None:
    await visitor.call()
    await visitor.say(WANTS_HUMAN)
    await expect(visitor.widget("send_call_to_flex")).to_have_attribute("data-lit", "current")

    await visitor.press("read_voice_handoff")

    step = visitor.page.get_by_label("One step")
    await expect(step).to_contain_text("set-variables · next → send_call_to_flex")
    await expect(step).to_contain_text("customer_request")
    await visitor.press("Close")
    await expect(step).to_be_hidden()


async def test_wire_is_filtered_by_kind_and_words(visitor: Visitor) -> None:
    await visitor.call()
    rows = visitor.page.locator(".row")
    await expect(rows.filter(has_text="setup").last).to_be_visible()

    await visitor.press("Frames")
    await expect(rows.filter(has_text="setup")).to_have_count(0)
    await visitor.press("Frames")
    await visitor.page.get_by_label("Filter the wire").fill(visitor.number)
    await expect(rows.filter(has_text="/twiml").last).to_contain_text(re.compile(r"200 · \d+ ms"))


async def test_phone_sized_screen_shows_one_panel_at_a_time(visitor: Visitor) -> None:
    await visitor.page.set_viewport_size({"width": 390, "height": 780})
    views = visitor.page.get_by_role("navigation", name="Views")

    for view, name in (("Flow", "Studio flow"), ("Desk", "Desk"), ("Wire", "Wire")):
        await views.get_by_role("button", name=view).click()
        shown = visitor.page.locator(".panel:visible")
        await expect(shown).to_have_count(1)
        await expect(shown.get_by_role("heading", name=name)).to_be_visible()

    width = await visitor.page.evaluate("document.documentElement.scrollWidth")
    assert width == 390


async def test_keyboard_alone_is_enough(visitor: Visitor) -> None:
    await visitor.page.get_by_role("tab", name="Messages").focus()
    await visitor.page.keyboard.press("ArrowLeft")
    await expect(visitor.page.get_by_role("tab", name="Phone")).to_be_focused()
    await visitor.page.keyboard.press("Tab")
    await visitor.page.keyboard.press("Tab")
    await expect(visitor.page.get_by_role("button", name="Call the agent")).to_be_focused()
    await visitor.page.keyboard.press("Enter")
    await visitor.hears(GREETING)

    await expect(visitor.box).to_be_focused()
    await visitor.page.keyboard.type(ASKS_HOURS)
    await visitor.page.keyboard.press("Enter")

    await visitor.hears(HOURS)


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing_serious(
    visitor: Visitor, scheme: Literal["light", "dark"]
) -> None:
    await visitor.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    await visitor.call()
    await visitor.say(WANTS_HUMAN)
    await expect(visitor.desk.get_by_role("button", name="Accept")).to_be_visible()
    await visitor.turn("Studio down")
    await visitor.press("read_voice_handoff")
    await visitor.page.locator(".row summary").last.click()

    results = await Axe().run(visitor.page)

    serious = [one for one in results.response["violations"] if one["impact"] in SERIOUS]
    assert [(one["id"], one["nodes"]) for one in serious] == []


async def test_burst_of_events_stays_bounded(stack: LocalStack, visitor: Visitor) -> None:
    for number in range(1500):
        await stack.twilio.journal.record(
            "webhook", method="POST", url=f"http://app.example/burst/{number}", status=200, body=""
        )

    rows = visitor.page.locator(".row")
    await expect(rows.filter(has_text="/burst/1499")).to_be_visible()
    assert await rows.count() <= 500
