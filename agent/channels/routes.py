"""The HTTP and WebSocket routes that Twilio calls, and the two for health checks."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass

from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket
from tac.models.voice import TwiMLRequest
from twilio.twiml.voice_response import VoiceResponse

from agent.channels.call_ends import CallEnds, is_studio
from agent.channels.ingress import Ingress, SocketTickets
from agent.channels.messaging import Messaging
from agent.channels.relay_socket import POLICY_VIOLATION, RelaySocket
from agent.channels.session_twiml import session_options
from agent.channels.voice import HandoffVoiceChannel
from agent.handoff.receipts import Receipts
from agent.languages import put_first
from agent.metrics import TEXT_FORMAT, Metrics
from agent.settings import Settings
from agent.twilio_api.studio import flow_hook
from agent.web.chat import WebChat


@dataclass(frozen=True)
class Agent:
    """The running agent: what its routes work with."""

    settings: Settings
    ingress: Ingress
    tickets: SocketTickets
    voice: HandoffVoiceChannel
    messaging: Messaging
    receipts: Receipts
    call_ends: CallEnds
    metrics: Metrics
    web_chat: WebChat | None


def agent_of(connection: HTTPConnection) -> Agent:
    """The running agent; 503 before it is ready and after it has stopped."""
    agent: Agent | None = connection.app.state.agent
    if agent is None:
        raise HTTPException(503, "The agent is not ready")
    return agent


def twilio_routes(settings: Settings) -> list[BaseRoute]:
    """The routes at the paths the settings give."""
    events = settings.call_event_path.rstrip("/")
    socket = settings.websocket_path
    metrics = [Route("/metrics", tell_metrics)] if settings.metrics_token else []
    return [
        Route("/healthz", is_alive),
        Route("/readyz", is_ready),
        *metrics,
        Route("/twiml", answer_call, methods=["POST"]),
        Route("/webhook", take_event, methods=["POST"]),
        Route("/taskrouter/events", take_receipt, methods=["POST"]),
        Route(settings.action_path, after_session, methods=["POST"]),
        Route("/handoffs/pending", tell_pending_handoff),
        Route("/handoffs/next-step", tell_next_step, methods=["POST"]),
        Route(f"{events}/status", take_call_status, methods=["POST"]),
        Route(f"{events}/amd", take_amd, methods=["POST"]),
        Route(f"{events}/recording", take_recording, methods=["POST"]),
        WebSocketRoute(socket, relay),
        WebSocketRoute(f"{socket}/{{ticket}}", relay),
    ]


async def is_alive(_request: Request) -> Response:
    return JSONResponse({"status": "alive"})


async def is_ready(request: Request) -> Response:
    agent_of(request)
    if request.app.state.is_stopping:
        raise HTTPException(503, "Stopping once calls have ended")
    return JSONResponse({"status": "ready"})


async def tell_metrics(request: Request) -> Response:
    """For Prometheus, which brings the token of the settings."""
    agent = agent_of(request)
    token = agent.settings.metrics_token
    given = request.headers.get("authorization", "")
    expected = f"Bearer {token.get_secret_value() if token else ''}"
    if not hmac.compare_digest(given.encode(), expected.encode()):
        raise HTTPException(401, "Who asks?", {"WWW-Authenticate": "Bearer"})
    return Response(agent.metrics.to_text(), media_type=TEXT_FORMAT)


async def answer_call(request: Request) -> Response:
    """TwiML that connects the call to the agent, and to the handoff flow once that has ended.

    https://www.twilio.com/docs/voice/twiml/connect/conversationrelay
    """
    agent = agent_of(request)
    form = await agent.ingress.read_form(request)
    settings = agent.settings
    action_url = _action_url(settings, form.get("Direction", ""))
    welcome = settings.welcome_greeting
    return await _connect(agent, form, welcome, action_url, settings.languages)


async def _connect(
    agent: Agent, form: dict[str, str], greeting: str, action_url: str, languages: Sequence[str]
) -> Response:
    ticket = agent.tickets.issue(form.get("CallSid", ""))
    options = session_options(
        greeting=greeting,
        socket_url=f"{agent.settings.socket_url}/{ticket}",
        action_url=action_url,
        languages=languages,
    )
    twiml = await agent.voice.handle_incoming_call(
        TwiMLRequest.from_form(form), host_twiml_options=options
    )
    return _twiml(twiml)


def _action_url(settings: Settings, direction: str) -> str:
    """The flow itself, so that a call outlives this process; it refuses calls we have placed."""
    if direction.startswith("outbound") or settings.voice_action == "app":
        return settings.public_url + settings.action_path
    return flow_hook(settings, settings.handoff_flow_sid)


async def relay(websocket: WebSocket) -> None:
    """A ConversationRelay session. Refused with 1008 unless Twilio signed exactly this address.

    TwiML of ours always names a ticket; without one the address is one that only the holder of
    the auth token can have signed.
    """
    agent = agent_of(websocket)
    ticket = websocket.path_params.get("ticket")
    is_genuine = agent.ingress.is_genuine_socket(websocket)
    call_sid = agent.tickets.redeem(ticket) if ticket and is_genuine else None
    if not is_genuine or (ticket and call_sid is None):
        await websocket.close(POLICY_VIOLATION)
        return
    socket = RelaySocket(websocket, account_sid=agent.settings.account_sid, call_sid=call_sid)
    await agent.voice.handle_websocket(socket)


async def after_session(request: Request) -> Response:
    """The end of a session whose `<Connect action>` is ours: a person, the agent once more, or
    nothing where the caller is gone.

    https://www.twilio.com/docs/voice/conversationrelay/onboarding
    """
    agent = agent_of(request)
    form = await agent.ingress.read_form(request)
    is_second = "again" in request.query_params
    answer = await agent.call_ends.answer(form, is_second=is_second)
    if isinstance(answer, VoiceResponse):
        return _twiml(str(answer))
    action_url = agent.settings.public_url + agent.settings.action_path
    suffix = "?again=1" if is_second or answer.is_last else ""
    languages = put_first(answer.language, agent.settings.languages)
    return await _connect(agent, form, answer.greeting, action_url + suffix, languages)


async def tell_pending_handoff(request: Request) -> Response:
    """What the flow asks when a session ended without a handoff and the caller is still there."""
    agent = _agent_for_flow(request)
    payload = await agent.call_ends.take_pending(request.query_params.get("CallSid", ""))
    return JSONResponse(
        {"pending": payload is not None, "HandoffData": payload and payload.to_wire()}
    )


async def tell_next_step(request: Request) -> Response:
    """What the flow asks when no queue took the caller: the words to part with, after something
    else was arranged for them. However often it asks, that is done once."""
    agent = _agent_for_flow(request)
    call_sid = request.query_params.get("CallSid", "")
    phrases, words = await agent.call_ends.arrange_next_step(call_sid)
    return JSONResponse({"say": words, "language": phrases.language})


def _agent_for_flow(request: Request) -> Agent:
    """The running agent, for the flow alone; 401 also for those who send no password, as some
    clients send what the address holds only when asked for it."""
    agent = agent_of(request)
    given = request.headers.get("authorization", "")
    if not is_studio(given, agent.settings.flow_password):
        raise HTTPException(401, "Only the flow may ask", {"WWW-Authenticate": "Basic"})
    return agent


async def take_event(request: Request) -> Response:
    """An Orchestrator event: acknowledged once it is kept, worked on in order.

    https://www.twilio.com/docs/conversations/orchestrator/webhooks
    """
    agent = agent_of(request)
    event = await agent.ingress.read_event(request)
    await agent.messaging.accept(event)
    data = event.get("data")
    is_update = event.get("eventType") == "CONVERSATION_UPDATED"
    if is_update and isinstance(data, dict) and isinstance(data.get("id"), str):
        await agent.voice.process_webhook(event)
    return JSONResponse({"status": "ok"})


async def take_receipt(request: Request) -> Response:
    """What became of a task, from the EventCallbackUrl of the workspace.

    https://www.twilio.com/docs/taskrouter/api/event/reference
    """
    agent = agent_of(request)
    await agent.receipts.take(await agent.ingress.read_form(request))
    return Response(status_code=204)


async def take_call_status(request: Request) -> Response:
    agent = agent_of(request)
    return await _take(agent.voice.handle_call_status_event(await agent.ingress.read_form(request)))


async def take_amd(request: Request) -> Response:
    agent = agent_of(request)
    return await _take(agent.voice.handle_amd_event(await agent.ingress.read_form(request)))


async def take_recording(request: Request) -> Response:
    agent = agent_of(request)
    return await _take(agent.voice.handle_recording_event(await agent.ingress.read_form(request)))


async def _take(handling: Awaitable[None]) -> Response:
    """204 once handled; 400 when a genuine event lacks what it must have."""
    try:
        await handling
    except ValidationError as error:
        raise HTTPException(
            400, f"The event cannot be read: {error.error_count()} faults"
        ) from None
    return Response(status_code=204)


def _twiml(document: str) -> Response:
    return Response(document, media_type="application/xml")
