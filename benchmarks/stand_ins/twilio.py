"""Twilio's APIs with a fixed delay: Orchestrator, Memory, and what else an agent asks of them.

Every call and conversation is known, and so is its customer; what is written is taken and noted.
https://www.twilio.com/docs/api/conversations/v2, https://www.twilio.com/docs/conversations/memory
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

from benchmarks.stand_ins.serving import Exchange, Request

DELAY_SECONDS = 0.03
CUSTOMER = "+15550100001"
AGENT = "+15550100002"
PAGE = {"key": "items", "pageSize": 50, "nextToken": None, "previousToken": None}
STAMP = "2026-01-01T00:00:00Z"
CONFIGURATION_ID = "conv_configuration_01hx0000000000000000000000"
STORE_ID = "mem_store_01hx0000000000000000000000"
PROFILE_ID = "mem_profile_01hx0000000000000000000000"
Json = dict[str, Any]
OnMessage = Callable[[str], None]


class TwilioStandIn:
    """Counts what it is asked; `on_message` hears of the conversation of each message."""

    def __init__(self) -> None:
        self.requests = 0
        self.on_message: OnMessage = lambda _conversation: None
        self._loop = asyncio.get_running_loop()

    def handle(self, request: Request, exchange: Exchange) -> None:
        self.requests += 1
        url = urlsplit(request.path)
        for method, pattern, answer in _ROUTES:
            found = re.search(pattern, url.path)
            if found and request.method == method:
                body = json.dumps(answer(found.groupdict(), parse_qs(url.query))).encode()
                self._loop.call_at(request.at + DELAY_SECONDS, exchange.answer, body)
                break
        else:
            exchange.answer(b'{"code": 20404, "message": "Not in the stand-in"}', 404)
        if sent := re.search(r"/Conversations/(\w+)/Actions$", url.path):
            self.on_message(sent[1])


def conversation_of(call_sid: str) -> str:
    return f"conv_conversation_{call_sid}"


def _configuration(_names: Json, _query: Json) -> Json:
    return {
        "id": CONFIGURATION_ID,
        "displayName": "bench",
        "description": "Benchmark",
        "conversationGroupingType": "GROUP_BY_PARTICIPANT_ADDRESSES_AND_CHANNEL_TYPE",
        "memoryStoreId": STORE_ID,
        "channelSettings": {},
        "statusCallbacks": [],
        "createdAt": STAMP,
        "updatedAt": STAMP,
        "version": 1,
    }


def _conversation(conversation_id: str) -> Json:
    return {
        "id": conversation_id,
        "accountId": "AC" + "0" * 32,
        "configurationId": CONFIGURATION_ID,
        "status": "ACTIVE",
        "name": None,
        "createdAt": STAMP,
        "updatedAt": STAMP,
    }


def _conversations(_names: Json, query: Json) -> Json:
    (call_sid,) = query["channelId"]
    return {"conversations": [_conversation(conversation_of(call_sid))], "meta": PAGE}


def participants_of(conversation_id: str) -> list[Json]:
    """The customer, who has a profile, and the agent."""
    channel = "VOICE" if "_CA" in conversation_id else "SMS"
    sides = (("CUSTOMER", CUSTOMER, PROFILE_ID), ("AI_AGENT", AGENT, None))
    return [
        {
            "id": f"conv_participant_{kind}",
            "conversationId": conversation_id,
            "accountId": "AC" + "0" * 32,
            "name": kind,
            "type": kind,
            "profileId": profile_id,
            "addresses": [{"channel": channel, "address": address, "channelId": None}],
            "createdAt": STAMP,
            "updatedAt": STAMP,
        }
        for kind, address, profile_id in sides
    ]


def _participants(names: Json, _query: Json) -> Json:
    return {"participants": participants_of(names["conversation"]), "meta": PAGE}


def _lookup(_names: Json, _query: Json) -> Json:
    return {"normalizedValue": CUSTOMER, "profiles": [PROFILE_ID]}


def _profile(_names: Json, _query: Json) -> Json:
    traits = {"Contact": {"phone": CUSTOMER, "firstName": "Ana"}}
    return {"id": PROFILE_ID, "createdAt": STAMP, "traits": traits}


def _recall(_names: Json, _query: Json) -> Json:
    def noted(kind: str, content: str) -> Json:
        stamps = {"occurredAt": STAMP, "createdAt": STAMP, "updatedAt": STAMP}
        return {"id": f"mem_{kind}_1", "content": content, "source": "agent", **stamps}

    return {
        "observations": [noted("observation", "Prefers short answers")],
        "summaries": [noted("summary", "Asked about a late parcel.")],
        "communications": [],
        "meta": {"queryTime": 1},
    }


def _taken(_names: Json, _query: Json) -> Json:
    return {"statusUrl": "", "related": {}}


_ROUTES = (
    ("GET", r"/v2/ControlPlane/Configurations/", _configuration),
    ("GET", r"/v2/Conversations/(?P<conversation>\w+)/Participants$", _participants),
    ("GET", r"/v2/Conversations$", _conversations),
    ("POST", r"/v2/Conversations/(?P<conversation>\w+)/Actions$", _taken),
    ("POST", r"/v1/Stores/\w+/Profiles/Lookup$", _lookup),
    ("POST", r"/v1/Stores/\w+/Profiles/\w+/Recall$", _recall),
    ("GET", r"/v1/Stores/\w+/Profiles/\w+$", _profile),
)
