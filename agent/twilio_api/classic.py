"""Conversations (Classic): threads of the web chat and of AI Assistants.

https://www.twilio.com/docs/conversations-classic/api
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx

from agent.errors import TwilioApiError
from agent.twilio_api.answers import read_list, reading
from agent.twilio_api.http import ClientPool, is_of_the_last, send

CLOSED = "closed"
CONFLICT = 409
_LONGEST_LIST = 100


@dataclass(frozen=True)
class ClassicConversation:
    """A conversation (CH...): `state` is active, inactive or closed, which is final."""

    sid: str
    state: str
    created_at: str
    attributes: dict[str, Any]

    @property
    def is_open(self) -> bool:
        return self.state != CLOSED


class ClassicClient:
    """Conversations of one service (IS...). Every method raises TwilioApiError on failure."""

    def __init__(self, pool: ClientPool, base_url: str, service_sid: str) -> None:
        self.service_sid = service_sid
        self._pool = pool
        self._base_url = base_url

    async def create_message(self, conversation_sid: str, *, author: str, body: str) -> None:
        """Write `body` as `author`, past Orchestrator."""
        path = f"/Conversations/{conversation_sid}/Messages"
        form = {"Author": author, "Body": body}
        await self._send("POST", path, f"A message to {conversation_sid}", data=form)

    async def has_message(
        self, conversation_sid: str, *, author: str, body: str, seconds: float
    ) -> bool:
        """Whether `author` has written `body` within the last `seconds`."""
        url = self._url(f"/Conversations/{conversation_sid}/Messages")
        what = f"Looking for a message in {conversation_sid}"
        query = {"Order": "desc", "PageSize": _LONGEST_LIST}
        response = await send(self._pool.get(self._base_url), "GET", url, what, params=query)
        return any(
            (one.get("author"), one.get("body")) == (author, body)
            and is_of_the_last(seconds, one.get("date_created"), response)
            for one in read_list(response, what, "messages")
        )

    async def list_conversations_of(self, identity: str) -> list[ClassicConversation]:
        """Those that a chat identity is in; of very many not all."""
        query = {"Identity": identity, "PageSize": _LONGEST_LIST}
        what = "Listing the conversations of a visitor"
        response = await self._send("GET", "/ParticipantConversations", what, params=query)
        with reading(what):
            return [
                ClassicConversation(
                    sid=entry["conversation_sid"],
                    state=entry["conversation_state"],
                    created_at=entry["conversation_date_created"],
                    attributes=_read_attributes(entry["conversation_attributes"]),
                )
                for entry in response.json()["conversations"]
            ]

    async def create_conversation(
        self, *, unique_name: str, friendly_name: str
    ) -> ClassicConversation:
        """A new one; the error's status is 409 when the unique name is taken."""
        form = {"UniqueName": unique_name, "FriendlyName": friendly_name}
        what = "Creating a conversation"
        return _to_conversation(await self._send("POST", "/Conversations", what, data=form), what)

    async def fetch_conversation(self, name: str) -> ClassicConversation:
        """By SID or unique name."""
        path = f"/Conversations/{quote(name, safe='')}"
        what = f"Reading conversation {name}"
        return _to_conversation(await self._send("GET", path, what), what)

    async def add_participant(self, conversation_sid: str, identity: str) -> None:
        """Let a chat identity into a conversation; nothing changes if it is in there."""
        path = f"/Conversations/{conversation_sid}/Participants"
        what = f"Adding a visitor to {conversation_sid}"
        try:
            await self._send("POST", path, what, data={"Identity": identity})
        except TwilioApiError as error:
            if error.status != CONFLICT:
                raise

    async def update_attributes(self, conversation_sid: str, attributes: dict[str, Any]) -> None:
        """Replace all attributes; at most 16 kB as JSON."""
        form = {"Attributes": json.dumps(attributes)}
        what = f"Writing the attributes of {conversation_sid}"
        await self._send("POST", f"/Conversations/{conversation_sid}", what, data=form)

    async def list_flows(self, conversation_sid: str) -> list[str]:
        """The Studio flows (FW...) that the conversation's messages go to."""
        path = f"/Conversations/{conversation_sid}/Webhooks"
        what = f"Listing the webhooks of {conversation_sid}"
        response = await self._send("GET", path, what, params={"PageSize": _LONGEST_LIST})
        with reading(what):
            studio = [one for one in response.json()["webhooks"] if one["target"] == "studio"]
            return [str(one["configuration"].get("flow_sid")) for one in studio]

    async def attach_flow(self, conversation_sid: str, flow_sid: str) -> None:
        """From now on the conversation's messages go to a Studio flow."""
        path = f"/Conversations/{conversation_sid}/Webhooks"
        form = {"Target": "studio", "Configuration.FlowSid": flow_sid}
        await self._send("POST", path, f"Attaching {flow_sid} to {conversation_sid}", data=form)

    async def count_participants(self, conversation_sid: str) -> int:
        """How many there are; of very many not all."""
        path = f"/Conversations/{conversation_sid}/Participants"
        what = f"Listing the participants of {conversation_sid}"
        response = await self._send("GET", path, what, params={"PageSize": _LONGEST_LIST})
        return len(read_list(response, what, "participants"))

    async def fetch_user_name(self, identity: str) -> str:
        """The friendly name of a chat identity; empty when it has none."""
        what = f"Reading user {identity}"
        response = await self._send("GET", f"/Users/{quote(identity, safe='')}", what)
        with reading(what):
            return str(response.json()["friendly_name"] or "")

    async def _send(self, method: str, path: str, what: str, **options: Any) -> httpx.Response:
        client = self._pool.get(self._base_url)
        return await send(client, method, self._url(path), what, **options)

    def _url(self, path: str) -> str:
        return f"{self._base_url}/v1/Services/{self.service_sid}{path}"


def _to_conversation(response: httpx.Response, what: str) -> ClassicConversation:
    with reading(what):
        body = response.json()
        return ClassicConversation(
            sid=body["sid"],
            state=body["state"],
            created_at=body["date_created"],
            attributes=_read_attributes(body["attributes"]),
        )


def _read_attributes(text: object) -> dict[str, Any]:
    """Attributes are any JSON; what is no object is nothing of ours."""
    try:
        attributes = json.loads(text) if isinstance(text, str) else None
    except ValueError:
        attributes = None
    return attributes if isinstance(attributes, dict) else {}
