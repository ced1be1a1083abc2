"""Copies of what is about to be changed, in `.agent/backups/`."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from agent.errors import AgentError
from agent.settings import Settings
from getting_started.setup.account import Json
from getting_started.setup.remembered import FOLDER
from getting_started.setup.resource import Change
from studio_templates.formatting import PASSWORD

OWNER_ONLY = 0o600
FLOW_USER = "studio"
FLOW_PASSWORD = "flow password"  # noqa: S105 - a name
UNKNOWN = "(secret: unknown)"


class Backups:
    """Writes and reads backups, one file a resource; `secrets` by name never get into one."""

    def __init__(self, secrets: Mapping[str, str], folder: Path = FOLDER) -> None:
        self._secrets = secrets
        self._folder = folder / "backups"
        self._run = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")

    def write(self, change: Change) -> None:
        """Keep what Twilio has before `change`; nothing where there is nothing yet."""
        if not change.current:
            return
        kept = {"resource": change.resource, "title": change.title, "content": change.current}
        text = self._without_secrets(json.dumps(kept, indent=2, ensure_ascii=False))
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"{self._run}-{change.resource}.json"
        with open(path, "w", opener=_open_private, encoding="utf-8") as file:
            file.write(text + "\n")

    def read_run(self) -> dict[str, Json]:
        """Every resource's content before the newest run that changed something.

        Raises AgentError where there is none.
        """
        if not (paths := sorted(self._folder.glob("*.json"))):
            raise AgentError(f"There is no backup in {self._folder}/: nothing was changed yet")
        run = paths[-1].name.partition("-")[0]
        return {
            name: content
            for path in paths
            if path.name.startswith(run)
            for name, content in self.read(path).items()
        }

    def read(self, path: Path) -> dict[str, Json]:
        """The content of one backup by its resource's name, with today's secrets.

        Raises AgentError when `path` is no backup.
        """
        try:
            text = path.read_text(encoding="utf-8")
            for name, secret in self._secrets.items():
                text = text.replace(_mark(name), secret)
            kept = json.loads(text)
            content = {kept["resource"]: kept["content"]}
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise AgentError(f"{path} is no backup of agent setup: {error}") from None
        if UNKNOWN in text:
            raise AgentError(f"{path}: write the passwords in place of {UNKNOWN}, then restore it")
        return content

    def _without_secrets(self, text: str) -> str:
        for name, secret in self._secrets.items():
            text = text.replace(secret, _mark(name))
        return PASSWORD.sub(_take_out, text)


def secrets_of(settings: Settings) -> dict[str, str]:
    """What must not get into a backup, by the name that stands there instead."""
    return {
        FLOW_PASSWORD: settings.flow_password,
        "auth token": settings.auth_token.get_secret_value(),
        "API secret": settings.api_secret.get_secret_value(),
    }


def _take_out(found: re.Match[str]) -> str:
    """An older password of ours makes room for today's, which is the one that counts."""
    return f"{found[1]}:{_mark(FLOW_PASSWORD) if found[1] == FLOW_USER else UNKNOWN}"


def _mark(name: str) -> str:
    return f"(secret: {name})"


def _open_private(path: str, flags: int) -> int:
    return os.open(path, flags, OWNER_ONLY)
