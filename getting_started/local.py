"""The agent on a local Twilio: emulator, demo model and agent in one process."""

from __future__ import annotations

import asyncio
import errno
import json
import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from socket import socket
from tempfile import TemporaryDirectory
from typing import Annotated

import httpx
import typer
from starlette.applications import Starlette

from agent.app import create_app
from agent.errors import AgentError, SettingsError
from agent.handoff.requests import AddAttributes
from agent.logs import set_up_logging
from agent.settings import Settings, load_settings, variable_of
from getting_started.console.routes import ConsoleSettings, mount_console
from getting_started.demo_model.app import create_demo_model
from getting_started.display import console
from getting_started.ports import AGENT_PORT, EMULATOR_PORT
from getting_started.serving import listen, serving, serving_agent, url_of
from getting_started.shop.app import create_shop
from getting_started.twilio_emulator.app import create_emulator
from getting_started.twilio_emulator.assistants.seed import seed_assistants
from getting_started.twilio_emulator.seed import (
    AGENT_NUMBER,
    CUSTOMER_NUMBER,
    HUMAN,
    RCS_SENDER,
    WHATSAPP_NUMBER,
    seed,
    seed_further_ways,
)
from getting_started.twilio_emulator.twilio import Twilio

TOKEN_SECONDS = 0.02
SHOP_PATH = "/shop"
_LOG_LEVEL = variable_of("log_level")
_DATABASE = variable_of("database_url")
_CHAT_ORIGINS = variable_of("chat_origins")
_BURST = variable_of("burst_seconds")
_SILENCE = variable_of("silence_seconds")
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


EmulatorOption = Annotated[
    str,
    typer.Option(metavar="URL", help="An emulator that runs already; without it one is started."),
]


def is_live(environment: Mapping[str, str]) -> bool:
    """Whether anything says that Twilio itself is meant; half an environment does too."""
    return not LIVE_VARIABLES.isdisjoint(environment)


def keep_handoffs(environment: Mapping[str, str]) -> dict[str, str]:
    """`environment` with the agent's usual database, that `agent handoffs` looks into."""
    return {_DATABASE: str(Settings.model_fields["database_url"].default), **environment}


def answering_at_once(environment: Mapping[str, str]) -> dict[str, str]:
    """`environment`; unless it says otherwise messages are answered at once, and nobody is hurried:
    here they type."""
    return {_BURST: "0", _SILENCE: "0", **environment}


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
    app: Starlette
    emulator_url: str
    agent_url: str
    model_url: str
    settings: Settings

    @property
    def has_demo_model(self) -> bool:
        return self.settings.openai_base_url == f"{self.model_url}/v1"

    @property
    def model_name(self) -> str:
        if self.has_demo_model:
            return "demo model (rules, not a language model)"
        return f"language model {self.settings.openai_model}"


@asynccontextmanager
async def running_locally(
    environment: Mapping[str, str],
    *,
    emulator_port: int = 0,
    agent_port: int = 0,
    token_seconds: float = 0.0,
    compute_attributes: AddAttributes | None = None,
    has_further_ways: bool = False,
    has_assistant: bool = False,
) -> AsyncIterator[LocalStack]:
    """Run everything while the block runs, the console at the agent's address.

    Ports of 0 are chosen by the system.

    Of `environment` the settings of the model and our own count, Twilio's do not; with
    `OPENAI_API_KEY` or `OPENAI_BASE_URL` that model answers in place of the demo model. Without
    `AGENT_DATABASE_URL` the handoffs are forgotten at the end; without `AGENT_BURST_SECONDS` and
    `AGENT_SILENCE_SECONDS` messages are answered at once, and callers may take their time: here
    they type. `has_further_ways`: where Studio fails, Flex and callbacks are there.
    `has_assistant`: an AI Assistant too, with its tools at the agent. Raises AgentError when a port
    is taken.
    """
    emulator_listener = listen_or_explain(emulator_port, "the Twilio emulator", "--emulator-port")
    agent_listener = listen_or_explain(agent_port, "the agent", "--agent-port")
    model_listener = listen()
    twilio = Twilio(url_of(emulator_listener), seed=secrets.randbits(64))
    model_url = url_of(model_listener)
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(TemporaryDirectory(prefix="agent-"))
        settings = load_settings(
            {
                _DATABASE: f"sqlite:///{folder}/agent.db",
                _CHAT_ORIGINS: url_of(agent_listener).replace("127.0.0.1", "localhost"),
                **answering_at_once({}),
                **_model_environment(environment, model_url),
                **{
                    name: environment[name]
                    for name in environment
                    if not name.startswith("TWILIO_")
                },
                **seed(twilio, url_of(agent_listener)),
                **(seed_further_ways(twilio) if has_further_ways else {}),
                **(seed_assistants(twilio, url_of(agent_listener)) if has_assistant else {}),
                _LOG_LEVEL: environment.get(_LOG_LEVEL, "WARNING"),
            }
        )
        emulator = create_emulator(twilio)
        emulator_url = await stack.enter_async_context(serving(emulator, emulator_listener))
        model = create_demo_model(token_seconds=token_seconds)
        await stack.enter_async_context(serving(model, model_listener))
        app = create_app(settings, add_attributes=compute_attributes)
        app.mount(SHOP_PATH, create_shop(emulator_url))
        running = LocalStack(twilio, app, emulator_url, url_of(agent_listener), model_url, settings)
        mount_console(
            app, _console_settings(running), emulator=emulator, twilio=twilio, model=model
        )
        await stack.enter_async_context(serving_agent(app, agent_listener))
        stack.push_async_callback(twilio.journal.close)  # what follows it would hold up the end
        yield running


