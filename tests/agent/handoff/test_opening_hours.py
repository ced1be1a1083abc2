"""Opening hours as a table: days, nights, holidays, and the hours that daylight saving moves."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from agent.handoff.opening_hours import OpeningHours, in_words, parse_week

BERLIN = ZoneInfo("Europe/Berlin")
OFFICE = "mon-fri 09:00-12:00,13:00-18:00; sat 10:00-14:00"
NIGHTS = "fri-sat 22:00-02:30"
ALWAYS = "mon-sun 00:00-24:00"
HOLIDAYS = frozenset({date(2026, 12, 25), date(2026, 12, 26)})


def at(text: str, *, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN, fold=fold)


@pytest.mark.parametrize(
    ("week", "moment", "opens"),
    [
        pytest.param(OFFICE, at("2026-11-23T09:00"), "", id="Monday, the first minute"),
        pytest.param(OFFICE, at("2026-11-23T08:59"), "today 9:00", id="a minute before"),
        pytest.param(OFFICE, at("2026-11-23T12:00"), "today 13:00", id="at lunch"),
        pytest.param(OFFICE, at("2026-11-23T17:59"), "", id="the last minute"),
        pytest.param(OFFICE, at("2026-11-23T18:00"), "tomorrow 9:00", id="a minute after"),
        pytest.param(OFFICE, at("2026-11-21T14:00"), "Monday 9:00", id="Saturday afternoon"),
        pytest.param(OFFICE, at("2026-11-22T10:00"), "tomorrow 9:00", id="a closed day"),
        pytest.param(OFFICE, at("2026-12-25T10:00"), "Monday 9:00", id="two holidays, a Sunday"),
        pytest.param(OFFICE, at("2026-12-24T19:00"), "Monday 9:00", id="the eve of a holiday"),
        pytest.param(ALWAYS, at("2026-12-25T00:00"), "Sunday 0:00", id="always, but for a holiday"),
        pytest.param(ALWAYS, at("2026-11-23T23:59"), "", id="always"),
        pytest.param(NIGHTS, at("2026-11-21T01:00"), "", id="after midnight"),
        pytest.param(NIGHTS, at("2026-11-21T02:30"), "today 22:00", id="the night is over"),
        pytest.param(NIGHTS, at("2026-11-20T01:00"), "today 22:00", id="no night before this one"),
        pytest.param(
            NIGHTS, at("2026-12-25T23:00"), "Friday, January 1, 22:00", id="nights of a holiday"
        ),
        pytest.param("sun 02:30-04:00", at("2026-03-29T01:59"), "today 3:30", id="spring: not yet"),
        pytest.param("sun 02:30-04:00", at("2026-03-29T03:30"), "", id="spring: an hour later"),
        pytest.param(NIGHTS, at("2026-10-25T02:15", fold=0), "", id="autumn: 2:15"),
        pytest.param(NIGHTS, at("2026-10-25T02:15", fold=1), "", id="autumn: 2:15 again"),
        pytest.param(
            NIGHTS, at("2026-10-25T02:30", fold=1), "Friday 22:00", id="autumn: 2:30 again"
        ),
        pytest.param(OFFICE, at("2026-03-30T09:00"), "", id="Monday after the change"),
    ],
)
def test_hours_tell_when_it_opens(week: str, moment: datetime, opens: str) -> None:
    hours = OpeningHours(parse_week(week), BERLIN, HOLIDAYS)

    opening = hours.next_opening(moment)

    told = "" if hours.is_open(moment) else in_words(opening, moment) if opening else "never"
    assert told == opens


def test_week_without_shifts_never_opens() -> None:
    hours = OpeningHours({}, BERLIN)

    assert not hours.is_open(at("2026-11-23T10:00"))
    assert hours.next_opening(at("2026-11-23T10:00")) is None


def test_days_go_over_the_end_of_the_week() -> None:
    assert sorted(parse_week("sat-mon 10:00-14:00")) == [0, 5, 6]


@pytest.mark.parametrize(
    "text",
    [
        *("mo-fr 09:00-18:00", "monday 09:00-18:00", "mon 9-18", "mon", "mon 09:00-18:00 tue"),
        *("mon 09:00-09:00", "mon 24:30-25:00", "mon 09:60-10:00", "mon, tue 09:00-10:00"),
    ],
)
def test_what_cannot_be_read_is_named(text: str) -> None:
    with pytest.raises(ValueError, match=r"^'.*' (is not like|does not end)"):
        parse_week(text)
