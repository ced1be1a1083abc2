"""The Conversation Orchestrator configuration: what becomes a conversation, and who is told.

https://www.twilio.com/docs/api/conversations/v2/configuration/create-configuration
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from twilio.base.exceptions import TwilioRestException

from agent.twilio_api.account import find_chat_service
from getting_started.setup.account import Account, Json, JsonBody
from getting_started.setup.lookup import (
    CONFIGURATION_NAME,
    WEBHOOK_PATH,
    bridge_of,
    fetch_conversation_configuration,
    find_conversation_configuration,
)
from getting_started.setup.resource import PENDING, Action, Change, Known, compare
from getting_started.setup.resources.intelligence import find_summaries

READ_ONLY = {"id", "createdAt", "updatedAt", "version"}
MINUTES = {"inactive": 10, "closed": 60}
CHAT_MINUTES = {"inactive": 15, "closed": 60}
NEW = {
    "displayName": CONFIGURATION_NAME,
    "description": "The virtual agent",
    "conversationGroupingType": "GROUP_BY_PARTICIPANT_ADDRESSES_AND_CHANNEL_TYPE",
    "memoryExtractionEnabled": True,
    "channelSettings": {
        "VOICE": {},  # without time-outs: closed on hang-up
        "SMS": {"statusTimeouts": MINUTES},
        "WHATSAPP": {"statusTimeouts": MINUTES},
        "RCS": {"statusTimeouts": MINUTES},
        "CHAT": {"statusTimeouts": CHAT_MINUTES},
    },
}
"""What a new configuration has beside the links; an existing one keeps its own."""


class ConversationConfiguration:
    """Linked to memory, summaries, Flex's chat service and our webhook; nothing captured twice.

    ConversationRelay feeds VOICE and the chat service every other channel, so that a capture rule
    would double what they bring. What else is set in it stays.
    """

    name = "conversation-configuration"
    needs: tuple[str, ...] = ("memory-store", "intelligence")

    def plan(self, account: Account, known: Known) -> Change:
        current = find_conversation_configuration(account)
        service_sid = find_chat_service(account.client)
        if current is None:
            desired = _merge(account, NEW, known, service_sid)
            differences = compare({}, desired)
            return _change(Action.CREATE, NEW, desired=desired, differences=differences)
        if owner := _other_owner(account, service_sid, current["id"]):
            reason = (
                f"Flex's chat service {service_sid} is connected to configuration {owner} already: "
                "disconnect it there, or set TWILIO_CONVERSATION_CONFIGURATION_ID to that one"
            )
            return _change(Action.BLOCKED, current, reason=reason)
        return _to(current, _merge(account, writable(current), known, service_sid))

    def apply(self, account: Account, change: Change) -> Known:
        conversations = account.client.conversations.v2
        body = JsonBody(change.desired)
        if change.action is Action.CREATE:
            accepted = conversations.configurations.create(
                idempotency_key=account.requests.read()[self.name],
                create_configuration_request=body,
            )
        else:
            configuration = conversations.configurations(change.id)
            accepted = configuration.update(update_configuration_request=body)
        operation = account.finish(conversations.operations, accepted, change.title)
        configuration_id = operation.related["configurationId"]
        account.wait(lambda: _written(account, configuration_id, change), change.title)
        return {"conversation_configuration_id": configuration_id}

    def restore(self, account: Account, backup: Json) -> Change:
        try:
            current = fetch_conversation_configuration(account, backup["id"])
        except TwilioRestException as error:
            if error.status != 404:
                raise
            reason = "it is gone; run agent setup for a new one"
            return _change(Action.BLOCKED, backup, reason=reason)
        return _to(current, writable(backup))


def writable(configuration: Json) -> Json:
    """What a full replacement (PUT) takes, of what a GET gives."""
    return {
        name: value
        for name, value in configuration.items()
        if name not in READ_ONLY and value not in (None, [], {})
    }


def _to(current: Json, desired: Json) -> Change:
    differences = compare(writable(current), desired)
    return _change(
        Action.CHANGE if differences else Action.KEEP,
        current,
        differences=differences,
        cuts=tuple(_cuts(current, desired)),
        current=current,
        desired=desired,
    )


def _merge(account: Account, settings: Json, known: Known, service_sid: str) -> Json:
    """`settings` with what the agent needs, and without what it must not have."""
    linked = settings.get("intelligenceConfigurationIds", [])
    _, outdated = find_summaries(account, linked)
    gone = {one.id for one in outdated}
    kept = [one for one in linked if one not in gone]
    summaries = known["intelligence_configuration_id"]
    return {
        **settings,
        "memoryStoreId": settings.get("memoryStoreId") or known["memory_store_id"],
        "channelSettings": _uncaptured(settings.get("channelSettings", {})),
        "statusCallbacks": _callbacks(settings.get("statusCallbacks", []), account.public_url),
        "intelligenceConfigurationIds": kept if summaries in kept else [*kept, summaries],
        "conversationsV1Bridge": {"serviceId": service_sid},
    }


def _uncaptured(channels: Json) -> Json:
    kept = {
        channel: {name: value for name, value in (settings or {}).items() if name != "captureRules"}
        for channel, settings in channels.items()
    }
    kept["VOICE"] = {
        name: value for name, value in kept.get("VOICE", {}).items() if name != "statusTimeouts"
    }
    return kept


def _callbacks(callbacks: list[Json], public_url: str) -> list[Json]:
    """Ours instead of those of an agent that was elsewhere: two would answer each customer."""
    ours = {"url": public_url + WEBHOOK_PATH, "method": "POST"}
    kept = [one for one in callbacks if urlsplit(one["url"]).path != WEBHOOK_PATH]
    return callbacks if ours in callbacks and len(kept) + 1 == len(callbacks) else [*kept, ours]


def _cuts(current: Json, desired: Json) -> Iterator[str]:
    """In words, what stops working."""
    for channel in current.get("channelSettings") or {}:
        for rule in _rules_of(current, channel):
            if rule not in _rules_of(desired, channel):
                yield f"{channel} from {rule['from']} to {rule['to']} is no longer captured by rule"
    urls = {callback["url"] for callback in desired.get("statusCallbacks", [])}
    for callback in current.get("statusCallbacks") or []:
        if callback["url"] not in urls:
            yield f"{callback['url']} is no longer told of conversations"
    old, new = (_service_of(one) for one in (current, desired))
    if old and old != new:
        yield f"the conversation service {old} is no longer connected"


def _rules_of(configuration: Json, channel: str) -> list[Json]:
    settings = configuration.get("channelSettings", {}).get(channel) or {}
    return settings.get("captureRules") or []


def _service_of(configuration: Json) -> str | None:
    return (configuration.get("conversationsV1Bridge") or {}).get("serviceId")


def _other_owner(account: Account, service_sid: str, configuration_id: str) -> str | None:
    """The other configuration that mirrors the service; there can be one alone."""
    listed = account.client.conversations.v2.configurations.list()
    owners = (one.id for one in listed if bridge_of(one) == service_sid)
    return next((owner for owner in owners if owner != configuration_id), None)


def _written(account: Account, configuration_id: str, change: Change) -> Json | None:
    """The configuration once it can be read as it was written."""
    try:
        found = fetch_conversation_configuration(account, configuration_id)
    except TwilioRestException as error:
        if error.status != 404:
            raise
        return None
    return found if found["version"] != change.current.get("version") else None


def _change(action: Action, settings: Json, **more: Any) -> Change:
    configuration_id = settings.get("id", PENDING)
    return Change(
        resource=ConversationConfiguration.name,
        action=action,
        title=f'conversation configuration "{settings["displayName"]}"',
        id=configuration_id,
        ids={"conversation_configuration_id": configuration_id},
        **more,
    )
