"""When humans are there: a weekly table, a time zone and holidays. Pure rules, no clock."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from agent.phrases import ENGLISH, Calendar

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAYS_AHEAD = 60
"""So far an opening is looked for."""
_ENTRY = re.compile(r"([a-z]{3})(?:-([a-z]{3}))?\s+(\S.*)")
_SHIFT = re.compile(r"([01]\d|2[0-4]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)")
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Shift:
    """From and to, since midnight of the day on which it begins; it may end on the next day."""

    opens: timedelta
    closes: timedelta


Week = dict[int, list[Shift]]
"""The shifts of each weekday, 0 for Monday."""


def parse_week(text: str) -> Week:
    """`mon-fri 09:00-12:00,13:00-18:00; sat 10:00-14:00; fri 22:00-02:00`; days that are not named
    are closed. Raises ValueError that says what cannot be read."""
    week: Week = {}
    for entry in filter(None, (part.strip().lower() for part in text.split(";"))):
        found = _ENTRY.fullmatch(entry)
        if not found or not {found[1], found[2] or found[1]} <= set(DAYS):
            raise ValueError(f"{entry!r} is not like 'mon-fri 09:00-18:00'")
        for day in _days(found[1], found[2] or found[1]):
            week.setdefault(day, []).extend(_parse_shift(one) for one in found[3].split(","))
    return week


def _days(first: str, last: str) -> Iterator[int]:
    """`sat-mon` goes over Sunday."""
    start = DAYS.index(first)
    for offset in range((DAYS.index(last) - start) % 7 + 1):
        yield (start + offset) % 7


def _parse_shift(text: str) -> Shift:
    found = _SHIFT.fullmatch(text.strip())
    if not found:
        raise ValueError(f"{text!r} is not like '09:00-18:00'")
    opens, closes = (
        timedelta(hours=int(hours), minutes=int(minutes))
        for hours, minutes in ((found[1], found[2]), (found[3], found[4]))
    )
    if max(opens, closes) > _DAY or opens == closes:
        raise ValueError(f"{text!r} does not end after it begins, at 24:00 at the latest")
    return Shift(opens, closes if closes > opens else closes + _DAY)


@dataclass(frozen=True)
class OpeningHours:
    """A shift belongs to the day on which it begins: on a holiday none begins.

    Times are those of the clock on the wall: an opening that daylight saving skips is an hour
    later, a closing that it repeats is the second one.
    """

    week: Week
    zone: ZoneInfo
    holidays: frozenset[date] = field(default_factory=frozenset)

    def is_open(self, at: datetime) -> bool:
        return any(opens <= at < closes for opens, closes in self._shifts_from(at))

    def next_opening(self, at: datetime) -> datetime | None:
        """When it opens next, in the zone; None when that is not within `DAYS_AHEAD`."""
        later = (opens for opens, _ in self._shifts_from(at) if opens > at)
        opening = min(later, default=None)
        return opening and opening.astimezone(self.zone)

    def _shifts_from(self, at: datetime) -> Iterator[tuple[datetime, datetime]]:
        """The shifts of the day before `at` and of those after it, in UTC."""
        today = at.astimezone(self.zone).date()
        for offset in range(-1, DAYS_AHEAD):
            day = today + timedelta(days=offset)
            for shift in [] if day in self.holidays else self.week.get(day.weekday(), []):
                yield self._instant(day, shift.opens), self._instant(day, shift.closes, fold=1)

    def _instant(self, day: date, since_midnight: timedelta, *, fold: int = 0) -> datetime:
        local = datetime.combine(day, time()) + since_midnight
        return local.replace(tzinfo=self.zone, fold=fold).astimezone(UTC)


def in_words(opening: datetime, now: datetime, calendar: Calendar = ENGLISH.calendar) -> str:
    """`today 14:00`, `tomorrow 9:00`, `Monday 9:00`, or with the date when it is further off."""
    days = (opening.date() - now.astimezone(opening.tzinfo).date()).days
    near = {0: calendar.today, 1: calendar.tomorrow}
    words = near.get(days) or (calendar.this_week if days < 7 else calendar.later)
    return words.format(
        clock=f"{opening.hour}:{opening:%M}",
        weekday=calendar.weekdays[opening.weekday()],
        day=opening.day,
        month=calendar.months[opening.month - 1],
    )
