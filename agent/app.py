"""The one place where settings, clients, store, model, tools and channels are put together."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from agent import promises
from agent.channels.call_ends import CallEnds
from agent.channels.ingress import Ingress, SocketTickets
from agent.channels.messaging import Messaging
from agent.channels.routes import Agent, twilio_routes
from agent.channels.voice import HandoffVoiceChannel, VoiceParts
from agent.clients import (
    create_classic,
    create_desk,
    create_model,
    create_orchestrator,
    create_studio,
    create_tac,
    create_tickets,
    opened_pool,
)
from agent.conversation import Conversations
from agent.errors import HandoffError, SettingsError
from agent.handoff import durable_delivery
from agent.handoff.availability import Availability
from agent.handoff.call_delivery import CallDelivery
from agent.handoff.call_off import CallOff
from agent.handoff.call_watch import CallWatch
from agent.handoff.delivery import Handoffs
from agent.handoff.delivery_steps import DeliverySteps
from agent.handoff.desk import Desk
from agent.handoff.engine import delivering
from agent.handoff.flow_watch import FlowWatch
from agent.handoff.payload import check_attributes
from agent.handoff.presence import Presence
from agent.handoff.receipts import Receipts
from agent.handoff.record import HandoffRecord
from agent.handoff.requests import AddAttributes, HandoffRequests
from agent.handoff.ways import create_ways
from agent.language_model import LanguageModel
from agent.memory import CustomerMemory
from agent.metrics import Metrics
from agent.settings import Settings, variable_of
from agent.store.database import connect, migrate
from agent.store.handoff_search import HandoffSearch
from agent.store.handoffs import HandoffStore
from agent.store.lost_messages import LostMessages
from agent.store.message_claims import MessageClaims
from agent.store.replicas import Replicas
from agent.store.thread_claims import ThreadClaims
from agent.turns import Turns
from agent.twilio_api.calls import CallsClient
from agent.twilio_api.http import ClientPool
from agent.twilio_api.memory import PooledMemoryClient
from agent.twilio_api.rest import create_rest_client
from agent.web.chat import WebChat
from agent.web.handoff_notices import HandoffNotices
from agent.web.routes import chat_routes
from tools import create_tools
from tools.assistants.handover import Handovers
from tools.assistants.routes import assistant_routes
from tools.context import ToolContext

logger = logging.getLogger(__name__)

DRAIN_SECONDS = 10.0


def create_app(
    settings: Settings,
    *,
    add_attributes: AddAttributes | None = None,
    model: LanguageModel | None = None,
) -> Starlette:
    """The web application of the agent.

    `add_attributes` computes attributes for each handoff, beside those of
    `AGENT_HANDOFF_ATTRIBUTES`; `model` replaces the usual one. Raises SettingsError when the
    configured attributes cannot be used.
    """
    _check_attributes(settings)
    os.environ["TAC_ANALYTICS_DISABLED"] = "false" if settings.telemetry else "true"

    @asynccontextmanager
    async def run(app: Starlette) -> AsyncIterator[None]:
        compute = add_attributes or (lambda _conversation: {})
        metrics = Metrics()
        chosen = model or create_model(settings)
        async with (
            opened_pool(settings, metrics) as pool,
            _running(settings, pool, metrics, compute, chosen) as (agent, handovers),
        ):
            app.state.agent, app.state.handovers = agent, handovers
            yield
            app.state.agent = None

    routes = [*twilio_routes(settings), assistant_routes(), chat_routes(settings)]
    app = Starlette(routes=routes, exception_handlers={HTTPException: _refuse}, lifespan=run)
    app.state.agent = None
    app.state.is_stopping = False
    return app


async def _refuse(_request: Request, refusal: Exception) -> Response:
    assert isinstance(refusal, HTTPException)  # noqa: S101 - Starlette's types say less
    return JSONResponse({"detail": refusal.detail}, refusal.status_code, refusal.headers)


@asynccontextmanager
async def _running(
    settings: Settings,
    pool: ClientPool,
    metrics: Metrics,
    add_attributes: AddAttributes,
    model: LanguageModel,
) -> AsyncIterator[tuple[Agent, Handovers]]:
    """Connect everything; at the end let calls and messages finish, then close.

    Raises TwilioApiError when the account cannot be read with the settings.
    """
    orchestrator = create_orchestrator(pool, settings)
    configuration, _ = await asyncio.gather(
        orchestrator.fetch_configuration(), asyncio.to_thread(promises.prepare)
    )
    memory_client = PooledMemoryClient(
        pool, settings.twilio_url("memory", regional=True), configuration.memory_store_id
    )
    tac = create_tac(settings, orchestrator, memory_client)

    conversations = Conversations()
    memory = CustomerMemory(memory_client, settings)
    await migrate(settings.database_url)
    engine = connect(settings.database_url)
    replicas = Replicas(engine, silent_seconds=settings.takeover_seconds)
    classic = create_classic(pool, settings, configuration.classic_service_sid)
    notices = HandoffNotices(HandoffStore(engine), classic, settings)

    def on_handoff_change(record: HandoffRecord) -> None:
        metrics.count_handoff(record)
        notices.notice(record)

    store = HandoffStore(engine, on_handoff_change)
    studio = create_studio(pool, settings)
    flex, taskrouter = create_desk(pool, settings)
    call_off = CallOff(store, studio, taskrouter, flex)
    handoffs = Handoffs(store, orchestrator, call_off=call_off, settings=settings)
    requests = HandoffRequests(
        store,
        handoffs,
        memory_store_id=configuration.memory_store_id,
        add_attributes=add_attributes,
        settings=settings,
    )
    tickets = create_tickets(settings)
    ways = create_ways(settings, studio=studio, flex=flex, taskrouter=taskrouter, tickets=tickets)
    desk = Desk(
        requests,
        Availability(settings, taskrouter),
        [way.way for way in ways],
        offers_wait=settings.offer_wait,
    )
    context = ToolContext(desk, memory, settings.knowledge_folder, settings.orders_file)
    turns = Turns(model, create_tools(context), memory, metrics, settings)
    call_delivery = CallDelivery(store, orchestrator)
    parts = VoiceParts(settings, conversations, turns, call_delivery, memory, orchestrator)
    voice = HandoffVoiceChannel(tac, parts)
    voice._twilio_client = create_rest_client(settings)
    presence = Presence(store, orchestrator, settings.own_addresses)
    messaging = Messaging(
        tac,
        settings,
        conversations=conversations,
        turns=turns,
        handoffs=handoffs,
        presence=presence,
        classic=classic,
        lost_messages=LostMessages(engine),
        claims=MessageClaims(engine, replicas),
        metrics=metrics,
    )
    durable_delivery.set_up(
        DeliverySteps(
            store, ways, orchestrator, messaging.tell, retry_seconds=settings.handoff_retry_seconds
        )
    )
    logger.info("Ready: %s", settings.public_url)
    search = HandoffSearch(engine)
    flows = FlowWatch(search, store, studio)
    calls_client = CallsClient(pool, settings.twilio_url("api"), settings.account_sid)
    calls = CallWatch(search, store, calls_client, taskrouter, requests.go_elsewhere)
    warming_up = asyncio.create_task(model.warm_up())
    async with delivering(
        engine,
        search,
        flows,
        calls,
        settings,
        replicas=replicas,
        messages=messaging,
    ):
        try:
            agent = Agent(
                settings=settings,
                ingress=Ingress(settings),
                tickets=SocketTickets(settings),
                voice=voice,
                messaging=messaging,
                call_ends=CallEnds(
                    settings, conversations, delivery=call_delivery, requests=requests
                ),
                receipts=Receipts(store, call_off, taskrouter, presence, messaging.tell),
                metrics=metrics,
                web_chat=WebChat(settings, classic) if classic else None,
            )
            yield agent, Handovers(settings, pool, ThreadClaims(engine))
        finally:
            warming_up.cancel()
            await _drain(messaging, voice, call_delivery, notices)
    await model.close()
    if tickets:
        await tickets.close()
    await engine.dispose()


async def _drain(
    messaging: Messaging,
    voice: HandoffVoiceChannel,
    call_delivery: CallDelivery,
    notices: HandoffNotices,
) -> None:
    try:
        async with asyncio.timeout(DRAIN_SECONDS):
            await messaging.finish()
            await voice.finish()
            await call_delivery.finish()
            await notices.finish()
    except TimeoutError:
        logger.warning("Stopped before all work was finished")
    finally:
        await messaging.stop()


def _check_attributes(settings: Settings) -> None:
    try:
        check_attributes(settings.handoff_attributes)
    except HandoffError as error:
        raise SettingsError(f"{variable_of('handoff_attributes')}: {error}") from None
