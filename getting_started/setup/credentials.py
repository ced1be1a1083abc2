"""What must be known before there is an agent: account, number and public address."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from agent.settings import Settings, load_settings, variable_of

NEEDED = ("account_sid", "auth_token", "phone_number", "voice_public_domain")
KEY = ("api_key", "api_secret")

_UNKNOWN = {
    "api_key": "SK" + "0" * 32,
    "api_secret": "(there is no API secret)",
    "conversation_configuration_id": "conv_configuration_none",
    "handoff_flow_sid": "FW" + "0" * 32,
    "openai_base_url": "https://none.invalid",
}
"""What `Settings` asks for and setup does without; never sent to anybody."""


def read_settings(environment: Mapping[str, str]) -> Settings:
    """The agent's settings, as far as they are known before setup.

    Raises SettingsError naming what of NEEDED is missing, and everything that is malformed.
    """
    unknown = {variable_of(field): value for field, value in _UNKNOWN.items()}
    return load_settings({**unknown, **environment})


def login_of(environment: Mapping[str, str]) -> tuple[str, str]:
    """User name and password for the APIs: the API key, or without one the auth token."""
    fields = KEY if all(variable_of(field) in environment for field in KEY) else NEEDED[:2]
    user, password = (environment[variable_of(field)] for field in fields)
    return user, password


def ask_missing(
    environment: Mapping[str, str], ask: Callable[[str, str, bool], str]
) -> dict[str, str]:
    """What is missing of NEEDED, asked of the person: `ask(variable, explanation, is_secret)`."""
    missing = [field for field in NEEDED if variable_of(field) not in environment]
    return {variable_of(field): ask(variable_of(field), *_explain(field)) for field in missing}


def _explain(field: str) -> tuple[str, bool]:
    info = Settings.model_fields[field]
    extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
    return f"{info.description}\n  find it: {extra['where']}", is_secret(variable_of(field))


def is_secret(variable: str) -> bool:
    """Whether its value is not to be shown."""
    return any(word in variable for word in ("TOKEN", "SECRET"))
