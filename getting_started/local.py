"""The agent on a local Twilio: emulator, demo model and agent in one process."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from socket import socket

from fastapi import FastAPI
from rich.console import Console

from agent.app import create_app
from agent.errors import AgentError, SettingsError
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


def add_attributes(environment: Mapping[str, str], pairs: Sequence[str]) -> dict[str, str]:
    """`environment` with `KEY=VALUE` pairs among the attributes of every handoff.

    Raises SettingsError for a pair that is none.
    """
    for pair in pairs:
        if not pair.partition("=")[0].strip() or "=" not in pair:
            raise SettingsError(f"--attribute takes KEY=VALUE, as priority=high; got {pair!r}")
    if not pairs:
        return dict(environment)
    variable = variable_of("handoff_attributes")
    added = dict(pair.split("=", 1) for pair in pairs)
    try:
        configured = json.loads(environment.get(variable, "{}"))
    except ValueError:
        return dict(environment)  # loading the settings says what is wrong with it
    return {**environment, variable: json.dumps({**configured, **added})}


@dataclass(frozen=True)
class LocalStack:
    """What runs, and where."""

    twilio: Twilio
    app: FastAPI
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
    seed_of_sids: int | None = None,
    compute_attributes: AddAttributes | None = None,
) -> AsyncIterator[LocalStack]:
    """Run everything while the block runs. Ports of 0 are chosen by the system.

    Of `environment` the settings of the model and our own count, Twilio's do not; with
    `OPENAI_API_KEY` or `OPENAI_BASE_URL` that model answers in place of the demo model. Raises
    AgentError when a port is taken. The emulator's SIDs differ from run to run, as the handoffs
    are kept; `seed_of_sids` makes them repeat.
    """
    emulator_listener = _listen(emulator_port, "the Twilio emulator")
    agent_listener = _listen(agent_port, "the agent")
    model_listener = listen()
    seed_used = secrets.randbits(64) if seed_of_sids is None else seed_of_sids
    twilio = Twilio(url_of(emulator_listener), seed=seed_used)
    model_url = url_of(model_listener)
    settings = load_settings(
        {
            **_model_environment(environment, model_url),
            **{name: environment[name] for name in environment if not name.startswith("TWILIO_")},
            **seed(twilio, url_of(agent_listener)),
        }
    )
    async with AsyncExitStack() as stack:
        emulator_url = await stack.enter_async_context(
            serving(create_emulator(twilio), emulator_listener)
        )
        model = create_demo_model(token_seconds=token_seconds)
        await stack.enter_async_context(serving(model, model_listener))
        app = create_app(settings, add_attributes=compute_attributes)
        agent_url = await stack.enter_async_context(serving(app, agent_listener))
        yield LocalStack(twilio, app, emulator_url, agent_url, model_url, settings)


async def serve_locally(environment: Mapping[str, str]) -> None:
    """Run everything on the well-known ports, say what runs where, and go on until stopped."""
    async with running_locally(
        environment,
        emulator_port=EMULATOR_PORT,
        agent_port=AGENT_PORT,
        token_seconds=TOKEN_SECONDS,
    ) as stack:
        Console(highlight=False, soft_wrap=True).print(_what_runs_where(stack))
        await asyncio.Event().wait()


def _what_runs_where(stack: LocalStack) -> str:
    model = stack.settings
    example = "uv run python getting_started/examples/features"
    which = (
        f"Demo model       {stack.model_url}  (rules, not a language model)"
        if stack.has_demo_model
        else f"Language model   {model.openai_base_url or 'OpenAI'}  ({model.openai_model})"
    )
    return f"""\
No Twilio credentials are set, so everything runs on this machine:

  Twilio emulator  {stack.emulator_url}
  {which}
  Agent            {stack.agent_url}

Try it in another terminal:

  [bold]{example}/handoff.py --demo all[/]   scripted customers, up to the human
  [bold]{example}/voice.py[/]                be the caller, by typing
  [bold]{example}/chat.py[/]                 be the visitor, by typing

or send one message and read the chat:

  [bold]curl -X POST {stack.emulator_url}/_emulator/chat -H 'Content-Type: application/json' \\
       -d '{{"identity": "ana@example.org"}}'[/]

Stop with Ctrl+C."""


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
