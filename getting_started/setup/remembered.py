"""What setup remembers on this machine about an account, in a file below `.agent/`."""

from __future__ import annotations

import json
import os
from pathlib import Path

from agent.errors import AgentError

FOLDER = Path(".agent")


class Remembered:
    """Words by name, for one account. Reading raises AgentError when the file is damaged."""

    def __init__(self, file: Path, account_sid: str) -> None:
        self._file = file
        self._account_sid = account_sid

    def read(self) -> dict[str, str]:
        return self._read_all().get(self._account_sid, {})

    def put(self, name: str, value: str) -> None:
        self._write({**self.read(), name: value})

    def forget(self, name: str) -> None:
        mine = self.read()
        if mine.pop(name, None) is not None:
            self._write(mine)

    def _read_all(self) -> dict[str, dict[str, str]]:
        try:
            everybody = json.loads(self._file.read_text(encoding="utf-8"))
            return {account: dict(names) for account, names in everybody.items()}
        except FileNotFoundError:
            return {}
        except (AttributeError, TypeError, ValueError) as error:
            raise AgentError(f"{self._file} is damaged ({error}): delete it") from None

    def _write(self, mine: dict[str, str]) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        new = self._file.with_suffix(".new")
        text = json.dumps({**self._read_all(), self._account_sid: mine}, indent=2)
        new.write_text(text + "\n", encoding="utf-8")
        os.replace(new, self._file)
