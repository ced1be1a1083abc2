"""The public address: whether Twilio gets through to the agent, and nobody else does.

https://www.twilio.com/docs/usage/security
"""

from __future__ import annotations

import hashlib

import httpx
from twilio.request_validator import RequestValidator
from websockets.exceptions import InvalidHandshake, InvalidStatus, WebSocketException
from websockets.sync.client import connect

from agent.settings import Settings
from getting_started.doctor.check import Finding, failed, ok
from getting_started.doctor.examination import Examination

NOTHING = b"[]"
"""A body that is refused with 400 once its signature is found good: nothing comes of it."""
SERVE = "uv run agent serve, and lead the public address to its port"
SIGNATURE = "X-Twilio-Signature"
PROXY = (
    "the proxy or tunnel must pass path and query unchanged, and TWILIO_VOICE_PUBLIC_DOMAIN "
    "be the name that Twilio calls"
)


def is_reached(examination: Examination) -> Finding:
    """The agent is ready at its public address."""
    url = f"{examination.settings.public_url}/readyz"
    try:
        answer = examination.http.get(url)
    except httpx.HTTPError as error:
        return failed(f"{url} does not answer: {_why(error)}", remedy=SERVE)
    if answer.status_code == 503 and _tells_detail(answer, "not ready"):
        return failed("the agent is starting or stopping", url, remedy="look again in a moment")
    if answer.status_code != 200 or answer.text.find('"ready"') < 0:
        reason = f"somebody else answers at the public address: HTTP {answer.status_code}"
        return failed(reason, url, remedy=SERVE)
    return ok(f"{url} answers in {answer.elapsed.total_seconds() * 1000:.0f} ms")


def takes_signed(examination: Examination) -> Finding:
    """A request with Twilio's signature for the public address is let in."""
    settings = examination.settings
    answer = _post(examination, {SIGNATURE: _sign(settings, _webhook(settings))})
    if answer.status_code == 400 and _tells_detail(answer, "not a JSON object"):
        return ok("by the auth token of the settings")
    if answer.status_code == 403:
        reason = "the agent refuses (403) a request that is signed for its public address"
        remedy = f"serve with the TWILIO_AUTH_TOKEN and public address of this .env; {PROXY}"
        return failed(reason, settings.public_url, remedy=remedy)
    return _tell_other(settings, answer)


def refuses_unsigned(examination: Examination) -> Finding:
    """A request without a signature is refused."""
    answer = _post(examination, {})
    if answer.status_code == 403:
        return ok("403 to a request without a signature")
    return _tell_other(examination.settings, answer)


def takes_socket(examination: Examination) -> Finding:
    """A signed WebSocket gets through to the agent: without it calls end with error 64102."""
    settings = examination.settings
    url = settings.socket_url
    headers = {SIGNATURE: _sign(settings, url)}
    try:
        with connect(url, additional_headers=headers, open_timeout=examination.seconds):
            return ok(f"{url} opens")
    except InvalidStatus as error:
        reason = f"the socket is refused: HTTP {error.response.status_code}"
        return failed(reason, url, remedy="let the proxy or tunnel pass WebSocket upgrades")
    except (InvalidHandshake, WebSocketException, OSError) as error:
        remedy = "let the proxy or tunnel pass WebSocket upgrades"
        return failed(f"the socket does not open: {_why(error)}", url, remedy=remedy)


def _webhook(settings: Settings) -> str:
    return f"{settings.public_url}/webhook?bodySHA256={hashlib.sha256(NOTHING).hexdigest()}"


def _sign(settings: Settings, url: str) -> str:
    validator = RequestValidator(settings.auth_token.get_secret_value())
    return str(validator.compute_signature(url, {}))


def _post(examination: Examination, headers: dict[str, str]) -> httpx.Response:
    url = _webhook(examination.settings)
    json_type = {"Content-Type": "application/json"}
    return examination.http.post(url, content=NOTHING, headers={**json_type, **headers})


def _tells_detail(answer: httpx.Response, words: str) -> bool:
    return words in answer.text


def _tell_other(settings: Settings, answer: httpx.Response) -> Finding:
    reason = f"the public address answers {answer.status_code}, which is not the agent's answer"
    return failed(reason, f"{settings.public_url}/webhook", remedy=PROXY)


def _why(error: Exception) -> str:
    return str(error).partition("\n")[0] or type(error).__name__
