"""Where scripted customers play: on an emulator of their own, or on the one the settings name."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx

from agent.app import create_app
from agent.errors import AgentError
from agent.settings import Settings, load_settings, variable_of
from getting_started.local import (
    TOKEN_SECONDS,
    answering_at_once,
    is_live,
    keep_handoffs,
    listen_or_explain,
    running_locally,
)
from getting_started.serving import serving_agent

BASE_URL = variable_of("twilio_base_url")
PRODUCT = "/{product}"
LOOPBACK = {"127.0.0.1", "localhost", "::1"}


@dataclass(frozen=True)
class Stage:
    """The emulator, the settings of the agent that works on it, and a line that says so."""

    emulator_url: str
    settings: Settings
    introduction: str


@asynccontextmanager
async def stage(environment: Mapping[str, str]) -> AsyncIterator[Stage]:
    """The emulator that `environment` names, else one of our own; Twilio itself never.

    Raises AgentError when the emulator does not answer, SettingsError when `environment` lacks
    something that setup would have made.
    """
    emulator_url = _emulator_of(environment)
    open_stage = _join(environment, emulator_url) if emulator_url else _build(environment)
    async with open_stage as found:
        yield found


@asynccontextmanager
async def _build(environment: Mapping[str, str]) -> AsyncIterator[Stage]:
    """Everything in this process, on free ports."""
    running = running_locally(keep_handoffs(environment), token_seconds=TOKEN_SECONDS)
    unused = " Your Twilio settings are not used." if is_live(environment) else ""
    async with running as stack:
        what = f"Twilio emulator, agent, {stack.model_name}"
        introduction = f"All of this runs on this machine: {what}.{unused}"
        yield Stage(stack.emulator_url, stack.settings, introduction)


@asynccontextmanager
async def _join(environment: Mapping[str, str], emulator_url: str) -> AsyncIterator[Stage]:
    """On an emulator that runs, with the agent that runs or one of our own at its address."""
    await _check_emulator(emulator_url)
    quiet = {variable_of("log_level"): "WARNING"}
    settings = load_settings(quiet | answering_at_once(keep_handoffs(environment)))
    what = f"On the Twilio emulator at {emulator_url}, language model {settings.openai_model}"
    async with AsyncExitStack() as stack:
        if await _answers(f"{settings.public_url}/healthz"):
            what += f", with the agent that runs at {settings.public_url}"
        else:
            host, port = settings.server_host, settings.server_port
            option = variable_of("server_port")
            listener = listen_or_explain(port, "the agent", option, host=host)
            await stack.enter_async_context(serving_agent(create_app(settings), listener))
        yield Stage(emulator_url, settings, f"{what}.")


def _emulator_of(environment: Mapping[str, str]) -> str:
    """Its address; empty where the settings name none of this machine."""
    url = environment.get(BASE_URL, "")
    is_here = url.endswith(PRODUCT) and urlsplit(url).hostname in LOOPBACK
    return url.removesuffix(PRODUCT) if is_here else ""


async def _check_emulator(url: str) -> None:
    if not await _answers(f"{url}/_emulator/pace"):
        raise AgentError(
            f"{BASE_URL} names an emulator at {url}, and there is none: start it with "
            "`uv run agent emulator`, or take the variable out"
        )


async def _answers(url: str) -> bool:
    async with httpx.AsyncClient(trust_env=False) as client:
        try:
            return (await client.get(url)).is_success
        except httpx.HTTPError:
            return False
