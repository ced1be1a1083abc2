"""The language model: asked for one word, the way the agent asks.

https://platform.openai.com/docs/api-reference/responses
"""

from __future__ import annotations

import asyncio
import time
from contextlib import aclosing

from openai import (
    APIConnectionError,
    AuthenticationError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
)

from agent.errors import ModelError
from agent.language_model import ModelRequest, OpenAIModel
from agent.settings import Settings, variable_of
from getting_started.doctor.check import Finding, failed, ok
from getting_started.doctor.examination import Examination

KEY = variable_of("openai_api_key")
BASE_URL = variable_of("openai_base_url")
MODEL = variable_of("openai_model")
FALLBACK = variable_of("openai_fallback_model")
DEMO = "demo-model"
PAGES = "platform.openai.com"
REMEDIES = {
    AuthenticationError: f"{PAGES}/api-keys: create a key, and put it into .env as {KEY}",
    PermissionDeniedError: f"{PAGES}/settings: let the project of {KEY} use the model",
    NotFoundError: f"set {MODEL} to one that {PAGES}/docs/models lists, and check {BASE_URL}",
    RateLimitError: f"{PAGES}/settings: raise limit or credit of the project",
    APIConnectionError: f"check {BASE_URL}, HTTPS_PROXY and the network",
}


def answers(examination: Examination) -> Finding:
    """The model answers."""
    settings = _settings_of(examination)
    if settings.openai_api_key is None and settings.openai_base_url is None:
        reason = f"neither {KEY} nor {BASE_URL} is set"
        return failed(reason, remedy=f"{PAGES}/api-keys: create a key, and put it into .env")
    return _ask(settings, settings.openai_model)


def fallback_answers(examination: Examination) -> Finding:
    """The model that is asked when the first is late answers, where there is one."""
    settings = _settings_of(examination)
    if settings.openai_fallback_model is None:
        return ok(f"not used ({FALLBACK} is not set)")
    return _ask(settings, settings.openai_fallback_model)


def _settings_of(examination: Examination) -> Settings:
    """With the base address as given, not the one that stands in before setup."""
    given = examination.environment.get(BASE_URL)
    return examination.settings.model_copy(update={"openai_base_url": given})


def _ask(settings: Settings, name: str) -> Finding:
    where = settings.openai_base_url or "api.openai.com"
    started = time.monotonic()
    try:
        asyncio.run(_first_word(OpenAIModel(settings, name), settings))
    except ModelError as error:
        remedy = next(
            (REMEDIES[kind] for kind in REMEDIES if isinstance(error.__cause__, kind)),
            f"look at {where}; {PAGES} and status.openai.com tell more",
        )
        return failed(str(error).partition("\n")[0], f"{name} at {where}", remedy=remedy)
    seconds = time.monotonic() - started
    kind = ", which follows rules and is no language model" if name == DEMO else ""
    return ok(f"{name} at {where} answers in {seconds:.1f} s{kind}")


async def _first_word(model: OpenAIModel, settings: Settings) -> None:
    request = ModelRequest(
        instructions="Answer with the word ok.",
        items=[{"role": "user", "content": "Are you there?"}],
        first_token_seconds=settings.first_token_seconds,
        total_seconds=settings.turn_seconds,
    )
    try:
        async with aclosing(model.stream(request)) as events:
            async for _event in events:
                return
        raise ModelError("The model answered without a word")
    finally:
        await model.close()
