"""Where scripted customers play."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi import FastAPI

from agent.errors import AgentError, TwilioApiError
from getting_started.demo_model.app import create_demo_model
from getting_started.serving import listen, serving
from getting_started.stage import stage
from getting_started.twilio_emulator.seed import access, seed
from getting_started.twilio_emulator.twilio import Twilio
from tests.commands import FEATURES, run
from tests.environment import COMPLETE
from tests.ports import reserved_port

NO_MODEL = {"OPENAI_BASE_URL": "http://127.0.0.1:1/v1"}
NOWHERE = "http://127.0.0.1:1"


async def test_demo_plays_on_the_emulator_that_runs(twilio: Twilio, tmp_path: Path) -> None:
    with reserved_port() as port:
        environment = seed(twilio, f"http://127.0.0.1:{port}") | {
            "TWILIO_SERVER_HOST": "127.0.0.1",
            "TWILIO_SERVER_PORT": str(port),
        }
        async with serving(create_demo_model(), listen()) as model_url:
            shown = await run(
                tmp_path,
                FEATURES / "handoff.py",
                "--demo",
                "sms",
                **environment,
                OPENAI_BASE_URL=f"{model_url}/v1",
            )

    assert (shown.code, shown.err) == (0, "")
    assert f"On the Twilio emulator at {twilio.base_url}" in shown.out
    assert [task.status for task in twilio.taskrouter.tasks.values()] == ["completed"]


async def test_agent_that_cannot_start_says_why(twilio: Twilio) -> None:
    with reserved_port() as port:
        environment = {
            **seed(twilio, f"http://127.0.0.1:{port}"),
            **NO_MODEL,
            "TWILIO_API_SECRET": "wrong",
            "TWILIO_SERVER_HOST": "127.0.0.1",
            "TWILIO_SERVER_PORT": str(port),
        }
        with pytest.raises(TwilioApiError, match="HTTP 401"):
            async with stage(environment):
                pass


async def test_agent_that_runs_is_taken(twilio: Twilio) -> None:
    app = FastAPI()
    app.add_api_route("/healthz", lambda: {"status": "ok"})

    async with (
        serving(app, listen()) as agent_url,
        stage({**seed(twilio, agent_url), **NO_MODEL}) as found,
    ):
        assert f"with the agent that runs at {agent_url}" in found.introduction
        assert found.emulator_url == twilio.base_url


async def test_emulator_that_has_ended_is_named() -> None:
    environment = {**COMPLETE, "AGENT_TWILIO_BASE_URL": NOWHERE + "/{product}"}

    with pytest.raises(AgentError, match=f"an emulator at {NOWHERE}, and there is none"):
        async with stage(environment):
            pass


async def test_what_setup_would_have_made_is_named(twilio: Twilio) -> None:
    with pytest.raises(AgentError, match="TWILIO_STUDIO_HANDOFF_FLOW_SID: is not set"):
        async with stage({**access(twilio, NOWHERE), **NO_MODEL}):
            pass


async def test_base_address_of_another_machine_is_not_played_on() -> None:
    environment = {**NO_MODEL, "AGENT_TWILIO_BASE_URL": "https://{product}.example.org"}

    async with stage(environment) as found:
        assert found.emulator_url.startswith("http://127.0.0.1:")
