"""Runs the migrations, one process at a time."""

from __future__ import annotations

from alembic import context
from sqlalchemy import create_engine, event, text
from sqlalchemy.pool import NullPool

from agent.store.tables import metadata

LOCK = 7_041_558

engine = create_engine(context.config.attributes["url"], poolclass=NullPool)
if engine.dialect.name == "sqlite":

    @event.listens_for(engine, "connect")
    def leave_transactions_to_us(connection, _record):  # type: ignore[no-untyped-def] # a hook
        connection.isolation_level = None
        connection.execute("PRAGMA busy_timeout = 20000")

    @event.listens_for(engine, "begin")
    def lock_the_file(connection):  # type: ignore[no-untyped-def] # a hook
        connection.exec_driver_sql("BEGIN EXCLUSIVE")


with engine.begin() as connection:
    if engine.dialect.name == "postgresql":
        connection.execute(text(f"SELECT pg_advisory_xact_lock({LOCK})"))
    context.configure(connection=connection, target_metadata=metadata, transactional_ddl=False)
    context.run_migrations()
engine.dispose()
