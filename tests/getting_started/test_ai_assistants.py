"""Both guides on transitions of AI Assistants, as the example plays them."""

from __future__ import annotations

from pathlib import Path

import pytest

from getting_started.assistants_demo import STORIES, Guide, Talk
from getting_started.local import running_locally
from getting_started.twilio_emulator.assistants.seed import assistant_service_sid
from getting_started.twilio_emulator.driver import Driver
from getting_started.twilio_emulator.faults import Fault
from tests.commands import FEATURES, run

EXAMPLE = FEATURES / "ai_assistants.py"
STUDIO = (
    "Ana I want a refund, please.",
    "Tool call: Studio Handover",
    "X-Session-Id webhook:conversations__IS",
    "answer 200 Our refunds desk takes over from here.",
    "flow This is about your refund.",
    "flow Thank you. We have noted the refund of order 1042",
    "3 confirm_refund sent",
    "The assistant does not listen: a Studio flow has the conversation.",
)
FLEX = (
    "Tool call: Flex Agent Handover",
    "answer 200 Transferred to human agent",
    "Flex task WT",
    "customerName ana-flex",
    "Jordan accepts the task",
    "Jordan Hi Ana, this is Jordan.",
    "The assistant does not listen: there is a second participant.",
)


async def test_example_plays_both_guides(tmp_path: Path) -> None:
    shown = await run(tmp_path, EXAMPLE)

    assert (shown.code, shown.err) == (0, ""), shown.out
    places = [shown.out.find(part) for part in (*STUDIO, *FLEX)]
    assert -1 not in places
    assert places == sorted(places)
    assert "✓ studio: handed over once" in shown.out
    assert "✓ flex: handed over once" in shown.out


async def test_one_guide_can_be_chosen(tmp_path: Path) -> None:
    shown = await run(tmp_path, EXAMPLE, "--demo", "flex")

    assert (shown.code, "Tool call: Studio Handover" in shown.out) == (0, False)


@pytest.mark.parametrize(("guide", "product"), [(Guide.STUDIO, "studio"), (Guide.FLEX, "flex-api")])
async def test_guide_that_fails_says_so(guide: Guide, product: str) -> None:
    async with (
        running_locally({"AGENT_TWILIO_SECONDS": "0.4"}, has_assistant=True) as stack,
        Driver(stack.emulator_url) as driver,
    ):
        chat = await driver.chat.start("ana", service_sid=assistant_service_sid(stack.twilio))
        stack.twilio.faults.add(Fault(product=product, status=503))

        problem = await STORIES[guide](stack, Talk(driver, chat, since=0))

    assert problem == "the tool's calls were answered [502], not [200]"
