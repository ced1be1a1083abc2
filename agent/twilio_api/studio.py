"""Studio: starting an execution of the flow that takes a handoff.

https://www.twilio.com/docs/studio/rest-api/v2/execution
"""

from __future__ import annotations

import json
from typing import Any

import httpx

from agent.errors import TwilioApiError
from agent.twilio_api.http import ClientPool, read_answer


class StudioClient:
    """Executions of one flow."""

    def __init__(self, pool: ClientPool, base_url: str, flow_sid: str) -> None:
        self._pool = pool
        self._base_url = base_url
        self.flow_sid = flow_sid

    async def create_execution(self, *, to: str, from_: str, parameters: dict[str, Any]) -> str:
        """Start the flow for the contact `to`, seen from our address `from_`: its FN... SID.

        Raises TwilioApiError when Studio refuses, or does not answer (status None).
        """
        form = {"To": to, "From": from_, "Parameters": json.dumps(parameters)}
        what = f"Starting flow {self.flow_sid}"
        url = f"{self._base_url}/v2/Flows/{self.flow_sid}/Executions"
        try:
            response = await self._pool.get(self._base_url).post(url, data=form)
        except httpx.HTTPError as error:
            raise TwilioApiError(f"{what} failed: {type(error).__name__} {error}") from error
        return str(read_answer(response, what).json().get("sid", ""))
