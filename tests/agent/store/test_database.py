"""The database: migrated by several at once, and always to the tables of the code."""

from __future__ import annotations

import asyncio
import sys

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine

from agent.errors import StoreError
from agent.store.database import connect, migrate
from agent.store.tables import metadata


async def test_several_processes_may_migrate_at_once(database_url: str) -> None:
    code = f"import asyncio, agent.store.database as d; asyncio.run(d.migrate({database_url!r}))"
    processes = [await asyncio.create_subprocess_exec(sys.executable, "-c", code) for _ in range(3)]

    assert [await process.wait() for process in processes] == [0, 0, 0]


async def test_migrations_make_the_tables_of_the_code(engine: AsyncEngine) -> None:
    def compare(connection: Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(connection), metadata))

    async with engine.connect() as connection:
        differences = await connection.run_sync(compare)

    assert differences == []


async def test_plain_addresses_get_our_drivers() -> None:
    assert connect("postgresql://u:p@localhost/agent").url.drivername == "postgresql+psycopg"
    assert connect("sqlite:///agent.db").url.drivername == "sqlite+aiosqlite"


async def test_database_of_a_later_release_is_left_alone(
    database_url: str, engine: AsyncEngine
) -> None:
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(StoreError, match="of another release"):
        await migrate(database_url)


@pytest.mark.parametrize(
    ("address", "told"),
    [
        pytest.param("sqlite:////proc/none/agent.db", "No such file", id="no folder"),
        pytest.param(
            "postgresql://ana:secret@127.0.0.1:1/agent",
            r"ana:\*\*\*@.* cannot be used: .*refused",
            id="nobody listens",
        ),
    ],
)
async def test_database_that_cannot_be_used(address: str, told: str) -> None:
    with pytest.raises(StoreError, match=told):
        await migrate(address)


async def test_current_database_starts_without_alembic(
    database_url: str, engine: AsyncEngine
) -> None:
    code = (
        "import asyncio, sys, agent.store.database as d;"
        f"asyncio.run(d.migrate({database_url!r}));"
        "sys.exit('alembic' in sys.modules)"
    )

    process = await asyncio.create_subprocess_exec(sys.executable, "-c", code)

    assert await process.wait() == 0
