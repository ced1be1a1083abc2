"""An incoming call, TwiML verb by verb."""

from __future__ import annotations

import pytest
from fastapi import Response

from getting_started.twilio_emulator.driver import Driver
from getting_started.twilio_emulator.errors import TwilioError
from getting_started.twilio_emulator.twilio import Twilio
from tests.twilio_emulator.voice.app import CUSTOMER, NUMBER, VoiceApp, alerts, call, texts


@pytest.mark.parametrize(
    ("twiml", "spoken"),
    [
        ("<Say>Hello</Say><Pause/><Say>Goodbye</Say>", ["Hello", "Goodbye"]),
        ("<Say>Hello</Say><Hangup/><Say>never</Say>", ["Hello"]),
        ("<Dance/><Start><Recording/></Start><Say>Hello</Say>", ["Hello"]),
        ("<Play>hold.mp3</Play>", ["(plays {url}/hold.mp3)"]),
        ("<Redirect>next</Redirect><Say>never</Say>", ["Next"]),
    ],
)
async def test_verbs_speak(app: VoiceApp, driver: Driver, twiml: str, spoken: list[str]) -> None:
    app.answers = {"voice": twiml, "next": "<Say>Next</Say>"}

    state = await (await call(driver)).wait_until_over()

    assert [one.text for one in state.transcript] == [text.format(url=app.url) for text in spoken]
    assert state.status == "completed"


async def test_incoming_call_is_described(app: VoiceApp, driver: Driver, twilio: Twilio) -> None:
    started = await call(driver)

    await started.wait_until_over()

    form = app.form_of("voice")
    assert form["CallSid"] == started.call_sid
    assert (form["From"], form["To"]) == (CUSTOMER, NUMBER)
    assert (form["Direction"], form["CallStatus"]) == ("inbound", "ringing")
    assert form["AccountSid"] == twilio.account.sid


@pytest.mark.parametrize(("reason", "status"), [("busy", "busy"), ("rejected", "no-answer")])
async def test_reject_ends_unanswered(
    app: VoiceApp, driver: Driver, reason: str, status: str
) -> None:
    app.answers = {"voice": f'<Reject reason="{reason}"/>'}

    state = await (await call(driver)).wait_until_over()

    assert state.status == status


async def test_call_to_foreign_number_is_refused(twilio: Twilio) -> None:
    with pytest.raises(TwilioError, match="was not found"):
        twilio.voice.receive_call(from_=CUSTOMER, to="+15550109999")


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (Response("down", status_code=503), 11200),
        (Response("<Response>", media_type="text/xml"), 12100),
        (Response("<Answer/>", media_type="text/xml"), 12102),
        (Response("{}", media_type="application/json"), 12300),
        (Response(f"<Response>{' ' * 65_536}</Response>", media_type="text/xml"), 11750),
    ],
)
async def test_bad_answer_goes_to_fallback(
    app: VoiceApp, driver: Driver, twilio: Twilio, answer: Response, code: int
) -> None:
    app.answers = {"voice": answer, "fallback": "<Say>One moment</Say>"}
    next(iter(twilio.voice.numbers.values())).voice_fallback_url = f"{app.url}/fallback"

    state = await (await call(driver)).wait_until_over()

    assert texts(state.transcript) == [("FLOW", "One moment")]
    assert app.form_of("fallback")["ErrorCode"] == str(code)
    assert await alerts(driver) == [code]


async def test_without_fallback_the_caller_hears_of_an_error(app: VoiceApp, driver: Driver) -> None:
    app.answers = {"voice": Response(status_code=500)}

    state = await (await call(driver)).wait_until_over()

    assert "application error" in state.transcript[0].text


async def test_plain_text_is_read_out(app: VoiceApp, driver: Driver) -> None:
    app.answers = {"voice": Response("We are closed", media_type="text/plain")}

    state = await (await call(driver)).wait_until_over()

    assert texts(state.transcript) == [("FLOW", "We are closed")]


GATHER = '<Gather input="dtmf speech" action="got" {}><Say>Yes?</Say></Gather><Say>Nothing</Say>'


@pytest.mark.parametrize(
    ("attributes", "pressed", "digits"),
    [('numDigits="2"', "123", "12"), ("", "12#", "12"), ('finishOnKey="*"', "1#*", "1#")],
)
async def test_gather_takes_digits(
    app: VoiceApp, driver: Driver, attributes: str, pressed: str, digits: str
) -> None:
    app.answers = {"voice": GATHER.format(attributes)}
    started = await call(driver)

    await started.press(pressed)
    await started.wait_until_over()

    assert app.form_of("got")["Digits"] == digits


async def test_gather_takes_speech(app: VoiceApp, driver: Driver) -> None:
    app.answers = {"voice": GATHER.format("")}
    started = await call(driver)

    await started.say("my order")
    state = await started.wait_until_over()

    assert app.form_of("got")["SpeechResult"] == "my order"
    assert texts(state.transcript) == [("FLOW", "Yes?"), ("CUSTOMER", "my order")]


async def test_silent_gather_goes_on(app: VoiceApp, driver: Driver) -> None:
    app.answers = {"voice": GATHER.format("")}
    started = await call(driver)

    await started.stay_silent()
    state = await started.wait_until_over()

    assert state.transcript[-1].text == "Nothing"


async def test_dialed_phone_talks(app: VoiceApp, driver: Driver) -> None:
    app.answers = {"voice": '<Dial action="after">+15550100003</Dial>'}
    started = await call(driver)
    await started.wait_until("Dial")

    await started.answer_dialed()
    await started.say_as_dialed("Support here")
    await started.say("Hi")
    await started.end_dialed()
    await started.wait_until_over()

    assert app.form_of("after")["DialCallStatus"] == "completed"


async def test_unreached_dial_goes_on(app: VoiceApp, driver: Driver) -> None:
    app.answers = {"voice": "<Dial>+15550100003</Dial><Say>Nobody there</Say>"}
    started = await call(driver)

    await started.end_dialed("busy")
    state = await started.wait_until_over()

    assert texts(state.transcript) == [("FLOW", "Nobody there")]
