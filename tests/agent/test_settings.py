"""Settings: everything wrong is said at once, with its variable and where to find it."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.errors import SettingsError
from agent.settings import flow_password_of, load_credentials, load_settings, read_environment
from tests.environment import COMPLETE

REST = ("TWILIO_API_KEY", "TWILIO_API_SECRET")


def test_complete_environment_is_enough() -> None:
    settings = load_settings(COMPLETE)

    assert settings.public_url == "https://agent.example.org"
    assert settings.socket_url == "wss://agent.example.org/ws"
    assert settings.twilio_url("studio") == "https://studio.twilio.com"


def test_every_missing_variable_is_named_with_its_place() -> None:
    with pytest.raises(SettingsError) as error:
        load_settings({})

    for variable in [*COMPLETE, "OPENAI_API_KEY"]:
        if variable != "OPENAI_BASE_URL":
            assert f"{variable}: is not set" in str(error.value)
    assert "find it: console.twilio.com" in str(error.value)


def test_account_is_known_without_the_agent() -> None:
    credentials = load_credentials({name: COMPLETE[name] for name in (*REST, "TWILIO_ACCOUNT_SID")})

    assert credentials.twilio_base_url == "https://{product}.twilio.com"


def test_every_missing_credential_is_named_and_nothing_else() -> None:
    with pytest.raises(SettingsError) as error:
        load_credentials({"TWILIO_ACCOUNT_SID": "AC1"})

    assert "TWILIO_ACCOUNT_SID: 'AC1' is malformed" in str(error.value)
    assert all(f"{variable}: is not set" in str(error.value) for variable in REST)
    assert "TWILIO_PHONE_NUMBER" not in str(error.value)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("TWILIO_ACCOUNT_SID", "AC123"),
        ("TWILIO_API_KEY", "AC" + "0" * 32),
        ("TWILIO_PHONE_NUMBER", "5550100002"),
        ("TWILIO_CONVERSATION_CONFIGURATION_ID", "IS" + "0" * 32),
        ("TWILIO_STUDIO_HANDOFF_FLOW_SID", "FW1"),
        ("TWILIO_VOICE_PUBLIC_DOMAIN", "agent.example.org/path"),
        ("TWILIO_WHATSAPP_NUMBER", "+15550100003"),
        ("TWILIO_REGION", "not a region"),
        ("TWILIO_SERVER_PORT", "many"),
        ("TWILIO_LOG_LEVEL", "LOUD"),
        ("OPENAI_BASE_URL", "example.org"),
        ("AGENT_PUBLIC_URL", "http://agent.example.org"),
        ("AGENT_PUBLIC_URL", "https://agent.example.org/path"),
        ("AGENT_HANDOFF_ATTRIBUTES", "priority=high"),
        ("AGENT_TWILIO_BASE_URL", "http://127.0.0.1:8700"),
        ("AGENT_TURN_SECONDS", "0"),
        ("AGENT_VOICE_ACTION", "flow"),
        ("AGENT_FLEX_WORKFLOW_SID", "WS" + "0" * 32),
        ("AGENT_HANDOFF_WAYS", "studio,fax"),
        ("AGENT_HANDOFF_WAYS", "studio,studio"),
        ("AGENT_TICKET_WEBHOOK_URL", "http://tickets.example.org"),
        ("AGENT_TICKET_SECRET", "short"),
        ("AGENT_OPENING_HOURS", "weekdays 9 to 5"),
        ("AGENT_TIME_ZONE", "Berlin"),
        ("AGENT_HOLIDAYS", "christmas"),
        ("AGENT_CHECK_WORKERS", "true"),
        ("AGENT_LONGEST_QUEUE", "0"),
        ("AGENT_FLOW_SECRET", "short"),
        ("AGENT_FLOW_SECRET", "sixteen:letters@host"),
    ],
)
def test_malformed_value_is_named(variable: str, value: str) -> None:
    with pytest.raises(SettingsError, match=variable):
        load_settings({**COMPLETE, variable: value})


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("TWILIO_API_KEY", "hunter2"),
        ("AGENT_TICKET_SECRET", "hunter2"),
        ("AGENT_DATABASE_URL", "postgresql+asyncpg://ana:hunter2@db.example.org/agent"),
        ("AGENT_DATABASE_URL", "mysql://:hunter2@db.example.org"),
    ],
)
def test_secrets_are_not_told(variable: str, value: str) -> None:
    with pytest.raises(SettingsError) as error:
        load_settings({**COMPLETE, variable: value})

    assert "hunter2" not in str(error.value)
    assert COMPLETE["TWILIO_AUTH_TOKEN"] not in repr(load_settings(COMPLETE))


@pytest.mark.parametrize("variable", ["AGENT_HUMAN_KEY", "AGENT_CHAT_TOKENS_PER_MINUTE"])
def test_what_only_sounds_secret_is_told(variable: str) -> None:
    with pytest.raises(SettingsError, match=f"{variable}: 'odd' is malformed"):
        load_settings({**COMPLETE, variable: "odd"})


def test_domain_copied_from_the_address_bar_is_understood() -> None:
    settings = load_settings({**COMPLETE, "TWILIO_VOICE_PUBLIC_DOMAIN": "https://a.example.org/"})

    assert settings.voice_public_domain == "a.example.org"


def test_region_changes_the_regional_products_only() -> None:
    settings = load_settings({**COMPLETE, "TWILIO_REGION": "ie1"})

    assert settings.twilio_url("memory", regional=True) == "https://memory.ie1.twilio.com"
    assert settings.twilio_url("studio") == "https://studio.twilio.com"


def test_key_is_not_needed_where_the_model_has_its_own_address() -> None:
    without_key = {name: value for name, value in COMPLETE.items() if name != "OPENAI_API_KEY"}

    assert load_settings(without_key).openai_api_key is None


def test_environment_file_is_read_under_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / ".env"
    file.write_text("TWILIO_REGION=ie1\nTWILIO_LOG_LEVEL=DEBUG\nTWILIO_RCS_SENDER_ID=\n")
    monkeypatch.setenv("TWILIO_REGION", "au1")

    environment = read_environment(file)

    assert environment["TWILIO_REGION"] == "au1"
    assert environment["TWILIO_LOG_LEVEL"] == "DEBUG"
    assert "TWILIO_RCS_SENDER_ID" not in environment


@pytest.mark.parametrize("given", [{}, {"AGENT_FLOW_SECRET": "invented-flow-secret"}])
def test_password_of_the_flow_is_known_before_the_flow(given: dict[str, str]) -> None:
    settings = load_settings({**COMPLETE, **given})
    token = {"TWILIO_AUTH_TOKEN": COMPLETE["TWILIO_AUTH_TOKEN"]}

    assert flow_password_of({**token, **given}) == settings.flow_password
    assert given.get("AGENT_FLOW_SECRET", settings.flow_password) == settings.flow_password
    assert COMPLETE["TWILIO_AUTH_TOKEN"] not in settings.flow_password


def test_password_of_the_flow_needs_something_to_come_from() -> None:
    with pytest.raises(SettingsError, match="Neither TWILIO_AUTH_TOKEN nor AGENT_FLOW_SECRET"):
        flow_password_of({})
