"""ConversationRelay, frame by frame."""

from __future__ import annotations

import pytest
from fastapi import WebSocket
from starlette.websockets import WebSocketDisconnect

from getting_started.serving import listen, serving, url_of
from getting_started.twilio_emulator.app import create_emulator
from getting_started.twilio_emulator.driver import Driver
from getting_started.twilio_emulator.twilio import Twilio
from getting_started.twilio_emulator.voice.twiml import Inline
from tests.twilio_emulator.voice.app import CUSTOMER, NUMBER, VoiceApp, alerts, call, texts

HANDOFF = '{"reason":"billing"}'


async def greet_and_echo(app: VoiceApp, websocket: WebSocket) -> None:
    """Repeats each prompt in two tokens; `bye` ends the session with handoff data."""
    try:
        while True:
            frame = await app.hear(websocket)
            if frame.get("voicePrompt") == "bye":
                await websocket.send_json({"type": "text", "token": "Farewell", "last": True})
                await websocket.send_json({"type": "end", "handoffData": HANDOFF})
            elif frame["type"] == "prompt":
                await websocket.send_json({"type": "text", "token": "You said "})
                said = {"type": "text", "token": frame["voicePrompt"], "last": True}
                await websocket.send_json(said)
    except WebSocketDisconnect:
        return


@pytest.fixture
async def relay(app: VoiceApp) -> VoiceApp:
    async def talk(websocket: WebSocket) -> None:
        await greet_and_echo(app, websocket)

    app.talk = talk
    attributes = 'welcomeGreeting="Welcome" dtmfDetection="true"'
    app.answers = {"voice": app.relay(action="after", attributes=attributes)}
    return app


async def test_setup_comes_first(relay: VoiceApp, driver: Driver, twilio: Twilio) -> None:
    noun = f'<ConversationRelay url="{relay.socket_url}"><Parameter name="tier" value="gold"/>'
    relay.answers = {"voice": f"<Connect>{noun}</ConversationRelay></Connect>"}
    started = await call(driver)

    await started.say("hello")
    await started.listen("AI_AGENT")

    setup = relay.frames[0]
    assert setup.pop("sessionId").startswith("VX")
    assert setup == {
        "type": "setup",
        "accountSid": twilio.account.sid,
        "parentCallSid": "",
        "callSid": started.call_sid,
        "from": CUSTOMER,
        "to": NUMBER,
        "forwardedFrom": "",
        "callType": "PSTN",
        "callerName": "",
        "direction": "inbound",
        "callStatus": "RINGING",
        "customParameters": {"tier": "gold"},
    }


async def test_tokens_become_speech(relay: VoiceApp, driver: Driver) -> None:
    started = await call(driver)

    await started.say("hello")

    assert [await started.listen(), await started.listen()] == ["Welcome", "You said hello"]
    frames = [entry.detail["frame"] for entry in await driver.journal.read(kind="frame")]
    assert [one["token"] for one in frames if one["type"] == "text"] == ["You said ", "hello"]
    prompt = {"type": "prompt", "voicePrompt": "hello", "lang": "en-US", "last": True}
    assert prompt in relay.frames


async def test_end_hands_over(relay: VoiceApp, driver: Driver) -> None:
    relay.answers["after"] = "<Say>Please hold</Say>"
    started = await call(driver)

    await started.say("bye")
    state = await started.wait_until_over()

    form = relay.form_of("after")
    assert form["HandoffData"] == HANDOFF
    assert (form["SessionStatus"], form["CallStatus"]) == ("ended", "in-progress")
    assert [one.text for one in state.transcript][-2:] == ["Farewell", "Please hold"]


async def test_hang_up_is_told(relay: VoiceApp, driver: Driver) -> None:
    started = await call(driver)
    await started.wait_until("ConversationRelay")

    await started.hang_up()

    form = relay.form_of("after")
    assert (form["SessionStatus"], form["CallStatus"]) == ("completed", "completed")
    assert "HandoffData" not in form


async def test_keys_arrive_one_by_one(relay: VoiceApp, driver: Driver) -> None:
    started = await call(driver)

    await started.press("12")
    await started.say("hello")
    await started.listen("AI_AGENT")
    await started.listen("AI_AGENT")

    digits = [frame["digit"] for frame in relay.frames if frame["type"] == "dtmf"]
    assert digits == ["1", "2"]


