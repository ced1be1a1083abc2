"""The clients of the model and of Twilio's APIs, as the settings want them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tac import TAC
from tac.core.config import TACConfig, TwilioMemoryConfig

from agent.fallback_model import FallbackModel
from agent.handoff.call_off import CallOff
from agent.handoff.tickets import TicketClient
from agent.language_model import LanguageModel, OpenAIModel
from agent.logs import take_back_tac_logging
from agent.metrics import Metrics
from agent.settings import Settings
from agent.store.handoffs import HandoffStore
from agent.twilio_api.classic import ClassicClient
from agent.twilio_api.flex import FlexClient
from agent.twilio_api.http import ClientPool
from agent.twilio_api.memory import PooledMemoryClient
from agent.twilio_api.orchestrator import OrchestratorClient
from agent.twilio_api.studio import StudioClient
from agent.twilio_api.taskrouter import TaskRouterClient


def create_model(settings: Settings) -> LanguageModel:
    """The model; with the fallback model beside it, where one is set."""
    first = OpenAIModel(settings)
    if settings.openai_fallback_model is None:
        return first
    second = OpenAIModel(settings, settings.openai_fallback_model)
    return FallbackModel(first, second, hedge_seconds=settings.hedge_seconds)


def create_desk(pool: ClientPool, settings: Settings) -> tuple[FlexClient, TaskRouterClient]:
    """Of the workspace that is set, else of Flex's own."""
    flex = FlexClient(pool, settings.twilio_url("flex-api"))
    workspace = settings.flex_workspace_sid or flex
    return flex, TaskRouterClient(pool, settings.twilio_url("taskrouter"), workspace)


def create_studio(pool: ClientPool, settings: Settings) -> StudioClient:
    """For the flow that receives handoffs."""
    return StudioClient(pool, settings.twilio_url("studio"), settings.handoff_flow_sid)


@asynccontextmanager
async def opened_pool(settings: Settings, metrics: Metrics) -> AsyncIterator[ClientPool]:
    """Connections to all of Twilio's hosts, counted, until the block ends."""
    pool = ClientPool(
        settings.api_key,
        settings.api_secret.get_secret_value(),
        timeout_seconds=settings.twilio_seconds,
        watch=lambda base_url: metrics.twilio_counter(settings.product_of(base_url)),
    )
    try:
        yield pool
    finally:
        await pool.close()


def create_tickets(settings: Settings) -> TicketClient | None:
    """None where no ticket system is set."""
    if settings.ticket_webhook_url is None or settings.ticket_secret is None:
        return None
    return TicketClient(
        settings.ticket_webhook_url,
        settings.ticket_secret.get_secret_value(),
        timeout_seconds=settings.twilio_seconds,
    )


def create_orchestrator(pool: ClientPool, settings: Settings) -> OrchestratorClient:
    """For the conversation configuration of the settings."""
    return OrchestratorClient(
        pool,
        settings.twilio_url("conversations", regional=True),
        settings.conversation_configuration_id,
    )


def create_classic(
    pool: ClientPool, settings: Settings, service_sid: str | None
) -> ClassicClient | None:
    """None where no service is connected: then there is no web chat."""
    if not service_sid:
        return None
    return ClassicClient(pool, settings.twilio_url("conversations"), service_sid)


def create_tac(
    settings: Settings, orchestrator: OrchestratorClient, memory: PooledMemoryClient
) -> TAC:
    """A `TAC` with our clients.

    With a configuration id TAC 2.5.0 reads it over a blocking connection in its constructor, and
    makes clients of its own; so the id is set afterwards, before the channels are made.
    """
    tac = TAC(_to_tac_config(settings))
    take_back_tac_logging(settings.log_level)
    tac.conversation_orchestrator_client = orchestrator
    tac.conversation_memory_client = memory
    tac.config.conversation_configuration_id = settings.conversation_configuration_id
    return tac


def _to_tac_config(settings: Settings) -> TACConfig:
    return TACConfig(
        account_sid=settings.account_sid,
        auth_token=settings.auth_token.get_secret_value(),
        api_key=settings.api_key,
        api_secret=settings.api_secret.get_secret_value(),
        region=settings.region,
        phone_number=settings.phone_number,
        whatsapp_number=settings.whatsapp_number,
        rcs_sender_id=settings.rcs_sender_id,
        log_level="WARNING",
        studio_handoff_flow_sid=settings.handoff_flow_sid,
        voice_public_domain=settings.voice_public_domain,
        voice_websocket_path=settings.websocket_path,
        voice_action_path=settings.action_path,
        voice_call_event_path=settings.call_event_path,
        memory_config=TwilioMemoryConfig(
            trait_groups=settings.memory_trait_groups,
            phone_trait_group=settings.memory_phone_trait_group,
            phone_trait_field=settings.memory_phone_trait_field,
        ),
    )


@asynccontextmanager
async def calling_off(settings: Settings, store: HandoffStore) -> AsyncIterator[CallOff]:
    """For an operator's command, beside the running agent."""
    async with opened_pool(settings, Metrics()) as pool:
        flex, taskrouter = create_desk(pool, settings)
        yield CallOff(store, create_studio(pool, settings), taskrouter, flex)
