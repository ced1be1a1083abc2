"""`handoff.py`, the main example, as a newcomer runs it."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from getting_started.demo_model.app import create_demo_model
from getting_started.local import LIVE_VARIABLES
from getting_started.serving import listen, serving
from tests.commands import FEATURES, finish, interrupt, read_until, run, started
from tests.environment import COMPLETE

HANDOFF = FEATURES / "handoff.py"
ANY_PORTS = ("--emulator-port", "0", "--agent-port", "0")


@pytest.mark.parametrize(
    ("channel", "widget"),
    [
        ("voice", "send_call_to_flex waits for a human"),
        ("sms", "send_conversation_to_flex callComplete"),
        ("chat", "send_conversation_to_flex callComplete"),
    ],
)
async def test_demo_shows_the_whole_story(tmp_path: Path, channel: str, widget: str) -> None:
    shown = await run(tmp_path, HANDOFF, "--demo", channel, "--attribute", "tier=gold plus")

    assert (shown.code, shown.err) == (0, ""), shown.out
    parts = [
        "Ana I would like to talk to a person, please.",
        "agent I am connecting you with a colleague now.",
        "1 Trigger",
        widget,
        "Flex task WT",
        "conversationId conv_conversation_",
        'reason The customer asks for a person: "I would like to talk to a person, please."',
        "tier gold plus",
        "Jordan accepts the task",
        "Jordan Hi Ana, this is Jordan.",
        f"✓ {channel}: handed over once, and a human answered",
    ]
    places = [shown.out.find(part) for part in parts]
    assert -1 not in places
    assert places == sorted(places)


async def test_agent_command_plays_the_demo_too(tmp_path: Path) -> None:
    shown = await run(tmp_path, "-m", "agent", "demo", "chat", "--attribute", "tier=gold")

    assert (shown.code, shown.err) == (0, "")
    assert "tier gold" in shown.out


async def test_demo_leaves_a_live_account_alone(tmp_path: Path) -> None:
    async with serving(create_demo_model(), listen()) as model_url:
        shown = await run(
            tmp_path, HANDOFF, "--demo", "chat", **COMPLETE | {"OPENAI_BASE_URL": f"{model_url}/v1"}
        )

    assert (shown.code, shown.err) == (0, "")
    assert "language model gpt-5.4-mini. Your Twilio settings are not used." in shown.out


async def test_demo_that_fails_says_so(tmp_path: Path) -> None:
    shown = await run(tmp_path, HANDOFF, "--demo", "chat", OPENAI_BASE_URL="http://127.0.0.1:1/v1")

    assert shown.code == 1
    assert "✗ chat: the agent handed over because its model failed" in shown.out
    assert "The model failed" in shown.err
    assert "Traceback" not in shown.err


@pytest.mark.parametrize("pair", ["tier", "=gold", ""])
async def test_malformed_attribute_is_explained(tmp_path: Path, pair: str) -> None:
    shown = await run(tmp_path, HANDOFF, "--attribute", pair)

    assert shown.code == 2
    assert shown.err == f"--attribute takes KEY=VALUE, as priority=high; got {pair!r}\n"


async def test_half_an_environment_never_means_the_emulator(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(f"TWILIO_ACCOUNT_SID={COMPLETE['TWILIO_ACCOUNT_SID']}\n")

    shown = await run(tmp_path, HANDOFF, *ANY_PORTS)

    assert (shown.code, shown.out) == (2, "")
    missing = {*LIVE_VARIABLES, "OPENAI_API_KEY"} - {"TWILIO_ACCOUNT_SID"}
    assert all(f"{variable}: is not set" in shown.err for variable in missing)


async def test_serves_the_console_until_interrupted(tmp_path: Path) -> None:
    async with started(tmp_path, HANDOFF, *ANY_PORTS) as process:
        said = await read_until(process, "Stop with Ctrl+C")
        async with httpx.AsyncClient(trust_env=False) as client:
            page = await client.get(said.partition("Agent  ")[2].split()[0])
        ended = await interrupt(process)

    assert all(f"{part}  http://127.0.0.1:" in said for part in ("emulator", "Agent          "))
    assert "<title>Handoff console</title>" in page.text
    assert "demo model (rules, not a language model)" in said
    assert (ended.code, ended.err) == (0, "")


async def test_usual_ports_are_8700_and_8000(tmp_path: Path) -> None:
    if not _are_free(8700, 8000):
        pytest.skip("something runs on the usual ports")

    async with started(tmp_path, HANDOFF) as process:
        said = await read_until(process, "Stop with Ctrl+C")

    assert "http://127.0.0.1:8700" in said
    assert "http://127.0.0.1:8000" in said


@pytest.mark.parametrize(
    ("option", "what"), [("--emulator-port", "the Twilio emulator"), ("--agent-port", "the agent")]
)
async def test_taken_port_is_named(tmp_path: Path, option: str, what: str) -> None:
    with listen() as taken:
        taken.listen()
        port = str(taken.getsockname()[1])
        shown = await run(tmp_path, HANDOFF, *ANY_PORTS, option, port)

    assert shown.code == 2
    assert f"Port {port} is taken, so {what} cannot start." in shown.err
    assert option in shown.err


@pytest.mark.parametrize(
    ("options", "told"),
    [
        pytest.param(["--agent-port", "70000"], "cannot listen on port 70000", id="no such port"),
        pytest.param(["--agent-port", "{0}", "--emulator-port", "{0}"], "is taken", id="one twice"),
    ],
)
async def test_port_that_cannot_be_had(tmp_path: Path, options: list[str], told: str) -> None:
    with listen() as free:
        port = free.getsockname()[1]
    shown = await run(tmp_path, HANDOFF, *ANY_PORTS, *[one.format(port) for one in options])

    assert (shown.code, shown.out) == (2, "")
    assert told in shown.err
    assert "Traceback" not in shown.err


async def test_database_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "agent.db").write_text("no database " * 100)
    shown = await run(tmp_path, HANDOFF, "--demo", "chat", AGENT_DATABASE_URL="sqlite:///agent.db")

    assert (shown.code, shown.out) == (2, "")
    assert "sqlite:///agent.db cannot be used: file is not a database" in shown.err
    assert "Traceback" not in shown.err


async def test_interrupted_demo_stops_at_once(tmp_path: Path) -> None:
    async with started(tmp_path, HANDOFF, "--demo", "voice") as process:
        await read_until(process, "Hello, you have reached")
        ended = await interrupt(process)

    assert (ended.code, ended.err) == (1, "")


async def test_customer_can_join_the_agent_that_runs(tmp_path: Path) -> None:
    async with started(tmp_path, HANDOFF, *ANY_PORTS) as process:
        said = await read_until(process, "Stop with Ctrl+C")
        url = said.partition("Twilio emulator")[2].split()[0]
        async with started(tmp_path, FEATURES / "chat.py", "--type", "--emulator", url) as visitor:
            shown = await finish(visitor, "When are you open on Saturdays?\n")

    assert (shown.code, shown.err) == (0, "")
    assert "agent Our store" in shown.out


def _are_free(*ports: int) -> bool:
    try:
        for port in ports:
            listen(port=port).close()
    except OSError:
        return False
    return True
