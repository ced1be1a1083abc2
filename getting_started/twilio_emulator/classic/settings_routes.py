"""HTTP of the account's and the services' settings: `/Configuration` and what is below it.

https://www.twilio.com/docs/conversations-classic/api/address-configuration-resource
"""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request

from getting_started.twilio_emulator.errors import bad_request
from getting_started.twilio_emulator.forms import Fields, Form, to_page
from getting_started.twilio_emulator.twilio import Cloud, Twilio

settings = APIRouter(prefix="/v1")
ADDRESS_TYPES = ("sms", "whatsapp", "messenger", "gbm", "email", "rcs", "apple", "chat")
AUTO_CREATION = {
    "Type": "type",
    "ConversationServiceSid": "conversation_service_sid",
    "WebhookUrl": "webhook_url",
    "WebhookMethod": "webhook_method",
    "StudioFlowSid": "studio_flow_sid",
    "StudioRetryCount": "studio_retry_count",
}


@settings.post("/Configuration/Addresses", status_code=201)
async def create_address(twilio: Cloud, form: Fields) -> dict[str, Any]:
    type_ = form.get_or_raise("Type")
    if type_ not in ADDRESS_TYPES:
        raise bad_request(f"Invalid address type {type_}")
    address = twilio.classic.add_address(
        type_=type_,
        address=form.get_or_raise("Address"),
        auto_creation=_read_auto_creation(form, {"enabled": False, "type": "default"}),
        friendly_name=form.get("FriendlyName"),
    )
    return address.to_json(_root(twilio))


@settings.get("/Configuration/Addresses")
async def list_addresses(twilio: Cloud, request: Request) -> dict[str, Any]:
    type_ = request.query_params.get("Type")
    found = [
        one.to_json(_root(twilio))
        for one in twilio.classic.addresses.values()
        if type_ in (None, one.type)
    ]
    return to_page(request, "address_configurations", found)


@settings.get("/Configuration/Addresses/{name}")
async def fetch_address(twilio: Cloud, name: str) -> dict[str, Any]:
    return twilio.classic.get_address_or_raise(name).to_json(_root(twilio))


@settings.post("/Configuration/Addresses/{name}")
async def update_address(twilio: Cloud, name: str, form: Fields) -> dict[str, Any]:
    address = twilio.classic.get_address_or_raise(name)
    address.friendly_name = form.get("FriendlyName") or address.friendly_name
    address.auto_creation = _read_auto_creation(form, address.auto_creation)
    return address.to_json(_root(twilio))


@settings.delete("/Configuration/Addresses/{name}", status_code=204)
async def delete_address(twilio: Cloud, name: str) -> None:
    del twilio.classic.addresses[twilio.classic.get_address_or_raise(name).sid]


@settings.get("/Configuration")
async def fetch_configuration(twilio: Cloud) -> dict[str, Any]:
    return _to_configuration(twilio)


@settings.post("/Configuration")
async def update_configuration(twilio: Cloud, form: Fields) -> dict[str, Any]:
    service_sid = form.get("DefaultChatServiceSid")
    if service_sid:
        twilio.classic.default_service_sid = twilio.classic.get_service_or_raise(service_sid).sid
    return _to_configuration(twilio)


@settings.get("/Configuration/Webhooks")
async def fetch_webhooks(twilio: Cloud) -> dict[str, Any]:
    return _to_webhooks(twilio, twilio.classic.default_service().sid)


@settings.post("/Configuration/Webhooks")
async def update_webhooks(twilio: Cloud, form: Fields) -> dict[str, Any]:
    return _write_webhooks(twilio, twilio.classic.default_service().sid, form)


@settings.get("/Services/{service_sid}/Configuration/Webhooks")
async def fetch_service_webhooks(twilio: Cloud, service_sid: str) -> dict[str, Any]:
    return _to_webhooks(twilio, twilio.classic.get_service_or_raise(service_sid).sid)


@settings.post("/Services/{service_sid}/Configuration/Webhooks")
async def update_service_webhooks(twilio: Cloud, service_sid: str, form: Fields) -> dict[str, Any]:
    return _write_webhooks(twilio, twilio.classic.get_service_or_raise(service_sid).sid, form)


def _root(twilio: Twilio) -> str:
    return twilio.url("conversations", "/v1")


def _read_auto_creation(form: Form, known: dict[str, Any]) -> dict[str, Any]:
    """The `AutoCreation.*` fields that were given, over what was known."""
    found = dict(known)
    for name, key in AUTO_CREATION.items():
        value = form.get(f"AutoCreation.{name}")
        if value is not None:
            found[key] = value
    enabled = form.get("AutoCreation.Enabled")
    if enabled is not None:
        found["enabled"] = enabled.lower() == "true"
    if form.all("AutoCreation.WebhookFilters"):
        found["webhook_filters"] = form.all("AutoCreation.WebhookFilters")
    return found


def _to_configuration(twilio: Twilio) -> dict[str, Any]:
    url = f"{_root(twilio)}/Configuration"
    return {
        "account_sid": twilio.account.sid,
        "default_chat_service_sid": twilio.classic.default_service().sid,
        "default_messaging_service_sid": None,
        "default_inactive_timer": None,
        "default_closed_timer": None,
        "url": url,
        "links": {"service": f"{url}/Service", "webhooks": f"{url}/Webhooks"},
    }


def _write_webhooks(twilio: Twilio, service_sid: str, form: Form) -> dict[str, Any]:
    written = twilio.classic.webhook_settings.setdefault(service_sid, {})
    for name, key in (
        ("PreWebhookUrl", "pre_webhook_url"),
        ("PostWebhookUrl", "post_webhook_url"),
        ("Method", "method"),
        ("Target", "target"),
    ):
        if form.get(name) is not None:
            written[key] = form.get(name)
    if form.all("Filters"):
        written["filters"] = form.all("Filters")
    return _to_webhooks(twilio, service_sid)


def _to_webhooks(twilio: Twilio, service_sid: str) -> dict[str, Any]:
    return {
        "account_sid": twilio.account.sid,
        "chat_service_sid": service_sid,
        "method": "POST",
        "filters": [],
        "pre_webhook_url": None,
        "post_webhook_url": None,
        "target": "webhook",
        "url": f"{_root(twilio)}/Services/{service_sid}/Configuration/Webhooks",
        **twilio.classic.webhook_settings.get(service_sid, {}),
    }
