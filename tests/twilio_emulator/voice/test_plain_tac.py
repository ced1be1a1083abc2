"""Plain TAC answers a call: its own voice channel and clients, nothing of this project's agent."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from fastapi import FastAPI, Response, WebSocket
from tac import TAC, TACConfig
from tac.channels.voice import VoiceChannel
from tac.context.conversation import ConversationClient
from tac.context.memory import MemoryClient
from tac.server.fastapi_server import FastAPIWebSocketAdapter

from getting_started.serving import listen, serving, url_of
from getting_started.twilio_emulator.driver import Driver
from getting_started.twilio_emulator.twilio import Twilio
from tests.twilio_emulator.voice.app import NUMBER, call


def build_tac(twilio: Twilio, domain: str) -> TAC:
    """TAC with its own clients, which only have another base address."""
    account = twilio.account
    tac = TAC(
        TACConfig(
            account_sid=account.sid,
            auth_token=account.auth_token,
            api_key=account.api_key,
            api_secret=account.api_secret,
            phone_number=NUMBER,
            voice_public_domain=domain,
        )
    )
    store = twilio.memory.create_store("tac")
    configuration = twilio.orchestrator.create_configuration(
        {
            "displayName": "tac",
            "description": "Calls",
            "conversationGroupingType": "GROUP_BY_PARTICIPANT_ADDRESSES_AND_CHANNEL_TYPE",
            "memoryStoreId": store.id,
        }
    )
    orchestrator = ConversationClient(account.api_key, account.api_secret, configuration.id)
    orchestrator.base_url = twilio.url("conversations")
    memory = MemoryClient(store.id, account.api_key, account.api_secret)
    memory.base_url = twilio.url("memory")
    tac.conversation_orchestrator_client = orchestrator
    tac.conversation_memory_client = memory
    tac.config.conversation_configuration_id = configuration.id
    return tac


@asynccontextmanager
async def serve_tac(twilio: Twilio) -> AsyncIterator[None]:
    listener = listen()
    domain = url_of(listener).removeprefix("http://")
    tac = build_tac(twilio, domain)
    voice = VoiceChannel(tac)
    tac.on_message_ready(lambda message, context, memory: f"You said {message}")
    app = FastAPI()

    @app.post("/twiml")
    async def answer() -> Response:
        return Response(await voice.handle_incoming_call(), media_type="application/xml")

    @app.websocket("/ws")
    async def converse(websocket: WebSocket) -> None:
        await voice.handle_websocket(FastAPIWebSocketAdapter(websocket))

    async with serving(app, listener) as url:
        twilio.voice.add_number(NUMBER, voice_url=f"{url}/twiml")
        yield


async def test_plain_tac_answers_a_call(twilio: Twilio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAC_ANALYTICS_DISABLED", "true")
    async with serve_tac(twilio), Driver(twilio.base_url) as driver:
        started = await call(driver)
        await started.listen("AI_AGENT")

        await started.say("Where is my parcel?")

        assert await started.listen("AI_AGENT") == "You said Where is my parcel?"
        await started.hang_up()
