"""Requests that Twilio makes to applications: signed, bounded in time, repeated on failure.

https://www.twilio.com/docs/usage/security
"""

from __future__ import annotations

import hashlib
import json
from time import perf_counter
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
from twilio.request_validator import RequestValidator

from getting_started.twilio_emulator.journal import Journal
from getting_started.twilio_emulator.outgoing import Outgoing
from getting_started.twilio_emulator.sids import Sids

ATTEMPTS = 3
TIMEOUT_SECONDS = 15.0


class Webhooks:
    """Sends signed requests and writes each to the journal."""

    def __init__(self, auth_token: str, sids: Sids, journal: Journal, outgoing: Outgoing) -> None:
        self._validator = RequestValidator(auth_token)
        self._sids = sids
        self._journal = journal
        self._outgoing = outgoing

    async def post_json(self, url: str, body: dict[str, Any]) -> None:
        """POST an event with `bodySHA256` in the URL; repeated with the same token on failure."""
        headers = {"i-twilio-idempotency-token": self._sids.sid("").lower()}
        for _attempt in range(ATTEMPTS):
            response = await self.request_json(url, body, headers)
            if response is not None and response.status_code < 500:
                return

    async def request_json(
        self, url: str, body: dict[str, Any], headers: dict[str, str]
    ) -> httpx.Response | None:
        """POST once, signed as an event is, with more `headers`; None when nothing answered."""
        content = json.dumps(body, ensure_ascii=False).encode()
        separator = "&" if urlsplit(url).query else "?"
        signed_url = f"{url}{separator}bodySHA256={hashlib.sha256(content).hexdigest()}"
        signed = {"Content-Type": "application/json", **headers, **self.sign(signed_url)}
        return await self._send("POST", signed_url, content=content, headers=signed)

    async def request_form(
        self, url: str, form: dict[str, str], *, method: str = "POST"
    ) -> httpx.Response | None:
        """Send a form as the voice and messaging webhooks do; None when nothing answered."""
        if method == "GET":
            separator = "&" if urlsplit(url).query else "?"
            full_url = f"{url}{separator}{urlencode(form)}"
            return await self._send("GET", full_url, headers=self.sign(full_url))
        return await self._send(
            "POST",
            url,
            content=urlencode(form).encode(),
            headers={
                "Content-Type": "application/x-www-form-urlencoded; charset=utf-8",
                **self.sign(url, form),
            },
        )

    def sign(self, url: str, form: dict[str, str] | None = None) -> dict[str, str]:
        """The signature header for a URL and the form posted to it."""
        return {
            "X-Twilio-Signature": self._validator.compute_signature(url, form or {}),
            "User-Agent": "TwilioProxy/1.1",
        }

    async def _send(
        self,
        method: str,
        url: str,
        *,
        headers: dict[str, str],
        content: bytes | None = None,
    ) -> httpx.Response | None:
        started = perf_counter()
        try:
            response = await self._outgoing.request(
                method, url, timeout=TIMEOUT_SECONDS, headers=headers, content=content
            )
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            await self._journal.record(
                "webhook",
                method=method,
                url=url,
                error=f"{type(error).__name__}: {error}",
                seconds=round(perf_counter() - started, 4),
            )
            return None
        await self._journal.record(
            "webhook",
            method=method,
            url=url,
            body=(content or b"").decode(),
            status=response.status_code,
            seconds=round(perf_counter() - started, 4),
            answer=response.text[:4000],
        )
        return response
