"""The one account that the emulator holds. Its credentials are public and good for nothing else."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Account:
    """Credentials: the API key pair (or SID and token) for REST, the token for signatures."""

    sid: str = "AC00000000000000000000000000000001"
    auth_token: str = "emulator-auth-token"  # noqa: S105 - an invented credential
    api_key: str = "SK00000000000000000000000000000001"
    api_secret: str = "emulator-api-secret-32-characters"  # noqa: S105 - an invented credential

    def accepts(self, username: str, password: str) -> bool:
        return (username, password) in {
            (self.api_key, self.api_secret),
            (self.sid, self.auth_token),
        }
