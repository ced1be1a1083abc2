"""The unmodified agent in the environment of a live account, with stand-ins at the real names."""

from __future__ import annotations

import asyncio
import html
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from getting_started.twilio_emulator.driver import Driver
from getting_started.twilio_emulator.seed import AGENT_NUMBER, CUSTOMER_NUMBER
from tests.live_environment import (
    PUBLIC_URL,
    LiveEnvironment,
    live_environment,
    running_agent,
)

Frame = dict[str, Any]


@pytest.fixture
async def live(tmp_path: Path) -> AsyncIterator[LiveEnvironment]:
    """A serving agent. At the end nobody but the account and the model was asked for anything,
    and the log holds neither crashes nor what must not be logged."""
    async with live_environment(tmp_path) as environment:
        async with running_agent(environment, tmp_path):
            yield environment
            await environment.twilio.settle()
        assert not environment.proxy.refused
        assert environment.proxy.hosts <= {
            "api.openai.com",
            "conversations.twilio.com",
            "memory.twilio.com",
            "studio.twilio.com",
        }
        log = await asyncio.to_thread((tmp_path / "agent.log").read_text)
        for unwanted in ("Traceback", CUSTOMER_NUMBER, environment.account["TWILIO_AUTH_TOKEN"]):
            assert unwanted not in log


@pytest.fixture
async def driver(live: LiveEnvironment) -> AsyncIterator[Driver]:
    async with Driver(live.twilio.base_url) as driver:
        yield driver


class RelayClient:
    """ConversationRelay's side of one call, frame by frame."""

    def __init__(self, live: LiveEnvironment) -> None:
        self._twilio = live.twilio
        self._configuration_id = live.account["TWILIO_CONVERSATION_CONFIGURATION_ID"]
        self.call_sid = self._twilio.sids.sid("CA")

    async def connect(self) -> ClientConnection:
        """Fetch the TwiML for the call, open the socket it names and send `setup`."""
        await self._twilio.orchestrator.open_call(
            configuration_id=self._configuration_id,
            call_sid=self.call_sid,
            customer=CUSTOMER_NUMBER,
            agent=AGENT_NUMBER,
        )
        url = await self._fetch_socket_url()
        socket = await connect(
            self._twilio.tunnel.resolve(url),
            additional_headers=self._twilio.webhooks.sign(url),
            proxy=None,
        )
        await self._set_up(socket)
        return socket

    async def _fetch_socket_url(self) -> str:
        form = {
            "AccountSid": self._twilio.account.sid,
            "CallSid": self.call_sid,
            "From": CUSTOMER_NUMBER,
            "To": AGENT_NUMBER,
            "Direction": "inbound",
            "CallStatus": "ringing",
        }
        answer = await self._twilio.webhooks.request_form(f"{PUBLIC_URL}/twiml", form)
        assert answer is not None
        found = re.search(r'<ConversationRelay[^>]* url="([^"]+)"', answer.text)
        assert found, answer.text
        return html.unescape(found[1])

    async def _set_up(self, socket: ClientConnection) -> None:
        setup = {
            "type": "setup",
            "sessionId": self._twilio.sids.sid("VX"),
            "accountSid": self._twilio.account.sid,
            "callSid": self.call_sid,
            "parentCallSid": "",
            "from": CUSTOMER_NUMBER,
            "to": AGENT_NUMBER,
            "forwardedFrom": "",
            "callType": "PSTN",
            "callerName": "",
            "direction": "inbound",
            "callStatus": "RINGING",
            "customParameters": {},
        }
        await socket.send(json.dumps(setup))


async def say(socket: ClientConnection, words: str) -> None:
    prompt = {"type": "prompt", "voicePrompt": words, "lang": "en-US", "last": True}
    await socket.send(json.dumps(prompt))


async def frames_until(socket: ClientConnection, kind: str) -> list[Frame]:
    """The frames up to the first of that type."""
    frames: list[Frame] = []
    while not frames or frames[-1]["type"] != kind:
        frames.append(json.loads(await socket.recv()))
    return frames


async def frames_until_closed(socket: ClientConnection) -> list[Frame]:
    """Close the socket as Twilio does after `end`, and read what was still under way."""
    frames: list[Frame] = []
    await socket.close()
    try:
        while True:
            frames.append(json.loads(await socket.recv()))
    except ConnectionClosed:
        return frames


def memory_store_id(live: LiveEnvironment) -> str:
    configurations = live.twilio.orchestrator.configurations
    return configurations[live.account["TWILIO_CONVERSATION_CONFIGURATION_ID"]].memory_store_id


def executions_asked_for(live: LiveEnvironment) -> list[dict[str, Any]]:
    """The parameters of each execution of the configured flow that was asked for."""
    path = f"/v2/Flows/{live.account['TWILIO_STUDIO_HANDOFF_FLOW_SID']}/Executions"
    return [
        json.loads(parse_qs(entry.detail["body"])["Parameters"][0])
        for entry in live.twilio.journal.since(0, "request")
        if (entry.detail["method"], entry.detail["path"]) == ("POST", path)
    ]


async def test_call_streams_words_then_ends_once_with_payload(live: LiveEnvironment) -> None:
    async with await RelayClient(live).connect() as socket:
        await say(socket, "Can I talk to a person, please?")
        frames = await frames_until(socket, "end")
        await say(socket, "Hello?")
        frames += await frames_until_closed(socket)

    tokens = [frame["token"] for frame in frames if frame["type"] == "text"]
    assert len([token for token in tokens if token.strip()]) > 3
    ends = [frame for frame in frames if frame["type"] == "end"]
    payload = json.loads(ends[0]["handoffData"])
    assert len(ends) == 1
    assert payload["conversationId"].startswith("conv_conversation_")
    assert payload["storeId"] == memory_store_id(live)
    assert payload["profileId"]
    assert "talk to a person" in payload["attributes"]["reason"]
    assert executions_asked_for(live) == []


async def test_call_reaches_the_human_through_the_flow(
    live: LiveEnvironment, driver: Driver
) -> None:
    call = await driver.phone.call(CUSTOMER_NUMBER, AGENT_NUMBER)
    await call.listen("AI_AGENT")
    await call.say("I want to speak to a human")

    task = await driver.flex.wait_for_task()
    await call.hang_up()

    assert task.attributes["conversationId"].startswith("conv_conversation_")
    assert task.attributes["storeId"] == memory_store_id(live)
    assert "speak to a human" in task.attributes["reason"]


async def test_chat_webhook_starts_one_execution(live: LiveEnvironment, driver: Driver) -> None:
    chat = await driver.chat.start("customer-1")
    await chat.send("I want a human, please")
    goodbye = await chat.listen()
    await driver.flex.wait_for_task()

    parameters = executions_asked_for(live)

    assert "colleague" in goodbye.text
    assert len(parameters) == 1
    handoff_data = parameters[0]["HandoffData"]
    assert handoff_data["storeId"] == memory_store_id(live)
    assert handoff_data["conversationId"].startswith("conv_conversation_")
    assert handoff_data["attributes"]["reason_code"] == "customer_request"


async def test_refused_handoff_leaves_the_agent_answering(
    live: LiveEnvironment, driver: Driver
) -> None:
    await driver.fail(product="studio", path="/v2/Flows/*/Executions", status=503)
    chat = await driver.chat.start("customer-1")

    await chat.send("I want a human, please")
    said = [await chat.listen(), await chat.listen()]
    await chat.send("What are your opening hours?")
    answer = await chat.listen()

    assert "I'm sorry" in said[-1].text
    assert "12 Harbor Street" in answer.text
    assert await driver.flex.tasks() == []
