"""What is on this machine: settings, libraries, the database, and the steps somebody confirmed."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib.metadata import requires, version
from pathlib import Path

from sqlalchemy import create_engine, make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from agent.errors import SettingsError
from agent.handoff.opening_hours import OpeningHours, in_words
from agent.settings import load_settings, variable_of
from agent.store.database import newest_revision, read_revision, synchronous_url
from getting_started.doctor.check import Finding, Look, failed, ok, warning
from getting_started.doctor.examination import Examination
from getting_started.setup.checklist import Checklist, Item

OURS = "twilio-handoff-agent"
SDK = "twilio-agent-connect"
HOURS = variable_of("opening_hours")
ZONE = variable_of("time_zone")
DATABASE = variable_of("database_url")


def is_readable(examination: Examination) -> Finding:
    """Credentials, number and public address are given, and no setting is malformed."""
    try:
        settings = examination.settings
    except SettingsError as error:
        return _tell_settings(error)
    return ok(f"account {settings.account_sid}, {settings.phone_number}, {settings.public_url}")


def is_complete(examination: Examination) -> Finding:
    """What setup finds out is there too, and a language model."""
    try:
        load_settings(examination.environment)
    except SettingsError as error:
        return _tell_settings(error)
    return ok("all required settings are given")


def is_tested_sdk(_examination: Examination) -> Finding:
    """The SDK is the release that this agent is made for: it stands on more than its API."""
    wanted = next(one for one in requires(OURS) or [] if one.startswith(f"{SDK}==")).split("==")[1]
    found = version(SDK)
    if found == wanted.partition(";")[0].strip():
        return ok(f"{SDK} {found}")
    return failed(f"{SDK} {found} is installed, {wanted} is needed", remedy="uv sync")


def opens_sometime(examination: Examination) -> Finding:
    """There is a time at which humans are promised."""
    settings = examination.settings
    if settings.opening_hours is None:
        return ok(f"humans are there at any time ({HOURS} is not set)")
    now = datetime.now(UTC)
    hours = OpeningHours(settings.opening_hours, settings.time_zone, frozenset(settings.holidays))
    given = f"{HOURS}={examination.environment[HOURS]}"
    if not hours.is_open(now) and hours.next_opening(now) is None:
        reason = "within 60 days humans are never there, so that no handoff is promised"
        return failed(reason, given, remedy=f"correct {HOURS} or {variable_of('holidays')} in .env")
    if ZONE not in examination.environment:
        reason = f"the opening hours are read in UTC, as {ZONE} is not set"
        return warning(reason, given, remedy=f"set {ZONE} in .env, as Europe/Berlin")
    opening = hours.next_opening(now)
    later = f"next opening {in_words(opening, now)}" if opening else "no further opening"
    return ok(f"{'open' if hours.is_open(now) else 'closed'} now in {settings.time_zone}, {later}")


def is_database_there(examination: Examination) -> Finding:
    """The database answers, and its tables are those of this release."""
    given = examination.settings.database_url
    url = make_url(given)
    shown = url.render_as_string(hide_password=True)
    if url.drivername == "sqlite" and not Path(str(url.database)).exists():
        return _warn_of_migration(f"{shown} is not there yet")
    try:
        current = _read_revision(given, round(examination.seconds))
    except SQLAlchemyError as error:
        reason = str(error.__cause__ or error).partition("\n")[0]
        return failed(f"the database does not answer: {reason}", shown, remedy=f"see {DATABASE}")
    newest = newest_revision()
    if current is None or current < newest:
        return _warn_of_migration(f"{shown}: tables {current or 'none'}, newest {newest}")
    if current > newest:
        reason = "a newer release of the agent has changed its tables"
        return failed(reason, shown, f"tables {current}, known {newest}", remedy="update the agent")
    return ok(f"{shown}, tables {current}")


def is_confirmed(item: Item) -> Look:
    """A step without an API is done, as the person says."""

    def look(examination: Examination) -> Finding:
        checklist = Checklist(examination.settings.account_sid, examination.folder)
        if item not in checklist.open_items():
            return ok("confirmed")
        remedy = f"{item.where}; then uv run agent setup --confirm {item.name}"
        return warning(f"not confirmed: {item.why}", remedy=remedy)

    return look


def _tell_settings(error: SettingsError) -> Finding:
    reason, *lines = str(error).splitlines()
    evidence = [line.removeprefix("  ") for line in lines]
    return failed(reason, *evidence, remedy="uv run agent setup, or fill in .env")


def _warn_of_migration(evidence: str) -> Finding:
    reason = "the tables are made, or brought up to date, when the agent next starts"
    return warning(reason, evidence, remedy="uv run agent serve")


def _read_revision(database_url: str, seconds: int) -> str | None:
    url = synchronous_url(database_url)
    is_postgres = not url.startswith("sqlite")
    limits = {"connect_timeout": seconds} if is_postgres else {}
    engine = create_engine(url, poolclass=NullPool, connect_args=limits, hide_parameters=True)
    with engine.connect() as connection:
        return read_revision(connection)
