"""The agent on a local Twilio: emulator, demo model and agent in one process."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from socket import socket

from agent.app import create_app
from agent.errors import AgentError
from agent.handoff.delivery import AddAttributes
from agent.settings import Settings, load_settings, variable_of
from getting_started.demo_model.app import create_demo_model
from getting_started.serving import listen, serving, url_of
from getting_started.twilio_emulator.app import create_emulator
from getting_started.twilio_emulator.seed import seed
from getting_started.twilio_emulator.twilio import Twilio

EMULATOR_PORT = 8700
AGENT_PORT = 8000
TOKEN_SECONDS = 0.02
LIVE_VARIABLES = frozenset(
    variable_of(field)
    for field in (
        "account_sid",
        "auth_token",
        "api_key",
        "api_secret",
        "phone_number",
        "conversation_configuration_id",
        "handoff_flow_sid",
        "voice_public_domain",
    )
)


def is_live(environment: Mapping[str, str]) -> bool:
    """Whether anything says that Twilio itself is meant; half an environment does too."""
    return not LIVE_VARIABLES.isdisjoint(environment)


@dataclass(frozen=True)
class LocalStack:
    """What runs, and where."""

    twilio: Twilio
    emulator_url: str
    agent_url: str
    model_url: str
    settings: Settings

    @property
    def has_demo_model(self) -> bool:
        return self.settings.openai_base_url == f"{self.model_url}/v1"


@asynccontextmanager
async def running_locally(
    environment: Mapping[str, str],
    *,
    emulator_port: int = 0,
    agent_port: int = 0,
    token_seconds: float = 0.0,
    add_attributes: AddAttributes | None = None,
) -> AsyncIterator[LocalStack]:
    """Run everything while the block runs. Ports of 0 are chosen by the system.

    `environment` may hold any setting but Twilio's own; with `OPENAI_API_KEY` or
    `OPENAI_BASE_URL` that model answers in place of the demo model. Raises AgentError when a
    port is taken.
    """
    emulator_listener = _listen(emulator_port, "the Twilio emulator")
    agent_listener = _listen(agent_port, "the agent")
    model_listener = listen()
    twilio = Twilio(url_of(emulator_listener))
    model_url = url_of(model_listener)
    settings = load_settings(
        {
            **_model_environment(environment, model_url),
            **environment,
            **seed(twilio, url_of(agent_listener)),
        }
    )
    async with AsyncExitStack() as stack:
        emulator_url = await stack.enter_async_context(
            serving(create_emulator(twilio), emulator_listener)
        )
        model = create_demo_model(token_seconds=token_seconds)
        await stack.enter_async_context(serving(model, model_listener))
        app = create_app(settings, add_attributes=add_attributes)
        agent_url = await stack.enter_async_context(serving(app, agent_listener))
        yield LocalStack(twilio, emulator_url, agent_url, model_url, settings)


def _model_environment(environment: Mapping[str, str], model_url: str) -> dict[str, str]:
    if {"OPENAI_API_KEY", "OPENAI_BASE_URL"} & set(environment):
        return {}
    return {"OPENAI_BASE_URL": f"{model_url}/v1", "OPENAI_MODEL": "demo-model"}


def _listen(port: int, what: str) -> socket:
    try:
        return listen(port=port)
    except OSError:
        raise AgentError(
            f"Port {port} is taken, so {what} cannot start. Is it running in another terminal? "
            "Stop that one first."
        ) from None
