"""The `twilio` library's REST client: TAC's for the Calls API, and that of the commands.

https://www.twilio.com/docs/voice/api/call-resource
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from twilio.base.exceptions import TwilioRestException, TwilioServiceException
from twilio.base.version import Version
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client

from agent.settings import Credentials

TIMEOUT_SECONDS = 10.0


class RedirectingHttpClient(TwilioHttpClient):  # type: ignore[misc] # twilio is untyped
    """Sends `https://{product}.twilio.com/...` to where that product is."""

    def __init__(self, address_of: Callable[[str], str]) -> None:
        """`address_of("studio")` is the base address of that product."""
        super().__init__(timeout=TIMEOUT_SECONDS)
        self._address_of = address_of
        # requests reads REQUESTS_CA_BUNDLE; the rest of this program SSL_CERT_FILE.
        if bundle := os.environ.get("SSL_CERT_FILE"):
            self.session.verify = bundle

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Response:
        parts = urlsplit(url)
        product = (parts.hostname or "").partition(".")[0]
        path = urlunsplit(("", "", parts.path, parts.query, ""))
        return super().request(method, self._address_of(product) + path, *args, **kwargs)


def create_rest_client(credentials: Credentials) -> Client:
    """A REST client with a timeout; TAC 2.5.0's own has none and ignores the region."""

    def address_of(product: str) -> str:
        return credentials.twilio_base_url.format(product=product)

    return Client(
        credentials.api_key,
        credentials.api_secret.get_secret_value(),
        credentials.account_sid,
        http_client=RedirectingHttpClient(address_of),
    )


def refusal_of(error: Exception) -> Any:
    """What Twilio answered, if `error` of the library is an answer, with `status` and `code`.

    None where no answer came. When a list is refused, the library's error has only the response.
    """
    if isinstance(error, TwilioRestException | TwilioServiceException):
        return error
    response = next((one for one in error.args if isinstance(one, Response)), None)
    return response and Version.exception("GET", "", response, "Unable to fetch page")
