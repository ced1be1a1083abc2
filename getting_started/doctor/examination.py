"""What the checks look at: the settings, the account, and what others have read of it already."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar

import httpx
from twilio.http.response import Response

from agent.errors import SettingsError
from agent.settings import Settings, derive_flow_secret, variable_of
from getting_started.setup.account import Account
from getting_started.setup.remembered import FOLDER
from getting_started.setup.resource import PENDING, Change
from getting_started.setup.resources import RESOURCES

Found = TypeVar("Found")
SHORTEST_SECRET = 8
_NUMBER = re.compile(r"(?<=\+\d{4})\d{2,}(?=\d{2})")
_PASSWORD = re.compile(r"(://[^/\s:@]*):[^/\s@]+@")


class Examination:
    """One look at everything; safe for many threads, reads each thing once.

    `environment` is the agent's, `seconds` how long one answer may take. `folder` is where setup
    remembers the checklist.
    """

    def __init__(
        self, environment: Mapping[str, str], *, seconds: float = 10.0, folder: Path = FOLDER
    ) -> None:
        self.environment = environment
        self.seconds = seconds
        self.folder = folder
        self.http = httpx.Client(timeout=seconds)
        self._lock = Lock()
        self._read: dict[str, Future[Any]] = {}

    @property
    def account(self) -> Account:
        """Raises SettingsError where the credentials are missing or a setting is malformed."""
        return self.once("account", self._open_account)

    @property
    def settings(self) -> Settings:
        """As far as they are known before setup. Raises SettingsError."""
        return self.account.settings

    def once(self, name: str, read: Callable[[], Found]) -> Found:
        """What `read` gives, or raises: called by the first who asks, the others wait for it."""
        with self._lock:
            is_first = name not in self._read
            future: Future[Found] = self._read.setdefault(name, Future())
        if is_first:
            try:
                future.set_result(read())
            except BaseException as error:  # noqa: BLE001 - `result` raises it, for all who ask
                future.set_exception(error)
        return future.result()

    def plan(self, name: str) -> Change:
        """What setup would do about one of its resources; reads only.

        Ids of others that could not be read are PENDING. Raises REQUEST_ERRORS, SetupError.
        """
        resource = next(one for one in RESOURCES if one.name == name)
        known: dict[str, str] = defaultdict(lambda: PENDING)
        for need in resource.needs:
            try:
                known.update(self.plan(need).ids)
            except Exception:  # noqa: BLE001, S112 - its own check tells
                continue
        return self.once(f"plan {name}", lambda: resource.plan(self.account, known))

    def answer_to_key(self) -> Response:
        """Twilio's answer to the login that setup and doctor use: status and headers."""
        account = self.account
        number = {"PhoneNumber": account.settings.phone_number}
        path = f"/2010-04-01/Accounts/{account.settings.account_sid}/IncomingPhoneNumbers.json"
        url = f"https://api.twilio.com{path}"
        return self.once("key", lambda: account.client.request("GET", url, params=number))

    def hide(self, text: str) -> str:
        """`text` without secrets, and with the middle of phone numbers left out."""
        for secret in self._secrets():
            text = text.replace(secret, "(secret)")
        text = _PASSWORD.sub(r"\1:***@", text)
        return _NUMBER.sub(lambda found: "*" * len(found[0]), text)

    def close(self) -> None:
        """Give up the connections."""
        self.http.close()
        if "account" in self._read:
            with suppress(SettingsError):
                self.account.close()

    def _secrets(self) -> list[str]:
        words = ("TOKEN", "SECRET", "OPENAI_API_KEY")
        given = [
            value
            for name, value in self.environment.items()
            if any(word in name for word in words) and len(value) >= SHORTEST_SECRET
        ]
        token = self.environment.get(variable_of("auth_token"))
        return [*given, derive_flow_secret(token)] if token else given

    def _open_account(self) -> Account:
        account = Account(self.environment, folder=self.folder)
        account.client.http_client.timeout = self.seconds
        return account
