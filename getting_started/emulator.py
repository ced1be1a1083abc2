"""`agent emulator`: Twilio and a language model on this machine, for setup, doctor and serve."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from dotenv import dotenv_values, set_key, unset_key

from agent.errors import AgentError
from agent.settings import variable_of
from getting_started.commands import AccountKind
from getting_started.demo_model.app import create_demo_model
from getting_started.display import console
from getting_started.local import TOKEN_SECONDS, listen_or_explain
from getting_started.serving import serving, url_of
from getting_started.twilio_emulator.app import create_emulator
from getting_started.twilio_emulator.new_account import (
    open_account,
    open_account_in_use,
    open_begun_account,
)
from getting_started.twilio_emulator.seed import WHATSAPP_NUMBER, access, seed_completely
from getting_started.twilio_emulator.twilio import Twilio

MODEL = "demo-model"

ACCOUNTS: dict[AccountKind, Callable[[Twilio, str], Any]] = {
    AccountKind.READY: seed_completely,
    AccountKind.EMPTY: lambda twilio, _agent_url: open_account(twilio),
    AccountKind.BEGUN: open_begun_account,
    AccountKind.IN_USE: lambda twilio, _agent_url: open_account_in_use(twilio),
}


async def serve(kind: AccountKind, port: int, agent_port: int, env_file: Path | None) -> None:
    """Until cancelled. Raises AgentError where a port is taken or the file another account's."""
    async with AsyncExitStack() as stack:
        emulator_listener = stack.enter_context(
            listen_or_explain(port, "the Twilio emulator", "--port")
        )
        model_listener = stack.enter_context(
            listen_or_explain(port and port + 1, "the demo model", "--port")
        )
        twilio = Twilio(url_of(emulator_listener), seed=secrets.randbits(64))
        environment = _set_up(twilio, kind, agent_port) | {
            "OPENAI_BASE_URL": f"{url_of(model_listener)}/v1",
            "OPENAI_MODEL": MODEL,
        }
        await stack.enter_async_context(serving(create_emulator(twilio), emulator_listener))
        model = create_demo_model(token_seconds=TOKEN_SECONDS)
        await stack.enter_async_context(serving(model, model_listener))
        if env_file is not None:
            write_environment(env_file, environment)
        _introduce(twilio, kind, environment, env_file)
        await asyncio.Event().wait()


def _set_up(twilio: Twilio, kind: AccountKind, agent_port: int) -> dict[str, str]:
    agent_url = f"http://127.0.0.1:{agent_port}"
    made = ACCOUNTS[kind](twilio, agent_url)
    settings = made if kind is AccountKind.READY else access(twilio, agent_url)
    server = {
        variable_of("server_host"): "127.0.0.1",
        variable_of("server_port"): str(agent_port),
    }
    sender = {variable_of("whatsapp_number"): WHATSAPP_NUMBER} if kind is AccountKind.IN_USE else {}
    return {**settings, **server, **sender}


def write_environment(path: Path, environment: Mapping[str, str]) -> None:
    """Put `environment` into the `.env` at `path`; ids of an earlier emulated account leave it.

    Raises AgentError where the file is for another account.
    """
    known = dotenv_values(path) if path.exists() else {}
    account = variable_of("account_sid")
    if known.get(account) not in {None, "", environment[account]}:
        raise AgentError(
            f"{path} is for the account {known[account]}: give another file with --env-file, "
            "or move it away"
        )
    path.touch(mode=0o600)
    made = seed_completely(Twilio("http://127.0.0.1"), "http://127.0.0.1")
    for name in made.keys() - environment.keys() & known.keys():
        unset_key(path, name)
    for name, value in environment.items():
        set_key(path, name, value, quote_mode="never")


def _introduce(
    twilio: Twilio, kind: AccountKind, environment: Mapping[str, str], env_file: Path | None
) -> None:
    lines = "\n".join(f"{name}={value}" for name, value in environment.items())
    where = f"The settings are in {env_file}" if env_file else f"Put this into .env:\n\n{lines}"
    following = "agent serve" if kind is AccountKind.READY else "agent setup"
    console.print(
        f"Twilio is emulated at {twilio.base_url}, account: {kind}. It forgets all when it ends.\n"
        f"{where}\n\nThen, in another terminal: uv run {following}\nStop with Ctrl+C.",
        markup=False,
        highlight=False,
        soft_wrap=True,
    )
