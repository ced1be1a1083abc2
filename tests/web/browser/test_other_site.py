"""The widget on a page of another origin, under a policy that allows it and nothing else."""

from __future__ import annotations

import json
import time

import pytest
from playwright.async_api import expect

from agent.web.visitors import make_proof
from tests.web.browser.conftest import SECRET, Places
from tests.web.browser.pages import address_of
from tests.web.browser.visitor import ASKS_HOURS, HOURS, Visitor

pytestmark = pytest.mark.asyncio(loop_scope="package")

LOG_EVENTS = """() => { window.events = [];
for (const name of ["open", "close", "message", "state", "unread"])
  AgentChat.on(name, (detail) => window.events.push([name, detail])); }"""


async def test_strict_policy_has_nothing_to_complain_about(
    visitor: Visitor, places: Places
) -> None:
    await visitor.go(address_of(places.site, title="<b>Ask & see</b>"))
    await visitor.open()
    await visitor.ask(ASKS_HOURS, HOURS)
    await visitor.is_with_human()

    await expect(visitor.widget.get_by_role("heading")).to_have_text("<b>Ask & see</b>")
    assert visitor.complaints == []


async def test_page_that_is_not_ours_is_told_so(visitor: Visitor, places: Places) -> None:
    await visitor.go(address_of(places.site.replace("127.0.0.1", "localhost")))
    await visitor.widget.get_by_role("button", name="Open chat").click()

    await visitor.sees("The chat cannot be reached.")

    assert any("AGENT_CHAT_ORIGINS" in one for one in visitor.complaints)


async def test_page_vouches_for_its_visitor(visitor: Visitor, places: Places) -> None:
    ana = "ana@example.org"
    proof = make_proof(SECRET, ana, int(time.time()) + 600)
    await visitor.go(address_of(places.site, identity=ana, proof=proof))
    await visitor.open()
    await visitor.ask(ASKS_HOURS, HOURS)

    authors = {
        message.author
        for conversation in visitor.stack.twilio.classic.conversations.values()
        for message in conversation.messages
    }
    assert ana in authors


async def test_page_cannot_vouch_without_the_secret(visitor: Visitor, places: Places) -> None:
    proof = make_proof("guessed", "ana@example.org", int(time.time()) + 600)
    await visitor.go(address_of(places.site, identity="ana@example.org", proof=proof))
    await visitor.widget.get_by_role("button", name="Open chat").click()

    await visitor.sees("The chat is not available on this page.")

    await expect(visitor.widget.get_by_role("button", name="Try again")).to_have_count(0)


async def test_page_opens_and_closes_it_and_hears_of_it(visitor: Visitor, places: Places) -> None:
    await visitor.go(address_of(places.site))
    await visitor.page.evaluate(LOG_EVENTS)

    await visitor.page.evaluate("AgentChat.open()")
    await visitor.ask(ASKS_HOURS, HOURS)
    await visitor.is_queued()
    await visitor.page.evaluate("AgentChat.close()")

    await expect(visitor.widget.get_by_role("button", name="Open chat")).to_be_visible()
    events = await visitor.page.evaluate("window.events")
    names = [name for name, _detail in events]
    assert names[0] == "open"
    assert names[-1] == "close"
    assert {"author": "agent", "text": await visitor.messages("agent").first.inner_text()} in [
        detail for name, detail in events if name == "message"
    ]
    assert [detail["name"] for name, detail in events if name == "state"][-1] == "queued"


@pytest.mark.parametrize("when", ["before", "after"])
async def test_context_is_kept_with_the_conversation(
    visitor: Visitor, places: Places, when: str
) -> None:
    await visitor.go(address_of(places.site))
    tell = "AgentChat.setContext({page: 'Boots', items: 2, member: true})"
    if when == "before":
        await visitor.page.evaluate(tell)
        await visitor.open()
    else:
        await visitor.open()
        async with visitor.page.expect_response("**/chat/token"):
            await visitor.page.evaluate(tell)
    await visitor.ask(ASKS_HOURS, HOURS)

    sid = await visitor.conversation_sid()
    attributes = json.loads(visitor.stack.twilio.classic.conversations[sid].attributes)
    assert attributes["context"] == {"page": "Boots", "items": 2, "member": True}
