"""The engine and the migrations. SQLite by default, Postgres by setting."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, create_engine, event, inspect, make_url, text
from sqlalchemy.engine import URL
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from agent.errors import StoreError

BUSY_SECONDS = 5
_DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "postgresql": "postgresql+psycopg",
    "postgres": "postgresql+psycopg",
}
_MIGRATIONS = Path(__file__).parent / "migrations"


def connect(database_url: str) -> AsyncEngine:
    """An engine for a plain URL: `sqlite:///file` or `postgresql://...`; the driver is ours."""
    url = _with_driver(database_url)
    is_sqlite = url.drivername.startswith("sqlite")
    if is_sqlite:  # patience with the other writers
        url = url.update_query_dict({"timeout": str(BUSY_SECONDS), **url.query})
    engine = create_async_engine(url, pool_pre_ping=not is_sqlite, hide_parameters=True)
    if is_sqlite:
        event.listen(engine.sync_engine, "connect", _set_up_sqlite)
    return engine


async def migrate(database_url: str) -> None:
    """Bring the tables up to date. Several processes may do so at once.

    Raises StoreError when the database cannot be used.
    """
    with telling_of(database_url):
        if not await asyncio.to_thread(_is_up_to_date, database_url):
            await asyncio.to_thread(_upgrade, database_url)


@contextmanager
def telling_of(database_url: str) -> Iterator[None]:
    """Raises StoreError when the database cannot be reached, read or written within."""
    try:
        yield
    except (OSError, SQLAlchemyError) as error:
        reason = error.orig if isinstance(error, DBAPIError) else error
        shown = make_url(database_url).render_as_string()
        raise StoreError(
            f"The database {shown} cannot be used: {str(reason).strip()}\n"
            "Its address is AGENT_DATABASE_URL (environment or .env); the agent must be able to "
            "write there."
        ) from error


def has_workflow_tables(connection: Connection) -> bool:
    """Whether an agent has run on the database; DBOS then has its tables there."""
    schema = None if connection.dialect.name == "sqlite" else "dbos"
    return inspect(connection).has_table("workflow_status", schema=schema)


def synchronous_url(database_url: str) -> str:
    """The same database for clients that are not asynchronous."""
    url = _with_driver(database_url)
    return url.set(drivername=url.drivername.replace("+aiosqlite", "")).render_as_string(
        hide_password=False
    )


def newest_revision() -> str:
    """Of the tables that this release works with; later ones are greater."""
    return max(path.stem.partition("_")[0] for path in (_MIGRATIONS / "versions").glob("*.py"))


def read_revision(connection: Connection) -> str | None:
    """Of the tables that are there; None where there are none yet."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    current: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return current


def _is_up_to_date(database_url: str) -> bool:
    """Asked first, as it is so at most starts: loading Alembic takes longer than all the rest."""
    engine = create_engine(synchronous_url(database_url), poolclass=NullPool)
    try:
        with engine.connect() as connection:
            return read_revision(connection) == newest_revision()
    except SQLAlchemyError:
        return False


def _upgrade(database_url: str) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    url = _with_driver(database_url)
    if url.drivername.startswith("sqlite") and url.database:
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["url"] = synchronous_url(database_url)
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        shown = url.render_as_string()
        raise StoreError(f"The database {shown} is of another release: {error}") from None


def _with_driver(database_url: str) -> URL:
    url = make_url(database_url)
    return url.set(drivername=_DRIVERS.get(url.drivername, url.drivername))


def _set_up_sqlite(connection: DBAPIConnection, _record: object) -> None:
    """Readers and a writer side by side, and no wait for the disk at every commit.

    A process that dies loses nothing; a machine that does may lose its last moments, up to the
    last step of a delivery: DBOS writes into the same file and waits
    (https://www.sqlite.org/pragma.html#pragma_synchronous).
    """
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.close()