@asynccontextmanager
async def emulator_at(url: str, environment: Mapping[str, str]) -> AsyncIterator[str]:
    """The address of an emulator: `url`, or where it is empty that of a stack of its own.

    Raises AgentError when there is no emulator at `url`.
    """
    if not url:
        async with running_locally(environment) as stack:
            set_up_logging(stack.settings.log_level)
            yield stack.emulator_url
        return
    async with httpx.AsyncClient(trust_env=False) as client:
        try:
            (await client.get(f"{url}/_emulator/journal")).raise_for_status()
        except httpx.HTTPError as error:
            raise AgentError(f"There is no emulator at {url}: {error}") from None
    yield url.rstrip("/")


async def serve_locally(
    environment: Mapping[str, str],
    *,
    emulator_port: int = EMULATOR_PORT,
    agent_port: int = AGENT_PORT,
) -> None:
    """Run everything on well-known ports, say what runs where, and go on until stopped."""
    async with running_locally(
        {_BURST: str(Settings.model_fields["burst_seconds"].default), **keep_handoffs(environment)},
        emulator_port=emulator_port,
        agent_port=agent_port,
        token_seconds=TOKEN_SECONDS,
        has_further_ways=True,
    ) as stack:
        set_up_logging(stack.settings.log_level)
        console.print(_what_runs_where(stack), soft_wrap=True)
        await asyncio.Event().wait()


def _console_settings(stack: LocalStack) -> ConsoleSettings:
    return ConsoleSettings(
        customer_number=CUSTOMER_NUMBER,
        agent_number=AGENT_NUMBER,
        agent_identities=[
            AGENT_NUMBER,
            WHATSAPP_NUMBER,
            RCS_SENDER,
            stack.settings.chat_identity,
        ],
        whatsapp_number=WHATSAPP_NUMBER,
        rcs_sender=RCS_SENDER,
        flow_sid=stack.settings.handoff_flow_sid,
        human=HUMAN,
        model=stack.model_name,
        has_demo_model=stack.has_demo_model,
        first_token_seconds=stack.settings.first_token_seconds,
    )


def _what_runs_where(stack: LocalStack) -> str:
    example = "uv run python getting_started/examples/features"
    emulator = stack.emulator_url
    model = stack.model_url if stack.has_demo_model else stack.settings.openai_base_url or "OpenAI"
    json_type = "-H 'Content-Type: application/json'"
    message = f'{{"from": "+15550100009", "to": "{AGENT_NUMBER}", "body": "Are you open?"}}'
    return f"""\
No Twilio settings are given, so Twilio is emulated on this machine. Call the agent, be the human
who takes over, and watch both in a browser:

  [bold]{stack.agent_url}[/]

What runs:

  Twilio emulator  {emulator}
  Agent            {stack.agent_url}
  Model            {model}  {stack.model_name}

Or in another terminal:

  be a caller     [bold]{example}/voice.py --emulator {emulator}[/]
  be a visitor    [bold]{stack.agent_url}{SHOP_PATH}/[/]  in a browser, or
                  [bold]{example}/chat.py --type --emulator {emulator}[/]
  send a message  [bold]curl {emulator}/_emulator/sms {json_type} \\
                       -d '{message}'[/]
  and read        [bold]curl '{emulator}/_emulator/sms/inbox?address=%2B15550100009'[/]

Or watch scripted customers, on another emulator: [bold]{example}/handoff.py --demo all[/]
To serve Twilio itself, see README.md. Stop with Ctrl+C."""


def _model_environment(environment: Mapping[str, str], model_url: str) -> dict[str, str]:
    if {"OPENAI_API_KEY", "OPENAI_BASE_URL"} & set(environment):
        return {}
    return {"OPENAI_BASE_URL": f"{model_url}/v1", "OPENAI_MODEL": "demo-model"}


def listen_or_explain(port: int, what: str, option: str, *, host: str = "127.0.0.1") -> socket:
    """A listening socket. Raises AgentError, naming the option that chooses another port."""
    try:
        return listen(host, port)
    except (OSError, OverflowError) as error:
        if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
            raise AgentError(
                f"Port {port} is taken, so {what} cannot start. If it runs in another terminal, "
                f"stop it there; otherwise choose another port with {option}."
            ) from None
        raise AgentError(
            f"{what[0].upper()}{what[1:]} cannot listen on port {port}: {error}. Choose another "
            f"port with {option}."
        ) from None
