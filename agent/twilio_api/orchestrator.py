"""Conversation Orchestrator over pooled connections.

https://www.twilio.com/docs/api/conversations/v2
"""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Literal

import httpx
from pydantic import ValidationError
from tac.context.conversation import ConversationClient
from tac.models.conversation import ParticipantResponse

from agent.errors import TwilioApiError
from agent.twilio_api.answers import read_list, reading
from agent.twilio_api.http import ClientPool, PooledClient, is_of_the_last, read_moment, send

logger = logging.getLogger(__name__)

ConversationStatus = Literal["ACTIVE", "INACTIVE"]
_LONGEST_PAGE = "1000"
_LONG_AGO = datetime.min.replace(tzinfo=UTC)
_CHANNELS = ("VOICE", "SMS", "RCS", "EMAIL", "WHATSAPP", "CHAT", "API", "SYSTEM")
_PARTICIPANT_TYPES = ("HUMAN_AGENT", "CUSTOMER", "AI_AGENT", "AGENT", "UNKNOWN", None)
_listed: ContextVar[dict[str, list[ParticipantResponse]] | None] = ContextVar(
    "listed", default=None
)


@dataclass(frozen=True)
class Configuration:
    """What the agent needs of an Orchestrator configuration.

    `classic_service_sid` (IS...) is None when no Conversations (Classic) service is connected:
    then there is no web chat.
    """

    memory_store_id: str
    classic_service_sid: str | None


class OrchestratorClient(ConversationClient):
    """TAC's client with one connection pool, and reads that say when they failed."""

    def __init__(self, pool: ClientPool, base_url: str, configuration_id: str) -> None:
        super().__init__(api_key="", api_secret="", configuration_id=configuration_id)
        self.base_url = base_url
        self._pool = pool

    def _get_client(self) -> PooledClient:
        """Where TAC 2.5.0 builds a client (and a TLS context) per request, the pooled one."""
        return self._pool.get(self.base_url)

    async def fetch_configuration(self) -> Configuration:
        """Read the configuration named by `TWILIO_CONVERSATION_CONFIGURATION_ID`.

        Raises TwilioApiError when it cannot be read or names no memory store.
        """
        what = f"Reading the conversation configuration {self.configuration_id}"
        url = f"{self.base_url}/v2/ControlPlane/Configurations/{self.configuration_id}"
        response = await send(self._get_client(), "GET", url, what)
        with reading(what):
            body = response.json()
            memory_store_id = body.get("memoryStoreId")
            service_sid = (body.get("conversationsV1Bridge") or {}).get("serviceId")
        if not memory_store_id:
            raise TwilioApiError(f"{what} failed: it names no memoryStoreId")
        return Configuration(memory_store_id, service_sid)

    async def send_message(self, conversation_id: str, payload: dict[str, Any]) -> None:
        """Have a message sent (https://www.twilio.com/docs/api/conversations/v2/Action).

        Raises TwilioApiError when Twilio did not take it.
        """
        url = f"{self.base_url}/v2/Conversations/{conversation_id}/Actions"
        action = {"type": "SEND_MESSAGE", "payload": payload}
        await send(self._get_client(), "POST", url, f"A message to {conversation_id}", json=action)

    async def has_said(
        self, conversation_id: str, text: str, author: str, *, seconds: float
    ) -> bool:
        """Whether `author` (an address) has written `text` within the last `seconds`.

        Raises TwilioApiError when it cannot be read.
        """
        async with aclosing(self._communications(conversation_id)) as communications:
            async for one, response in communications:
                if (
                    (one.get("author") or {}).get("address") == author
                    and (one.get("content") or {}).get("text") == text
                    and is_of_the_last(seconds, one.get("createdAt"), response)
                ):
                    return True
        return False

    async def read_communications(self, conversation_id: str) -> list[dict[str, Any]]:
        """All that was written or said in a conversation, as Twilio's objects, the oldest first.
        TAC's `list_communications` fails on a recipient's status READ.

        Raises TwilioApiError when it cannot be read.
        """
        found = [one async for one, _response in self._communications(conversation_id)]
        return sorted(found, key=lambda one: read_moment(one.get("createdAt")) or _LONG_AGO)

    async def _communications(
        self, conversation_id: str
    ) -> AsyncGenerator[tuple[dict[str, Any], httpx.Response], None]:
        """Each with the answer that told it, page by page.

        https://www.twilio.com/docs/api/conversations/v2/Communication
        """
        url = f"{self.base_url}/v2/Conversations/{conversation_id}/Communications"
        what = f"Reading what was written in {conversation_id}"
        query: dict[str, str] = {"pageSize": _LONGEST_PAGE}
        while True:
            response = await send(self._get_client(), "GET", url, what, params=query)
            for one in read_list(response, what, "communications"):
                yield one, response
            if not (token := (response.json().get("meta") or {}).get("nextToken")):
                return
            query["pageToken"] = token

    async def set_status(self, conversation_id: str, status: ConversationStatus) -> bool:
        """Whether Twilio did; a CLOSED conversation stays closed.

        https://www.twilio.com/docs/api/conversations/v2/Conversation . Raises TwilioApiError when
        it is not known. TAC's `update_conversation` makes an error of the log of a closed one.
        """
        url = f"{self.base_url}/v2/Conversations/{conversation_id}"
        what = f"Making {conversation_id} {status}"
        try:
            await send(self._get_client(), "PUT", url, what, json={"status": status})
        except TwilioApiError as error:
            if error.status != HTTPStatus.BAD_REQUEST:
                raise
            logger.info("%s", error)
            return False
        return True

    async def list_participants(self, conversation_id: str) -> list[ParticipantResponse]:
        """The participants; entries TAC cannot read are left out.

        Raises httpx.HTTPError on failure: TAC 2.5.0 answers with an empty list, and then takes
        the conversation for one without an agent or a customer.
        """
        listed = _listed.get()
        if listed is not None and conversation_id in listed:
            return listed[conversation_id]
        url = f"{self.base_url}/v2/Conversations/{conversation_id}/Participants"
        response = await self._get_client().get(url)
        response.raise_for_status()
        read = (read_participant(entry) for entry in response.json().get("participants", []))
        found = [participant for participant in read if participant]
        if listed is not None:
            listed[conversation_id] = found
        return found


@contextmanager
def participants_listed_once(known: dict[str, list[ParticipantResponse]]) -> Iterator[None]:
    """Within, the participants of a conversation are asked for once (TAC does it twice a turn);
    not at all where they are `known`, until they are forgotten."""
    token = _listed.set({name: found for name, found in known.items() if found})
    try:
        yield
    finally:
        _listed.reset(token)


def forget_listed(conversation_id: str) -> None:
    """Ask again for the participants of a conversation."""
    if listed := _listed.get():
        listed.pop(conversation_id, None)


def read_participant(entry: object) -> ParticipantResponse | None:
    """Without addresses on channels that TAC does not know; a type it does not know is somebody
    whom the agent must not answer."""
    if not isinstance(entry, dict):
        return None
    addresses = [
        address
        for address in entry.get("addresses") or []
        if isinstance(address, dict) and address.get("channel") in _CHANNELS
    ]
    kind = entry.get("type")
    known = {
        **entry,
        "name": entry.get("name") or "",
        "type": kind if kind in _PARTICIPANT_TYPES else "HUMAN_AGENT",
        "addresses": addresses,
    }
    try:
        return ParticipantResponse.model_validate(known)
    except ValidationError:
        return None
