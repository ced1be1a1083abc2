"""Studio: a flow, and the executions of the one that takes a handoff.

https://www.twilio.com/docs/studio/rest-api/v2/execution
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx

from agent.settings import Settings
from agent.twilio_api.answers import read_list, read_next_page, read_sid, reading
from agent.twilio_api.http import ClientPool, send

_PAGE = "200"
APOLOGY_WIDGETS = "apologize"
"""How the flow's names of the widgets begin that tell the customer the truth, and end it."""


@dataclass(frozen=True)
class Ending:
    """How an execution of the handoff flow has ended (`studio_templates/README.md`).

    `failure` is the trace that also a failure leaves which was overcome; the customer is told of
    the others.
    """

    failure: str
    has_apologized: bool

    @property
    def is_failure(self) -> bool:
        return bool(self.failure) and self.has_apologized


def flow_hook(settings: Settings, flow_sid: str) -> str:
    """Where a call enters a flow: as `<Connect action>` and as the answer of a number."""
    hooks = settings.twilio_url("webhooks")
    return f"{hooks}/v1/Accounts/{settings.account_sid}/Flows/{flow_sid}?Trigger=incomingCall"


class StudioClient:
    """Executions of one flow."""

    def __init__(self, pool: ClientPool, base_url: str, flow_sid: str) -> None:
        self._pool = pool
        self._base_url = base_url
        self.flow_sid = flow_sid

    async def find_execution(self, handoff_id: str, *, to: str, since: datetime) -> str | None:
        """The execution (FN...) that carries this handoff, among those of `to` begun since then.

        Finished ones count too. Raises TwilioApiError when Studio does not tell.
        """
        what = f"Looking for handoff {handoff_id} in flow {self.flow_sid}"
        url = f"{self._base_url}/v2/Flows/{self.flow_sid}/Executions"
        query = {"DateCreatedFrom": since.strftime("%Y-%m-%dT%H:%M:%SZ"), "PageSize": _PAGE}
        while query:
            response = await self._get(url, what, query)
            for execution in read_list(response, what, "executions"):
                if execution.get("contact_channel_address") != to:
                    continue
                context = await self._get(f"{url}/{execution.get('sid')}/Context", what)
                if handoff_id in context.text:
                    return str(execution["sid"])
            query = read_next_page(response, what)
        return None

    async def fetch_end(self, execution_sid: str) -> Ending | None:
        """How an execution has ended; None while it goes on.

        Raises TwilioApiError when Studio does not tell.
        """
        what = f"Reading execution {execution_sid}"
        url = f"{self._base_url}/v2/Flows/{self.flow_sid}/Executions/{execution_sid}"
        if read_sid(await self._get(url, what), what, "status") != "ended":
            return None
        response = await self._get(f"{url}/Context", what)
        with reading(what):
            context = response.json()["context"]
            variables = (context.get("flow") or {}).get("variables") or {}
            widgets = context.get("widgets") or {}
            has_apologized = any(name.startswith(APOLOGY_WIDGETS) for name in widgets)
            return Ending(str(variables.get("handoff_failure") or ""), has_apologized)

    async def fetch_first_widget(self, trigger: str) -> str:
        """Where the published flow begins on `trigger`, as incomingConversationMessage; empty when
        it does not. Raises TwilioApiError, with status 404 when no such flow is published.
        """
        url = f"{self._base_url}/v2/Flows/{self.flow_sid}/Revisions/LatestPublished"
        what = f"Reading flow {self.flow_sid}"
        response = await self._get(url, what)
        with reading(what):
            widgets = response.json()["definition"]["states"]
            begins = [one for one in widgets if one["type"] == "trigger"]
            ways = [way for one in begins for way in one["transitions"] if way["event"] == trigger]
            return str(ways[0].get("next") or "") if ways else ""

    async def end_execution(self, execution_sid: str) -> None:
        """Stop it where it is. Raises TwilioApiError when Studio refuses, or does not answer."""
        url = f"{self._base_url}/v2/Flows/{self.flow_sid}/Executions/{execution_sid}"
        what = f"Ending execution {execution_sid}"
        await send(self._pool.get(self._base_url), "POST", url, what, data={"Status": "ended"})

    async def _get(
        self, url: str, what: str, query: dict[str, str] | None = None
    ) -> httpx.Response:
        return await send(self._pool.get(self._base_url), "GET", url, what, params=query)

    async def create_execution(self, *, to: str, from_: str, parameters: dict[str, Any]) -> str:
        """Start the flow for the contact `to`, seen from our address `from_`: its FN... SID.

        Raises TwilioApiError when Studio refuses, or does not answer (status None).
        """
        form = {"To": to, "From": from_, "Parameters": json.dumps(parameters)}
        what = f"Starting flow {self.flow_sid}"
        url = f"{self._base_url}/v2/Flows/{self.flow_sid}/Executions"
        response = await send(self._pool.get(self._base_url), "POST", url, what, data=form)
        return read_sid(response, what, "sid")
