"""Every setting: its type, default and environment variable.

The names `TWILIO_*` are those of Twilio Agent Connect; what is ours begins with `AGENT_`.
"""

from __future__ import annotations

import hmac
import os
import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, Literal, TypeVar
from urllib.parse import urlsplit

from dotenv import dotenv_values
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)

from agent.errors import SettingsError
from agent.handoff.reasons import Way
from agent.setting_errors import explain
from agent.setting_types import (
    AccountSid,
    ApiKeySid,
    ConfigurationId,
    DatabaseUrl,
    Domain,
    EncryptedUrl,
    FlowSecret,
    FlowSid,
    Hours,
    HumanKey,
    Integrity,
    JsonObject,
    Language,
    Listed,
    LogLevel,
    Origin,
    PhoneNumber,
    ProductUrl,
    QueueSid,
    Region,
    TimeZone,
    Url,
    UrlPath,
    Ways,
    WhatsAppNumber,
    WorkflowSid,
    WorkspaceSid,
    encrypted,
    without_scheme,
)

_ROOT = Path(__file__).resolve().parent.parent
_CONSOLE = "console.twilio.com"
_USUAL_LANGUAGE = "en-US"


def _variable(
    name: str, what: str, *, where: str = "", default: Any = ..., **constraints: Any
) -> Any:
    """A field read from the variable `name`; errors tell `what` it is and `where` to find it."""
    return Field(
        default,
        alias=name,
        description=what,
        json_schema_extra={"where": where} if where else None,
        **constraints,
    )


class Credentials(BaseModel):
    """What Twilio's REST API wants: all that commands need which only look at an account."""

    model_config = ConfigDict(populate_by_name=True, frozen=True, extra="ignore")

    account_sid: AccountSid = _variable(
        "TWILIO_ACCOUNT_SID", "account SID, AC and 32 characters", where=f"{_CONSOLE}: home page"
    )
    api_key: ApiKeySid = _variable(
        "TWILIO_API_KEY",
        "API key SID, SK and 32 characters",
        where=f"{_CONSOLE}: Account > API keys & tokens",
    )
    api_secret: SecretStr = _variable(
        "TWILIO_API_SECRET",
        "secret of that API key",
        where="shown once when the API key is created",
        min_length=1,
    )
    twilio_base_url: ProductUrl = _variable(
        "AGENT_TWILIO_BASE_URL",
        "where Twilio's APIs are; {product} stands for studio, conversations, ...",
        default="https://{product}.twilio.com",
    )


