"""`voice.py` and `chat.py --type`: the customer and the human's desk, by typing."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from tests.commands import FEATURES, finish, interrupt, read_until, run, started

ASK_FOR_A_PERSON = "When are you open on Saturdays?\nI want to talk to a person\n"
HUMAN_TALKS = "/accept\n/human Jordan here [sic]\n/complete\n"


EXAMPLES = (("voice.py",), ("chat.py", "--type"))


@pytest.mark.parametrize("example", EXAMPLES)
async def test_customer_reaches_the_desk_and_is_answered(
    tmp_path: Path, example: tuple[str, ...]
) -> None:
    shown = await run(
        tmp_path, FEATURES / example[0], *example[1:], typed=ASK_FOR_A_PERSON + HUMAN_TALKS
    )

    assert (shown.code, shown.err) == (0, "")
    parts = [
        "agent Our store at 12 Harbor Street",
        "agent I am connecting you with a colleague now.",
        "waits at the human's desk: type /accept",
        "Jordan Jordan here [sic]",
    ]
    places = [shown.out.find(part) for part in parts]
    assert -1 not in places
    assert places == sorted(places)


async def test_senseless_command_is_explained(tmp_path: Path) -> None:
    shown = await run(tmp_path, FEATURES / "chat.py", "--type", typed="/accept\n/wave\n")

    assert (shown.code, shown.err) == (0, "")
    assert "No task is at the desk: the agent has not handed over" in shown.out
    assert "There is no /wave; there are /accept, /human, /complete" in shown.out


@pytest.mark.parametrize("example", EXAMPLES)
async def test_interrupt_ends_it_while_the_input_waits(
    tmp_path: Path, example: tuple[str, ...]
) -> None:
    async with started(tmp_path, FEATURES / example[0], *example[1:]) as process:
        await read_until(process, "You are the ")
        ended = await interrupt(process)

    assert (ended.code, ended.err) == (0, "")


async def test_emulator_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    shown = await run(tmp_path, FEATURES / "chat.py", "--type", "--emulator", "http://127.0.0.1:1")

    assert shown.code == 2
    assert shown.err.startswith("There is no emulator at http://127.0.0.1:1: ")


async def test_page_of_the_shop_is_served_beside_the_desk(tmp_path: Path) -> None:
    async with started(tmp_path, FEATURES / "chat.py", "--agent-port", "0") as process:
        said = await read_until(process, "The shop with the chat: ")
        address = said.split()[-1]
        await read_until(process, "This terminal is the human's.")
        async with httpx.AsyncClient() as client:
            page = await client.get(address)
            widget = await client.get(f"{address.removesuffix('shop/')}chat/widget.js")
        ended = await finish(process, "/accept\n")

    assert '<script async src="/chat/widget.js"' in page.text
    assert "'unsafe-inline'" not in page.headers["content-security-policy"]
    assert "AgentChat" in widget.text
    assert (ended.code, ended.err) == (0, "")
    assert "No task is at the desk" in ended.out
