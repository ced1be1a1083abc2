"""Copies of what is about to be changed, in `.agent/backups/`."""

from __future__ import annotations

import json
import os
from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path

from agent.errors import AgentError
from agent.settings import Settings
from getting_started.setup.account import Json
from getting_started.setup.resource import Change

FOLDER = Path(".agent/backups")
OWNER_ONLY = 0o600


class Backups:
    """Writes and reads backups; `secrets` by name never get into one."""

    def __init__(self, secrets: dict[str, str], folder: Path = FOLDER) -> None:
        self._secrets = {name: secret for name, secret in secrets.items() if secret}
        self._folder = folder

    def write(self, change: Change) -> Path | None:
        """Keep what Twilio has before `change`; nothing where there is nothing yet."""
        if not change.current:
            return None
        taken_at = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
        path = self._folder / f"{taken_at}-{change.resource}.json"
        kept = {"resource": change.resource, "title": change.title, "content": change.current}
        self._folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps(kept, indent=2, ensure_ascii=False)
        for name, secret in self._secrets.items():
            text = text.replace(secret, _mark(name))
        with open(path, "x", opener=_open_private, encoding="utf-8") as file:
            file.write(text)
        return path

    def latest(self) -> Path:
        """The newest backup. Raises AgentError where there is none."""
        if not (paths := sorted(self._folder.glob("*.json"))):
            raise AgentError(f"There is no backup in {self._folder}/")
        return paths[-1]

    def read(self, path: Path, names: Collection[str]) -> tuple[str, Json]:
        """The resource's name (one of `names`) and its content, with today's secrets.

        Raises AgentError when `path` is no backup.
        """
        try:
            text = path.read_text(encoding="utf-8")
            for name, secret in self._secrets.items():
                text = text.replace(_mark(name), secret)
            kept = json.loads(text)
            resource, content = kept["resource"], kept["content"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise AgentError(f"{path} is no backup of `agent setup`: {error}") from None
        if resource not in names:
            raise AgentError(f"{path} is of an unknown resource: {resource!r}")
        return resource, content


def secrets_of(settings: Settings) -> dict[str, str]:
    """What must not get into a backup, by the name that stands there instead."""
    return {
        "flow password": settings.flow_password,
        "auth token": settings.auth_token.get_secret_value(),
        "API secret": settings.api_secret.get_secret_value(),
    }


def _mark(name: str) -> str:
    return f"(secret: {name})"


def _open_private(path: str, flags: int) -> int:
    return os.open(path, flags, OWNER_ONLY)
