"""HTTP of Voice: calls and phone numbers. https://www.twilio.com/docs/voice/api"""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from fastapi import Request as HttpRequest

from getting_started.twilio_emulator.errors import bad_request, not_found
from getting_started.twilio_emulator.forms import Fields, Form
from getting_started.twilio_emulator.twilio import Cloud, Twilio
from getting_started.twilio_emulator.voice.models import PhoneNumber
from getting_started.twilio_emulator.voice.outbound import Callbacks
from getting_started.twilio_emulator.voice.twiml import Inline, Request, Target

router = APIRouter(prefix="/2010-04-01/Accounts/{account_sid}")
Body = dict[str, Any]

MAX_TWIML = 4000
NUMBER_FIELDS = {
    "FriendlyName": "friendly_name",
    "VoiceUrl": "voice_url",
    "VoiceMethod": "voice_method",
    "VoiceFallbackUrl": "voice_fallback_url",
    "VoiceFallbackMethod": "voice_fallback_method",
    "StatusCallback": "status_callback",
    "StatusCallbackMethod": "status_callback_method",
    "SmsUrl": "sms_url",
    "SmsMethod": "sms_method",
    "SmsFallbackUrl": "sms_fallback_url",
    "SmsFallbackMethod": "sms_fallback_method",
    "VoiceApplicationSid": "voice_application_sid",
    "SmsApplicationSid": "sms_application_sid",
    "TrunkSid": "trunk_sid",
}


def to_list(request: HttpRequest, key: str, items: list[Body]) -> Body:
    """One page in the shape of this oldest API."""
    page = int(request.query_params.get("Page", "0"))
    size = int(request.query_params.get("PageSize", "50"))
    uri = request.url.path.removeprefix("/api")
    more = len(items) > (page + 1) * size
    return {
        key: items[page * size : (page + 1) * size],
        "page": page,
        "page_size": size,
        "start": page * size,
        "end": min(len(items), (page + 1) * size) - 1,
        "uri": uri,
        "first_page_uri": f"{uri}?Page=0&PageSize={size}",
        "previous_page_uri": f"{uri}?Page={page - 1}&PageSize={size}" if page else None,
        "next_page_uri": f"{uri}?Page={page + 1}&PageSize={size}" if more else None,
    }


# Numbers


def to_number_body(twilio: Twilio, number: PhoneNumber) -> Body:
    account = twilio.account.sid
    uri = f"/2010-04-01/Accounts/{account}/IncomingPhoneNumbers/{number.sid}.json"
    return number.to_json() | {"account_sid": account, "uri": uri}


def find_number(twilio: Twilio, sid: str) -> PhoneNumber:
    if sid not in twilio.voice.numbers:
        raise not_found(f"/IncomingPhoneNumbers/{sid}.json")
    return twilio.voice.numbers[sid]


def change_number(number: PhoneNumber, form: Form) -> None:
    for name, attribute in NUMBER_FIELDS.items():
        value = form.get(name)
        if value is not None:
            setattr(number, attribute, value)


@router.post("/IncomingPhoneNumbers.json", status_code=201)
async def create_number(twilio: Cloud, form: Fields) -> Body:
    number = twilio.voice.add_number(form.get_or_raise("PhoneNumber"))
    change_number(number, form)
    return to_number_body(twilio, number)


@router.get("/IncomingPhoneNumbers.json")
async def list_numbers(request: HttpRequest, twilio: Cloud) -> Body:
    wanted = request.query_params.get("PhoneNumber")
    numbers = [
        to_number_body(twilio, number)
        for number in twilio.voice.numbers.values()
        if wanted in {None, number.phone_number}
    ]
    return to_list(request, "incoming_phone_numbers", numbers)


@router.get("/IncomingPhoneNumbers/{sid}.json")
async def fetch_number(twilio: Cloud, sid: str) -> Body:
    return to_number_body(twilio, find_number(twilio, sid))


@router.post("/IncomingPhoneNumbers/{sid}.json")
async def update_number(twilio: Cloud, sid: str, form: Fields) -> Body:
    number = find_number(twilio, sid)
    change_number(number, form)
    return to_number_body(twilio, number)


# Calls


def read_target(form: Form) -> Target | None:
    """The TwiML a form gives, or the address where to ask for it."""
    twiml, url = form.get("Twiml"), form.get("Url")
    if twiml:
        if len(twiml) > MAX_TWIML:
            raise bad_request(f"Twiml exceeds {MAX_TWIML} characters", code=32018)
        return Inline(twiml)
    return Request(url, form.get("Method") or "POST") if url else None


def read_callbacks(form: Form) -> Callbacks:
    events = {event for value in form.all("StatusCallbackEvent") for event in value.split()}
    return Callbacks(
        form.get("StatusCallback") or "",
        events=frozenset(events or {"completed"}),
        method=form.get("StatusCallbackMethod") or "POST",
        detects_machine=bool(form.get("MachineDetection")),
        amd_url=form.get("AsyncAmdStatusCallback") or "" if form.get("AsyncAmd") == "true" else "",
    )


@router.post("/Calls.json", status_code=201)
async def create_call(twilio: Cloud, form: Fields) -> Body:
    target = read_target(form)
    if target is None:
        raise bad_request("Either Url or Twiml is required", code=21205)
    fallback_url = form.get("FallbackUrl")
    call = twilio.voice.place_call(
        from_=form.get_or_raise("From"),
        to=form.get_or_raise("To"),
        target=target,
        fallback=Request(fallback_url) if fallback_url else None,
        callbacks=read_callbacks(form),
        timeout=int(form.get("Timeout") or 60),
    )
    return call.to_json()


@router.get("/Calls.json")
async def list_calls(request: HttpRequest, twilio: Cloud) -> Body:
    query = request.query_params
    wanted = {name: query[name] for name in ("To", "From", "Status") if name in query}
    calls = [
        call.to_json()
        for call in twilio.voice.calls.values()
        if all(call.to_json()[name.lower()] == value for name, value in wanted.items())
    ]
    return to_list(request, "calls", calls)


@router.get("/Calls/{sid}.json")
async def fetch_call(twilio: Cloud, sid: str) -> Body:
    return twilio.voice.get_call_or_raise(sid).to_json()


@router.post("/Calls/{sid}.json")
async def update_call(twilio: Cloud, sid: str, form: Fields) -> Body:
    call = twilio.voice.get_call_or_raise(sid)
    status = form.get("Status")
    if status not in {None, "completed", "canceled"}:
        raise bad_request(f"Invalid Status {status}", code=21218)
    if status and not call.is_live:
        raise bad_request(f"Call is already {call.status}", code=21220)
    if status == "completed":
        return twilio.voice.end_call(sid).to_json()
    if status == "canceled":
        if call.status == "in-progress":
            return call.to_json()
        return twilio.voice.end_call(sid, status="canceled").to_json()
    target = read_target(form)
    if target is None:
        raise bad_request("Nothing to update: give Status, Url or Twiml")
    return twilio.voice.redirect(sid, target).to_json()
