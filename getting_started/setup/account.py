"""The Twilio account that is set up: the `twilio` library's client, and waiting for what it does.

https://www.twilio.com/docs/libraries/reference/twilio-python
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from twilio.rest import Client

from agent.settings import variable_of
from agent.twilio_api.rest import RedirectingHttpClient
from getting_started.setup.credentials import login_of, read_settings
from getting_started.setup.errors import SetupError
from getting_started.setup.remembered import FOLDER, Remembered

Json = dict[str, Any]
Found = TypeVar("Found")

REGIONAL = {"conversations", "memory"}
LONGEST_PAUSE = 4.0
LOOKS = 5


def _say_nothing(_text: str) -> None:
    """Progress that nobody reads."""


class Account:
    """One account, its credentials, and where the agent is that it is set up for.

    `client` is the library's; its resources are reached as `account.client.studio.v2.flows`.
    `settings` are the agent's; of those that setup is yet to find out, `given` tells the truth.
    `report` is told what is waited for. Calls raise REQUEST_ERRORS.
    """

    def __init__(
        self,
        environment: Mapping[str, str],
        *,
        report: Callable[[str], None] = _say_nothing,
        patience: float = 90.0,
        pause: float = 0.5,
        workflow: str = "",
        folder: Path = FOLDER,
    ) -> None:
        """`patience` is how many seconds an operation may take, `pause` is between two looks.

        `workflow` is the name of the TaskRouter workflow that was asked for, if one was.
        `folder` is where requests are remembered until their answer has come.
        Raises SettingsError when credentials are missing from `environment`, or malformed.
        """
        self.settings = read_settings(environment)
        self.report = report
        self.workflow = workflow
        self._environment = environment
        self._patience = patience
        self._pause = pause
        self.requests = Remembered(folder / "requests.json", self.settings.account_sid)
        self.client = Client(
            *login_of(environment),
            self.settings.account_sid,
            http_client=RedirectingHttpClient(self._address_of),
        )

    def close(self) -> None:
        """Give up the connections."""
        self.client.http_client.session.close()

    def given(self, field: str) -> str | None:
        """The value of a field of `Settings` where the environment has one: ids made before."""
        return self._environment.get(variable_of(field))

    @property
    def public_url(self) -> str:
        """Where Twilio reaches the agent: `https://agent.example.org`."""
        return self.settings.public_url

    def fetch(self, version: Any, path: str) -> Json:
        """A resource as it is on the wire, with the fields that the library does not know.

        `account.fetch(account.client.conversations.v2, "/ControlPlane/Configurations/...")`
        """
        fetched: Json = version.fetch(method="GET", uri=path)
        return fetched

    def finish(self, operations: Any, accepted: Any, what: str) -> Any:
        """Wait for the operation that an answer (202) names; gives it, COMPLETED.

        Raises SetupError when it fails or takes too long.
        """
        operation_id = accepted.status_url.rpartition("/")[2]

        def ended() -> Any:
            operation = operations(operation_id).fetch()
            return None if operation.status == "PENDING" else operation

        operation = self.wait(ended, what)
        if operation.status != "COMPLETED":
            raise SetupError(
                f"{what}: Twilio's operation {operation_id} is {operation.status}: "
                f"{operation.error or 'it does not say why'}. Run the same command again."
            )
        return operation

    def wait(self, look: Callable[[], Found | None], what: str) -> Found:
        """Look until there is something: what was just written may be read seconds later.

        Raises SetupError when it takes too long.
        """
        deadline = time.monotonic() + self._patience
        pause = self._pause
        while (found := look()) is None:
            if time.monotonic() + pause > deadline:
                raise SetupError(
                    f"{what}: Twilio was not done after {self._patience:.0f} seconds. Run the same "
                    "command again: it finds what was made."
                )
            self.report(f"{what}: waiting for Twilio")
            time.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)
        return found

    def look_again(self, look: Callable[[], Found], is_awaited: Callable[[Found], bool]) -> Found:
        """What is seen once it is as awaited, or after LOOKS looks whatever it is then."""
        pause = self._pause
        for _ in range(LOOKS - 1):
            if is_awaited(found := look()):
                return found
            time.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)
        return look()

    def _address_of(self, product: str) -> str:
        return self.settings.twilio_url(product, regional=product in REGIONAL)


class JsonBody:
    """A body for the library's JSON products, which take anything that has `to_dict`.

    Their own classes drop the fields they do not know, which a full replacement would lose.
    """

    def __init__(self, fields: Json) -> None:
        self._fields = fields

    def to_dict(self) -> Json:
        return self._fields