async def test_interruption_reports_what_was_heard(relay: VoiceApp, driver: Driver) -> None:
    async def talk(websocket: WebSocket) -> None:
        await relay.hear(websocket)
        await websocket.send_json({"type": "text", "token": "Sure, the next free "})
        while (frame := await relay.hear(websocket))["type"] != "prompt":
            pass
        await websocket.send_json({"type": "end", "handoffData": frame["voicePrompt"]})

    relay.talk = talk
    started = await call(driver)
    await driver.journal.wait_for("frame", lambda detail: detail["frame"]["type"] == "text")

    await started.interrupt("No, wait", heard="Sure, the next")
    state = await started.wait_until_over()

    interrupt = next(frame for frame in relay.frames if frame["type"] == "interrupt")
    assert interrupt["utteranceUntilInterrupt"] == "Sure, the next"
    assert relay.form_of("after")["HandoffData"] == "No, wait"
    assert ("AI_AGENT", "Sure, the next") in texts(state.transcript)


async def test_protected_speech_is_not_cut(relay: VoiceApp, driver: Driver) -> None:
    async def talk(websocket: WebSocket) -> None:
        await relay.hear(websocket)
        goodbye = {"type": "text", "token": "I connect you ", "interruptible": False}
        await websocket.send_json(goodbye)
        await websocket.send_json({"type": "text", "token": "now", "last": True})
        await relay.hear(websocket)

    relay.talk = talk
    started = await call(driver)
    await started.listen("AI_AGENT")
    await started.listen("AI_AGENT")

    await started.interrupt("stop")
    heard = await driver.journal.wait_for("speech", lambda detail: detail["text"] == "stop")
    await started.hang_up()

    assert heard.detail["unheard"] is True
    assert [frame["type"] for frame in relay.frames] == ["setup"]


@pytest.mark.parametrize(
    "raw",
    [
        "not JSON",
        "[]",
        '{"type": "dance"}',
        '{"type": "text"}',
        '{"type": "text", "token": "x", "last": "yes"}',
        '{"type": "end", "handoffData": {"reason": "billing"}}',
        '{"type": "sendDigits", "digits": "12a"}',
    ],
)
async def test_invalid_frame_is_refused(relay: VoiceApp, driver: Driver, raw: str) -> None:
    async def talk(websocket: WebSocket) -> None:
        await relay.hear(websocket)
        await websocket.send_text(raw)
        await relay.hear(websocket)
        await websocket.send_json({"type": "end"})

    relay.talk = talk

    await (await call(driver)).wait_until_over()

    assert relay.frames[-1] == {"type": "error", "description": f"Invalid message received: {raw}"}
    assert relay.form_of("after")["SessionStatus"] == "ended"
    assert await alerts(driver) == [64107]


async def test_ten_invalid_frames_end_the_session(relay: VoiceApp, driver: Driver) -> None:
    async def talk(websocket: WebSocket) -> None:
        for _ in range(10):
            await websocket.send_text("{}")
        await greet_and_echo(relay, websocket)

    relay.talk = talk

    await (await call(driver)).wait_until_over()

    assert relay.form_of("after")["ErrorCode"] == "64105"


async def test_oversized_frame_ends_the_session(relay: VoiceApp, driver: Driver) -> None:
    async def talk(websocket: WebSocket) -> None:
        await websocket.send_json({"type": "text", "token": "x" * 65_536})
        await greet_and_echo(relay, websocket)

    relay.talk = talk

    await (await call(driver)).wait_until_over()

    assert relay.form_of("after")["ErrorCode"] == "64105"


async def test_outbound_setup_says_so(relay: VoiceApp, driver: Driver, twilio: Twilio) -> None:
    target = Inline(f"<Response>{relay.relay()}</Response>")
    sid = twilio.voice.place_call(from_=NUMBER, to=CUSTOMER, target=target).sid
    placed = await driver.phone.wait_for_call(CUSTOMER)
    await placed.say("bye")
    await placed.wait_until_over()

    setup = relay.frames[0]
    assert (setup["callSid"], setup["direction"]) == (sid, "outbound-api")
    assert (setup["from"], setup["to"]) == (NUMBER, CUSTOMER)


