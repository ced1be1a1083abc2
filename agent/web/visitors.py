"""Who writes in the web chat: an anonymous visitor, or whom the host page vouches for."""

from __future__ import annotations

import hmac
import secrets
import time

from agent.errors import VisitorError
from agent.settings import Settings

COOKIE = "agent_chat_visitor"
COOKIE_SECONDS = 30 * 24 * 3600
PREFIX = "visitor-"
LONGEST_IDENTITY = 256


def make_proof(secret: str, identity: str, expires_at: int) -> str:
    """What a host page shows to say who its visitor is, until `expires_at` (Unix time)."""
    mac = hmac.digest(secret.encode(), f"{expires_at}.{identity}".encode(), "sha256").hex()
    return f"{expires_at}.{mac}"


class Visitors:
    """Tells who asks, and never takes their own word for it."""

    def __init__(self, settings: Settings) -> None:
        token = settings.auth_token.get_secret_value().encode()
        self._key = hmac.digest(token, b"chat visitors", "sha256")
        self._host_secret = settings.chat_host_secret
        self._agent_identity = settings.chat_identity
        self._is_secure = settings.public_url.startswith("https:")

    def of_cookie(self, value: str) -> str:
        """The visitor of the cookie; a new one where it is none that we have signed."""
        identity, _, mac = value.rpartition(".")
        if identity and hmac.compare_digest(mac.encode(), self._mac(identity).encode()):
            return identity
        return f"{PREFIX}{secrets.token_hex(16)}"

    def to_cookie(self, identity: str) -> str:
        """The value of `Set-Cookie` that brings a visitor back.

        On a page of another site the cookie is kept apart for each site (CHIPS,
        https://developer.mozilla.org/en-US/docs/Web/Privacy/Guides/Privacy_sandbox/Partitioned_cookies).
        """
        scope = "Secure; SameSite=None; Partitioned" if self._is_secure else "SameSite=Lax"
        value = f"{COOKIE}={identity}.{self._mac(identity)}"
        return f"{value}; Max-Age={COOKIE_SECONDS}; Path=/chat; HttpOnly; {scope}"

    def of_host(self, identity: str, proof: str) -> str:
        """The identity a host page vouches for with `make_proof`.

        Raises VisitorError when it does not, or the identity is none that a customer can have.
        """
        if self._host_secret is None:
            raise VisitorError("Identities are not taken here: AGENT_CHAT_HOST_SECRET is not set")
        expiry = proof.partition(".")[0]
        expires_at = int(expiry) if expiry.isascii() and expiry.isdecimal() else 0
        expected = make_proof(self._host_secret.get_secret_value(), identity, expires_at)
        if not hmac.compare_digest(proof.encode(), expected.encode()):
            raise VisitorError("The proof is not of this identity")
        if expires_at < time.time():
            raise VisitorError("The proof has expired: the page must be given a new one")
        if identity == self._agent_identity or identity.startswith(PREFIX):
            raise VisitorError(f"{identity} cannot be a customer's identity")
        return identity

    def _mac(self, identity: str) -> str:
        return hmac.digest(self._key, identity.encode(), "sha256").hex()
