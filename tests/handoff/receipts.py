"""TaskRouter's events, sent to the agent as Twilio would send them."""

from __future__ import annotations

import httpx

from getting_started.local import LocalStack


async def send_receipt(stack: LocalStack, event: str, attributes: str, **fields: str) -> int:
    """An event about the task with these attributes; the status of the agent's answer."""
    url = f"{stack.agent_url}/taskrouter/events"
    form = {"EventType": event, "TaskAttributes": attributes, **fields}
    headers = stack.twilio.webhooks.sign(url, form)
    async with httpx.AsyncClient() as client:
        return (await client.post(url, data=form, headers=headers)).status_code
