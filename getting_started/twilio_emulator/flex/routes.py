"""HTTP of Flex: https://www.twilio.com/docs/flex/developer/conversations/interactions-api"""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request

from getting_started.twilio_emulator.errors import bad_request, not_found
from getting_started.twilio_emulator.flex.models import Interaction, InteractionChannel
from getting_started.twilio_emulator.forms import Fields, read_json, to_page
from getting_started.twilio_emulator.taskrouter.wire import read_object
from getting_started.twilio_emulator.twilio import Cloud, Twilio

router = APIRouter(prefix="/v1")
Body = dict[str, Any]
UI_VERSION = "2.17.1"


def root(twilio: Twilio) -> str:
    return twilio.url("flex-api", "/v1")


def find(twilio: Twilio, interaction_sid: str, channel_sid: str) -> Interaction:
    """The interaction with this channel, or TwilioError 404."""
    interaction = twilio.flex.find_interaction(interaction_sid)
    if interaction.channel.sid != channel_sid:
        raise not_found(f"/Interactions/{interaction_sid}/Channels/{channel_sid}")
    return interaction


def to_channel_body(twilio: Twilio, interaction_sid: str, channel: InteractionChannel) -> Body:
    body = channel.to_json(f"{root(twilio)}/Interactions/{interaction_sid}")
    return body | {"interaction_sid": interaction_sid}


def below(twilio: Twilio, interaction: Interaction, name: str) -> str:
    return (
        f"{root(twilio)}/Interactions/{interaction.sid}/Channels/{interaction.channel.sid}/{name}"
    )


@router.post("/Interactions")
async def create_interaction(twilio: Cloud, form: Fields) -> Body:
    interaction = await twilio.flex.create_interaction(
        channel=read_object(form.get_or_raise("Channel"), "Channel"),
        routing=read_object(form.get_or_raise("Routing"), "Routing"),
        webhook_ttid=form.get("WebhookTtid"),
    )
    return interaction.to_json(root(twilio))


@router.get("/Interactions/{sid}")
async def fetch_interaction(twilio: Cloud, sid: str) -> Body:
    return twilio.flex.find_interaction(sid).to_json(root(twilio))


@router.post("/Interactions/{sid}")
async def update_interaction(twilio: Cloud, sid: str, form: Fields) -> Body:
    interaction = twilio.flex.find_interaction(sid)
    interaction.webhook_ttid = form.get_or_raise("WebhookTtid")
    return interaction.to_json(root(twilio))


@router.get("/Interactions/{sid}/Channels")
async def list_channels(request: Request, twilio: Cloud, sid: str) -> Body:
    channel = twilio.flex.find_interaction(sid).channel
    return to_page(request, "channels", [to_channel_body(twilio, sid, channel)])


@router.get("/Interactions/{sid}/Channels/{channel_sid}")
async def fetch_channel(twilio: Cloud, sid: str, channel_sid: str) -> Body:
    return to_channel_body(twilio, sid, find(twilio, sid, channel_sid).channel)


@router.post("/Interactions/{sid}/Channels/{channel_sid}")
async def update_channel(twilio: Cloud, sid: str, channel_sid: str, form: Fields) -> Body:
    channel = find(twilio, sid, channel_sid).channel
    status = form.get_or_raise("Status")
    routing = read_object(form.get("Routing"), "Routing")
    if status == "inactive" and routing.get("status") != "closed":
        raise bad_request("Routing.status must be closed where the channel becomes inactive")
    await twilio.flex.set_channel_status(channel, status)
    return to_channel_body(twilio, sid, channel)


@router.get("/Interactions/{sid}/Channels/{channel_sid}/Invites")
async def list_invites(request: Request, twilio: Cloud, sid: str, channel_sid: str) -> Body:
    interaction = find(twilio, sid, channel_sid)
    url = below(twilio, interaction, "Invites")
    ids = {"interaction_sid": sid, "channel_sid": channel_sid}
    bodies = [invite.to_json(url) | ids for invite in interaction.channel.invites]
    return to_page(request, "invites", bodies)


@router.post("/Interactions/{sid}/Channels/{channel_sid}/Invites", status_code=201)
async def create_invite(twilio: Cloud, sid: str, channel_sid: str, form: Fields) -> Body:
    interaction = find(twilio, sid, channel_sid)
    routing = read_object(form.get_or_raise("Routing"), "Routing")
    invite = await twilio.flex.create_invite(interaction, routing)
    ids = {"interaction_sid": sid, "channel_sid": channel_sid}
    return invite.to_json(below(twilio, interaction, "Invites")) | ids


@router.get("/Interactions/{sid}/Channels/{channel_sid}/Participants")
async def list_participants(request: Request, twilio: Cloud, sid: str, channel_sid: str) -> Body:
    interaction = find(twilio, sid, channel_sid)
    url = below(twilio, interaction, "Participants")
    ids = {"interaction_sid": sid, "channel_sid": channel_sid}
    bodies = [one.to_json(url) | ids for one in interaction.channel.participants]
    return to_page(request, "participants", bodies)


@router.get("/Configuration")
async def fetch_configuration(twilio: Cloud) -> Body:
    return to_configuration_body(twilio)


@router.post("/Configuration")
async def update_configuration(request: Request, twilio: Cloud) -> Body:
    """The service's settings; JSON, unlike the rest of this API."""
    changes = await read_json(request)
    if changes.pop("account_sid", twilio.account.sid) != twilio.account.sid:
        raise bad_request("account_sid is not this account's")
    twilio.flex.configuration.update(changes)
    return to_configuration_body(twilio)


def to_configuration_body(twilio: Twilio) -> Body:
    workspace = next(iter(twilio.taskrouter.workspaces), None)
    defaults = {
        "account_sid": twilio.account.sid,
        "chat_service_instance_sid": twilio.classic.default_service().sid,
        "taskrouter_workspace_sid": workspace,
        "ui_version": UI_VERSION,
        "status": "ok",
        "url": f"{root(twilio)}/Configuration",
    }
    return defaults | twilio.flex.configuration
