"""Access tokens of browsers, checked as Twilio checks them.

https://www.twilio.com/docs/conversations-classic/create-tokens
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twilio.jwt import Jwt, JwtDecodeError
from twilio.jwt.access_token import AccessToken

from getting_started.twilio_emulator.errors import TwilioError

if TYPE_CHECKING:
    from getting_started.twilio_emulator.twilio import Twilio

CONTENT_TYPE = "twilio-fpa;v=1"
INVALID = 20101
EXPIRED = 20104
NO_GRANT = 20106


class Tokens:
    """Tells whose a token is; tokens can be made to expire before their time."""

    def __init__(self, twilio: Twilio) -> None:
        self._twilio = twilio
        self._expired: set[str] = set()

    def identity_of(self, token: str) -> str:
        """The identity the token was made for. Raises TwilioError (401) when it is good no more."""
        payload = self._read(token)
        identity = str(payload["grants"].get("identity", ""))
        if identity in self._expired or self._is_over(payload):
            raise TwilioError(401, EXPIRED, "Access Token expired or expiration date invalid")
        return identity

    def expire(self, identity: str) -> None:
        """From now on the identity is refused, until it brings a token that `renew` takes."""
        self._expired.add(identity)

    def renew(self, token: str) -> str:
        """What a browser does when it is told that its token expires; gives the identity."""
        payload = self._read(token)
        self._expired.discard(str(payload["grants"].get("identity", "")))
        return self.identity_of(token)

    def _read(self, token: str) -> dict[str, Any]:
        account = self._twilio.account
        try:
            read: Jwt = AccessToken.from_jwt(token, account.api_secret)
        except JwtDecodeError as error:
            code = EXPIRED if "expired" in str(error) else INVALID
            raise TwilioError(401, code, f"Invalid Access Token: {error}") from None
        payload: dict[str, Any] = read.payload
        if read.headers.get("cty") != CONTENT_TYPE:
            raise TwilioError(401, INVALID, "Invalid Access Token header")
        if (payload.get("iss"), payload.get("sub")) != (account.api_key, account.sid):
            raise TwilioError(401, INVALID, "Invalid Access Token issuer/subject")
        grant = payload.get("grants", {}).get("chat", {})
        if grant.get("service_sid") not in self._twilio.classic.services:
            raise TwilioError(401, NO_GRANT, "The Access Token has no chat grant for a service")
        return payload

    def _is_over(self, payload: dict[str, Any]) -> bool:
        return bool(payload["exp"] <= self._twilio.clock.now().timestamp())