class Settings(Credentials):
    """All settings. Field aliases are the environment variables; an empty value counts as unset."""

    auth_token: SecretStr = _variable(
        "TWILIO_AUTH_TOKEN",
        "auth token: checks that requests come from Twilio",
        where=f"{_CONSOLE}: home page",
        min_length=1,
    )
    phone_number: PhoneNumber = _variable(
        "TWILIO_PHONE_NUMBER",
        "the agent's number for calls and SMS, as +15550100002",
        where=f"{_CONSOLE}: Phone Numbers > Active numbers",
    )
    conversation_configuration_id: ConfigurationId = _variable(
        "TWILIO_CONVERSATION_CONFIGURATION_ID",
        "Conversation Orchestrator configuration, conv_configuration_...",
        where=f"{_CONSOLE}: Conversations > Conversation configurations",
    )
    handoff_flow_sid: FlowSid = _variable(
        "TWILIO_STUDIO_HANDOFF_FLOW_SID",
        "Studio flow that takes the handoff, FW and 32 characters",
        where="`uv run agent flows deploy` publishes the flow and prints it",
    )
    voice_public_domain: Domain = _variable(
        "TWILIO_VOICE_PUBLIC_DOMAIN",
        "host name under which Twilio reaches this server, as agent.example.org",
        where="your DNS or tunnel",
    )
    whatsapp_number: WhatsAppNumber | None = _variable(
        "TWILIO_WHATSAPP_NUMBER",
        "WhatsApp sender with its prefix, as whatsapp:+15550100003",
        where=f"{_CONSOLE}: Messaging > Senders > WhatsApp senders",
        default=None,
    )
    rcs_sender_id: str | None = _variable(
        "TWILIO_RCS_SENDER_ID",
        "RCS sender",
        where=f"{_CONSOLE}: Messaging > Senders > RCS senders",
        default=None,
    )
    region: Region | None = _variable(
        "TWILIO_REGION", "region of the Conversations and Memory APIs, as ie1", default=None
    )
    websocket_path: UrlPath = _variable(
        "TWILIO_VOICE_WEBSOCKET_PATH", "path of the ConversationRelay socket", default="/ws"
    )
    action_path: UrlPath = _variable(
        "TWILIO_VOICE_ACTION_PATH",
        "path asked when a ConversationRelay session ends",
        default="/conversation-relay-callback",
    )
    call_event_path: UrlPath = _variable(
        "TWILIO_VOICE_CALL_EVENT_PATH",
        "path of call events; /status, /amd and /recording are below it",
        default="/twilio/call-events",
    )
    server_host: str = _variable("TWILIO_SERVER_HOST", "address to listen on", default="0.0.0.0")  # noqa: S104 - behind a proxy or tunnel, as in Twilio Agent Connect
    server_port: int = _variable(
        "TWILIO_SERVER_PORT", "port to listen on", default=8000, ge=1, le=65535
    )
    log_level: LogLevel = _variable(
        "TWILIO_LOG_LEVEL", "least severe log line: DEBUG, INFO, WARNING or ERROR", default="INFO"
    )
    memory_trait_groups: Listed[str] | None = _variable(
        "TWILIO_MEMORY_PROFILE_TRAIT_GROUPS",
        "trait groups of the profile given to the model, comma-separated; all when unset",
        default=None,
    )
    memory_observations_limit: int = _variable(
        "TWILIO_MEMORY_OBSERVATIONS_LIMIT", "most observations recalled", default=20, ge=0, le=100
    )
    memory_summaries_limit: int = _variable(
        "TWILIO_MEMORY_SUMMARIES_LIMIT", "most summaries recalled", default=5, ge=0, le=100
    )
    memory_communications_limit: int = _variable(
        "TWILIO_MEMORY_COMMUNICATIONS_LIMIT", "most past messages recalled", default=0, ge=0, le=100
    )
    memory_relevance_threshold: float = _variable(
        "TWILIO_MEMORY_RELEVANCE_THRESHOLD", "least relevance recalled", default=0.0, ge=0, le=1
    )
    memory_phone_trait_group: str = _variable(
        "TWILIO_MEMORY_PHONE_TRAIT_GROUP", "trait group of the phone number", default="Contact"
    )
    memory_phone_trait_field: str = _variable(
        "TWILIO_MEMORY_PHONE_TRAIT_FIELD", "trait of the phone number", default="phone"
    )

    openai_base_url: Url | None = _variable(
        "OPENAI_BASE_URL", "another server with OpenAI's Responses API", default=None
    )
    openai_api_key: SecretStr | None = _variable(
        "OPENAI_API_KEY",
        "key of the language model (not needed when OPENAI_BASE_URL names a server without keys)",
        where="platform.openai.com/api-keys",
        default=None,
        validate_default=True,
    )
    openai_model: str = _variable("OPENAI_MODEL", "name of the model", default="gpt-5.4-mini")

    openai_fallback_model: str | None = _variable(
        "OPENAI_FALLBACK_MODEL", "model that is asked too when the first is late", default=None
    )
    hedge_seconds: float = _variable(
        "AGENT_HEDGE_SECONDS",
        "wait for the first token on a call before the fallback model is asked too",
        default=2.0,
        gt=0,
        le=60,
    )
    filler_seconds: float = _variable(
        "AGENT_FILLER_SECONDS",
        "wait for words before a caller hears that it takes a moment; 0: never",
        default=1.5,
        ge=0,
        le=60,
    )
    first_token_seconds: float = _variable(
        "AGENT_FIRST_TOKEN_SECONDS",
        "wait for the model's first token on a call, and for the next; for a whole message before"
        " the fallback model is asked too",
        default=6.0,
        gt=0,
        le=60,
    )
    turn_seconds: float = _variable(
        "AGENT_TURN_SECONDS", "most time for one whole reply", default=20.0, gt=0, le=120
    )
    burst_seconds: float = _variable(
        "AGENT_BURST_SECONDS",
        "pause after which a customer's messages, if there are several, are answered together",
        default=0.7,
        ge=0,
        le=5,
    )
    memory_seconds: float = _variable(
        "AGENT_MEMORY_SECONDS", "wait for Conversation Memory", default=2.0, gt=0, le=10
    )
    memory_wait_seconds: float = _variable(
        "AGENT_MEMORY_WAIT_SECONDS",
        "how long a reply on a call waits for what Conversation Memory has not told yet",
        default=0.2,
        ge=0,
        le=10,
    )
    twilio_seconds: float = _variable(
        "AGENT_TWILIO_SECONDS", "wait for an answer of a Twilio API", default=5.0, gt=0, le=60
    )
    handoff_retry_seconds: float = _variable(
        "AGENT_HANDOFF_RETRY_SECONDS",
        "try a way to a human again for so long, while nothing answers there or it is too busy",
        default=5.0,
        ge=0,
        le=300,
    )
    lookup_seconds: float = _variable(
        "AGENT_LOOKUP_SECONDS",
        "wait for a call's conversation, which appears a few seconds after the call",
        default=5.0,
        gt=0,
        le=30,
    )
    tool_rounds: int = _variable(
        "AGENT_TOOL_ROUNDS", "most rounds of tool calls in one reply", default=4, ge=1, le=20
    )
    history_turns: int = _variable(
        "AGENT_HISTORY_TURNS",
        "turns of talk the model is shown word for word; what was before them in a summary",
        default=20,
        ge=2,
        le=500,
    )
    welcome_greeting: str = _variable(
        "AGENT_WELCOME_GREETING",
        "first words on a call",
        default="Hello, you have reached Acme Outfitters. How can I help you?",
    )
    voice_action: Literal["studio", "app"] = _variable(
        "AGENT_VOICE_ACTION",
        "who takes a call when its session ends: studio (the flow) or app (this server)",
        default="studio",
    )
    flex_workflow_sid: WorkflowSid | None = _variable(
        "AGENT_FLEX_WORKFLOW_SID",
        "TaskRouter workflow for calls that this server itself hands over: those we place",
        where=f"{_CONSOLE}: TaskRouter > Workspaces > Flex Task Assignment > Workflows",
        default=None,
    )
    flex_workspace_sid: WorkspaceSid | None = _variable(
        "AGENT_FLEX_WORKSPACE_SID",
        "TaskRouter workspace, for what the agent does there itself",
        where=f"{_CONSOLE}: TaskRouter > Workspaces > Flex Task Assignment",
        default=None,
    )
    handoff_ways: Ways = _variable(
        "AGENT_HANDOFF_WAYS",
        "ways to a human in their order, each once the one before has failed; those that are not "
        "set up are left out",
        default=[*Way],
        min_length=1,
    )
    callback_workflow_sid: WorkflowSid | None = _variable(
        "AGENT_CALLBACK_WORKFLOW_SID",
        "TaskRouter workflow of callbacks (way callback, with AGENT_FLEX_WORKSPACE_SID)",
        where=f"{_CONSOLE}: TaskRouter > Workspaces > Flex Task Assignment > Workflows",
        default=None,
    )
    ticket_webhook_url: EncryptedUrl | None = _variable(
        "AGENT_TICKET_WEBHOOK_URL",
        "where requests that no human could take are posted (way ticket)",
        default=None,
    )
    ticket_secret: SecretStr | None = _variable(
        "AGENT_TICKET_SECRET",
        "key that signs the tickets, 16 characters or more; the receiver has it too",
        default=None,
        validate_default=True,
    )
    opening_hours: Hours | None = _variable(
        "AGENT_OPENING_HOURS",
        "when humans are there, as mon-fri 09:00-18:00; sat 10:00-14:00; unset: always",
        default=None,
    )
    time_zone: TimeZone = _variable(
        "AGENT_TIME_ZONE",
        "time zone of the opening hours, as Europe/Berlin",
        default="UTC",
        validate_default=True,
    )
    holidays: Listed[date] = _variable(
        "AGENT_HOLIDAYS", "days without opening hours, as 2026-12-25,2027-01-01", default=[]
    )
    flex_queue_sid: QueueSid | None = _variable(
        "AGENT_FLEX_QUEUE_SID",
        "TaskRouter queue of the handoffs: its workers and tasks alone are looked at; unset: all "
        "of the workspace",
        where=f"{_CONSOLE}: TaskRouter > Workspaces > Flex Task Assignment > Task Queues",
        default=None,
    )
    check_workers: bool = _variable(
        "AGENT_CHECK_WORKERS",
        "do not promise a human while no worker is available (with AGENT_FLEX_WORKSPACE_SID)",
        default=False,
    )
    longest_queue: int | None = _variable(
        "AGENT_LONGEST_QUEUE",
        "do not promise a human while more tasks wait (with AGENT_FLEX_WORKSPACE_SID)",
        default=None,
        ge=0,
    )
    offer_wait: bool = _variable(
        "AGENT_OFFER_WAIT",
        "let customers wait in the queue all the same, within the opening hours",
        default=True,
    )
    flow_secret: FlowSecret | None = _variable(
        "AGENT_FLOW_SECRET",
        "password by which the flow asks about handoffs; made from the auth token if unset",
        default=None,
    )
    reopen_seconds: float = _variable(
        "AGENT_REOPEN_SECONDS",
        "how long what was said on a call is kept after its session has ended",
        default=60.0,
        ge=0,
        le=600,
    )
    languages: Listed[Language] = _variable(
        "AGENT_LANGUAGES",
        "languages of calls, the usual one first (fixed words of messages too), as en-US,de-DE; "
        "English alone when unset; apologies and other fixed words exist in en, de, es and fr, "
        "elsewhere they are English",
        default=[],
    )
    human_key: HumanKey = _variable(
        "AGENT_HUMAN_KEY", "key by which a caller asks for a person, or none", default="0"
    )
    keys_seconds: float = _variable(
        "AGENT_KEYS_SECONDS",
        "pause that ends what a caller enters on the keypad; # ends it at once",
        default=2.0,
        gt=0,
        le=30,
    )
    silence_seconds: float = _variable(
        "AGENT_SILENCE_SECONDS",
        "silence after which a caller is asked, and after as much again hung up on; 0: never",
        default=10.0,
        ge=0,
        le=600,
    )
    call_seconds: float = _variable(
        "AGENT_CALL_SECONDS", "longest call with the agent; 0: no limit", default=1800.0, ge=0
    )
    call_warning_seconds: float = _variable(
        "AGENT_CALL_WARNING_SECONDS",
        "how long before the end of the longest call the caller is told",
        default=60.0,
        ge=0,
    )
    chat_identity: str = _variable(
        "AGENT_CHAT_IDENTITY", "the agent's identity in web chats", default="ai-assistant"
    )
    chat_origins: Listed[Origin] = _variable(
        "AGENT_CHAT_ORIGINS",
        "sites whose pages may show the chat widget, comma-separated, as https://shop.example.org",
        default=[],
    )
    chat_host_secret: SecretStr | None = _variable(
        "AGENT_CHAT_HOST_SECRET",
        "secret by which a page vouches for its visitor's identity; unset: all are anonymous",
        default=None,
        min_length=16,
    )
    chat_token_seconds: int = _variable(
        "AGENT_CHAT_TOKEN_SECONDS",
        "how long the widget's access token is good; it is renewed before",
        default=3600,
        ge=300,
        le=86400,
    )
    chat_tokens_per_minute: int = _variable(
        "AGENT_CHAT_TOKENS_PER_MINUTE",
        "most tokens for one network address in a minute",
        default=30,
        ge=1,
        le=10_000,
    )
    chat_sdk_url: Url = _variable(
        "AGENT_CHAT_SDK_URL",
        "where the widget gets Twilio's Conversations SDK 2.7.0: Twilio, or a copy of yours",
        default="https://sdk.twilio.com/js/conversations/releases/2.7.0/twilio-conversations.min.js",
    )
    chat_sdk_integrity: Integrity = _variable(
        "AGENT_CHAT_SDK_INTEGRITY",
        "hash that the SDK must have",
        default="sha256-flHTVX8SXqV1enD5g7gJtEqkCuHWKpGtBhd9CL0jJ3s=",
    )
    assistant_flow_sid: FlowSid | None = _variable(
        "STUDIO_FLOW_SID",
        "Studio flow of /tools/studio-handover, where the tool's URL names none",
        where=f"{_CONSOLE}: Studio > Flows",
        default=None,
    )
    assistant_workspace_sid: WorkspaceSid | None = _variable(
        "FLEX_WORKSPACE_SID",
        "TaskRouter workspace of /tools/flex-handover",
        where=f"{_CONSOLE}: TaskRouter > Workspaces > Flex Task Assignment",
        default=None,
    )
    assistant_workflow_sid: WorkflowSid | None = _variable(
        "FLEX_WORKFLOW_SID",
        "TaskRouter workflow of /tools/flex-handover",
        where=f"{_CONSOLE}: TaskRouter > Workspaces > Flex Task Assignment > Workflows",
        default=None,
    )
    check_tool_signature: bool = _variable(
        "AGENT_CHECK_TOOL_SIGNATURE",
        "let only Twilio call /tools; false: whoever reaches it can move any conversation",
        default=True,
    )
    handoff_attributes: JsonObject = _variable(
        "AGENT_HANDOFF_ATTRIBUTES",
        'attributes added to every handoff, as {"priority":"high"}',
        default={},
    )
    after_human: Literal["agent", "silent"] = _variable(
        "AGENT_AFTER_HUMAN",
        "who answers after a human has ended: agent, or silent (nobody until it is returned)",
        default="agent",
    )
    max_handoffs: int = _variable(
        "AGENT_MAX_HANDOFFS",
        "most handoffs of one conversation in a day",
        default=5,
        ge=1,
        le=1000,
    )
    knowledge_folder: Path = _variable(
        "AGENT_KNOWLEDGE_FOLDER",
        "folder of markdown pages the agent answers from",
        default=_ROOT / "getting_started" / "knowledge",
    )
    orders_file: Path = _variable(
        "AGENT_ORDERS_FILE",
        "JSON file of orders",
        default=_ROOT / "getting_started" / "orders.json",
    )
    public_url: str = _variable(
        "AGENT_PUBLIC_URL",
        "public address of this server where it is not https:// and the public domain",
        default="",
        validate_default=True,
    )
    database_url: DatabaseUrl = _variable(
        "AGENT_DATABASE_URL",
        "database of the handoffs: sqlite:///file or postgresql://user:password@host/name",
        default="sqlite:///.agent/agent.db",
    )
    takeover_seconds: float = _variable(
        "AGENT_TAKEOVER_SECONDS",
        "silence after which another process of the agent counts as dead",
        default=10.0,
        ge=1,
        le=300,
    )
    drain_seconds: float = _variable(
        "AGENT_DRAIN_SECONDS",
        "so long calls go on when the process is told to stop; at the end they break off",
        default=15.0,
        ge=0,
        le=7200,
    )
    metrics_token: SecretStr | None = _variable(
        "AGENT_METRICS_TOKEN",
        "bearer token of GET /metrics, which is there only when this is set",
        default=None,
        min_length=16,
    )
    keep_days: int = _variable(
        "AGENT_KEEP_DAYS",
        "days after which closed handoffs are deleted; 0 keeps them for ever",
        default=90,
        ge=0,
        le=36500,
    )
    telemetry: bool = _variable(
        "AGENT_TELEMETRY", "let Twilio Agent Connect send usage events to its maker", default=False
    )

    @field_validator("openai_api_key")
    @classmethod
    def _need_a_model(cls, key: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if key is None and not info.data.get("openai_base_url"):
            raise ValueError("is not set, nor is OPENAI_BASE_URL")
        return key

    @field_validator("check_workers", "longest_queue")
    @classmethod
    def _need_a_workspace(cls, value: int | None, info: ValidationInfo) -> int | None:
        if value is not None and value is not False and not info.data.get("flex_workspace_sid"):
            raise ValueError("needs AGENT_FLEX_WORKSPACE_SID")
        return value

    @field_validator("ticket_secret")
    @classmethod
    def _need_a_signature(cls, secret: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if secret is None and info.data.get("ticket_webhook_url"):
            raise ValueError("is not set, but AGENT_TICKET_WEBHOOK_URL is")
        if secret and len(secret.get_secret_value()) < 16:
            raise ValueError("must have 16 characters or more")
        return secret

    @field_validator("public_url")
    @classmethod
    def _complete_public_url(cls, url: str, info: ValidationInfo) -> str:
        url = encrypted(url.rstrip("/") or f"https://{info.data.get('voice_public_domain', '')}")
        parts = urlsplit(url)
        if parts.path or parts.query:
            raise ValueError("must have no path: https://agent.example.org")
        return url

    @property
    def own_addresses(self) -> list[str | None]:
        """At which customers write to the agent or call it."""
        return [self.phone_number, self.whatsapp_number, self.rcs_sender_id, self.chat_identity]

    @property
    def socket_url(self) -> str:
        """Public address of the ConversationRelay socket, without the token of a call."""
        return re.sub("^http", "ws", self.public_url) + self.websocket_path

    @property
    def checks_desk(self) -> bool:
        """Whether TaskRouter is asked before a human is promised."""
        return self.check_workers or self.longest_queue is not None

    @property
    def flow_password(self) -> str:
        """By which the flow asks about handoffs."""
        if self.flow_secret is not None:
            return self.flow_secret.get_secret_value()
        return derive_flow_secret(self.auth_token.get_secret_value())

    @property
    def usual_language(self) -> str:
        """Of calls, until the caller speaks another, and of what is written without the model."""
        return next(iter(self.languages), _USUAL_LANGUAGE)

    def twilio_url(self, product: str, *, regional: bool = False) -> str:
        """Base address of a Twilio product; `regional` ones follow `TWILIO_REGION`."""
        name = f"{product}.{self.region}" if regional and self.region else product
        return self.twilio_base_url.format(product=name)

    def product_of(self, url: str) -> str:
        """The Twilio product that has this base address; the reverse of `twilio_url`."""
        pattern = re.escape(self.twilio_base_url).replace(r"\{product\}", r"([a-z-]+)(\.\w+)?")
        found = re.match(pattern, url)
        return found[1] if found else "other"


Loaded = TypeVar("Loaded", bound=Credentials)


def derive_flow_secret(auth_token: str) -> str:
    """The flow's password where none is set: from it the auth token cannot be found out."""
    return hmac.digest(auth_token.encode(), b"studio flow", "sha256").hex()


def variable_of(field: str) -> str:
    """The environment variable of a field of `Settings`."""
    return str(Settings.model_fields[field].alias)


def read_environment(env_file: Path = Path(".env")) -> dict[str, str]:
    """The variables of `env_file`, if any, overlaid by the process's; empty ones left out."""
    from_file = {name: value or "" for name, value in dotenv_values(env_file).items()}
    return {name: value for name, value in {**from_file, **os.environ}.items() if value.strip()}


def load_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Settings from `environment` (default: the process's and `.env`).

    Raises SettingsError naming every missing or malformed variable, what it is and where to find
    it.
    """
    return _load(Settings, environment)


def load_credentials(environment: Mapping[str, str] | None = None) -> Credentials:
    """As `load_settings`, where nothing but the account is needed."""
    return _load(Credentials, environment)


def _load(kind: type[Loaded], environment: Mapping[str, str] | None) -> Loaded:
    values = read_environment() if environment is None else environment
    try:
        return kind.model_validate(dict(values))
    except ValidationError as error:
        raise SettingsError(explain(error, Settings.model_fields)) from None


def flow_password_of(environment: Mapping[str, str]) -> str:
    """`Settings.flow_password` before there is a flow; the other settings may be missing.

    Raises SettingsError when it cannot be had from `environment`.
    """
    given = environment.get(variable_of("flow_secret"))
    token = environment.get(variable_of("auth_token"))
    if not given and not token:
        names = [variable_of("auth_token"), variable_of("flow_secret")]
        raise SettingsError(f"Neither {' nor '.join(names)} is set (environment or .env)")
    return given or derive_flow_secret(token or "")


def public_url_of(environment: Mapping[str, str]) -> str:
    """`Settings.public_url` while the other settings may be missing; empty where it is not set."""
    domain = without_scheme(environment.get(variable_of("voice_public_domain"), ""))
    given = environment.get(variable_of("public_url"), f"https://{domain}" if domain else "")
    return given.rstrip("/")
