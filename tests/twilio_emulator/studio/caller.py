"""Voice as Studio's hook sees it: signed forms in, TwiML out."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import httpx

from getting_started.twilio_emulator.twilio import Twilio

CALL_SID = "CA" + "1" * 32
CUSTOMER, COMPANY = "+15550100001", "+15550100002"


class Caller:
    """One call; `twiml` is what it was told last."""

    def __init__(self, twilio: Twilio, client: httpx.AsyncClient) -> None:
        self.twilio = twilio
        self.twiml = Element("Response")
        self.client = client

    async def reach(self, flow_sid: str, **fields: str) -> Element:
        """The call comes to a flow, as a new call or as a relay's end."""
        return await self.post(f"{self.hook_url(flow_sid)}?Trigger=incomingCall", **fields)

    async def follow(self, **fields: str) -> Element:
        """Do the first verb and report what became of it."""
        verb = self.twiml[0]
        url = verb.get("action") or self.twiml.findtext("Redirect") or ""
        return await self.post(url, **fields)

    async def post(self, url: str, **fields: str) -> Element:
        form = {
            "AccountSid": self.twilio.account.sid,
            "CallSid": CALL_SID,
            "CallStatus": "in-progress",
            "Direction": "inbound",
            "From": CUSTOMER,
            "To": COMPANY,
            **fields,
        }
        answer = await self.send(url, form)
        answer.raise_for_status()
        self.twiml = ElementTree.fromstring(answer.text)  # noqa: S314 - the emulator's own answer
        return self.twiml

    async def send(self, url: str, form: dict[str, Any], *, signed_as: str = "") -> httpx.Response:
        signature = self.twilio.webhooks.sign(signed_as or url, form)
        return await self.client.post(url, data=form, headers=signature)

    def hook_url(self, flow_sid: str) -> str:
        path = f"/v1/Accounts/{self.twilio.account.sid}/Flows/{flow_sid}"
        return self.twilio.url("webhooks", path)