async def test_closed_socket_leaves_the_caller_on_the_line(relay: VoiceApp, driver: Driver) -> None:
    async def talk(websocket: WebSocket) -> None:
        await websocket.send_json({"type": "text", "token": "Half a sen"})
        await websocket.close()

    relay.talk = talk
    relay.answers["after"] = "<Say>Sorry, again</Say>"

    state = await (await call(driver)).wait_until_over()

    form = relay.form_of("after")
    assert (form["ErrorCode"], form["SessionStatus"]) == ("64105", "failed")
    assert form["CallStatus"] == "in-progress"
    assert state.transcript[-1].text == "Sorry, again"


async def test_lost_connection_is_reported(relay: VoiceApp, driver: Driver) -> None:
    started = await call(driver)
    await started.listen("AI_AGENT")

    await started.drop_socket()
    await started.wait_until_over()

    assert relay.form_of("after")["ErrorCode"] == "64105"


@pytest.mark.parametrize(
    "url", ["ws://127.0.0.1:9/ws", "ws://agent.example.org/ws", "ftp://127.0.0.1/ws", ""]
)
async def test_unreachable_socket_is_reported(app: VoiceApp, driver: Driver, url: str) -> None:
    app.answers = {
        "voice": f'<Connect action="after"><ConversationRelay url="{url}"/></Connect>',
        "after": "<Say>Still here</Say>",
    }

    state = await (await call(driver)).wait_until_over()

    assert app.form_of("after")["ErrorCode"] == "64102"
    assert texts(state.transcript) == [("FLOW", "Still here")]


async def test_without_action_the_next_verb_runs(relay: VoiceApp, driver: Driver) -> None:
    relay.answers["voice"] = relay.relay() + "<Say>Next</Say>"
    started = await call(driver)

    await started.say("bye")
    state = await started.wait_until_over()

    assert state.transcript[-1].text == "Next"


async def test_speaker_events_are_sent_when_asked(relay: VoiceApp, driver: Driver) -> None:
    relay.answers["voice"] = relay.relay(attributes='events="speaker-events"')
    started = await call(driver)

    await started.say("hello")
    await started.say("bye")
    await started.wait_until_over()

    info = [(one["name"], one["value"]) for one in relay.frames if one["type"] == "info"]
    assert info[:2] == [("clientSpeaking", "on"), ("clientSpeaking", "off")]
    assert ("agentSpeaking", "on") in info


async def test_relay_call_is_a_conversation(
    relay: VoiceApp, driver: Driver, twilio: Twilio
) -> None:
    configuration = twilio.orchestrator.create_configuration(
        {
            "displayName": "voice",
            "description": "Calls",
            "conversationGroupingType": "GROUP_BY_PARTICIPANT_ADDRESSES_AND_CHANNEL_TYPE",
            "memoryStoreId": twilio.memory.create_store("voice").id,
        }
    )
    attributes = f'conversationConfiguration="{configuration.id}"'
    relay.answers["voice"] = relay.relay(attributes=attributes)
    started = await call(driver)

    await started.say("hello")
    await started.listen("AI_AGENT")
    status = [one.status for one in twilio.orchestrator.conversations.values()]
    await started.hang_up()

    assert status == ["ACTIVE"]
    assert [one.status for one in twilio.orchestrator.conversations.values()] == ["CLOSED"]
    assert await alerts(driver) == []


async def test_public_address_is_reached_through_the_tunnel() -> None:
    listener, public = listen(), "https://agent.example.org"
    app_listener = listen()
    twilio = Twilio(url_of(listener), routes={public: url_of(app_listener)})
    app = VoiceApp(twilio)
    app.url = public
    app.answers["voice"] = app.relay(action="after")

    async def talk(websocket: WebSocket) -> None:
        await app.hear(websocket)
        await websocket.send_json({"type": "end"})

    app.talk = talk
    twilio.voice.add_number(NUMBER, voice_url=f"{public}/voice")
    async with (
        serving(create_emulator(twilio), listener) as url,
        serving(app.asgi, app_listener),
        Driver(url) as driver,
    ):
        await (await call(driver)).wait_until_over()

    assert app.form_of("after")["SessionStatus"] == "ended"
