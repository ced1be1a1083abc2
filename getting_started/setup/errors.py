"""What goes wrong in setting an account up, in words that say what to do."""

from __future__ import annotations

import requests
from twilio.base.exceptions import TwilioException, TwilioServiceException

from agent.errors import AgentError
from agent.twilio_api.rest import refusal_of

REQUEST_ERRORS = (TwilioException, requests.RequestException)
"""What a call of the `twilio` library raises when it fails."""

_VERBS = {"GET": "read", "POST": "create or change", "PUT": "change", "PATCH": "change"}


class SetupError(AgentError):
    """The account cannot be set up as asked; the message says why, and what to do."""


def status_of(error: Exception) -> int | None:
    """The HTTP status of a failed request; None where no answer came."""
    refusal = refusal_of(error)
    return int(refusal.status) if refusal else None


def explain(error: Exception, what: str) -> SetupError:
    """`error`, one of REQUEST_ERRORS, met while doing `what`, for the person who reads it."""
    status = status_of(error)
    if status is None:
        return SetupError(
            f"{what}: no answer from Twilio ({_reason_of(error)}). Run the same command again: it "
            "finds what was made."
        )
    return SetupError(f"{what}: {_advice(status, refusal_of(error) or error)}")


def _advice(status: int, error: Exception) -> str:
    said = f"Twilio answered {status}: {_message_of(error)}"
    match status:
        case 401:
            return f"{said}. Check TWILIO_API_KEY and TWILIO_API_SECRET, or TWILIO_AUTH_TOKEN."
        case 403:
            return (
                f"{said}. The credentials lack the permission to {_permission(error)}: use a "
                "standard API key or the auth token, or give it to the restricted key "
                "(console.twilio.com: Account > API keys & tokens)."
            )
        case 409 | 412:
            return f"{said}. Somebody else changes it at this moment; run the same command again."
        case 429:
            return f"{said}. Wait a moment and run the same command again."
    return said


def _permission(error: Exception) -> str:
    """`create or change ControlPlane/Stores`, from the request that was refused."""
    method, path = getattr(error, "method", ""), getattr(error, "uri", "")
    names = [part for part in path.split("/") if not any(letter.isdigit() for letter in part)]
    return f"{_VERBS.get(method, 'change')} {'/'.join(names).strip('/') or 'it'}"


def _message_of(error: Exception) -> str:
    if isinstance(error, TwilioServiceException):
        return str(error.detail or error.title)
    return str(getattr(error, "msg", "") or error)


def _reason_of(error: Exception) -> str:
    if isinstance(error, requests.Timeout):
        return "it took too long"
    if isinstance(error, requests.ConnectionError | requests.exceptions.ChunkedEncodingError):
        return "the connection failed"
    return str(error)
