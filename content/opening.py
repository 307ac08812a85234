"""When a place is open: weekly rules, public holidays and closures, in the place's own time zone.
Everything is a pure function of a calendar and a day or moment, so clock changes can be tested."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays
from dateutil.rrule import rrule, rrulestr

from content.wording import Wording

# Rules count from a Monday, so that "every second week" means the same weeks for everybody.
RULES_START = date(2026, 1, 5)
SEARCH_DAYS = 366

_FREQUENCIES = frozenset({"DAILY", "WEEKLY", "MONTHLY"})
_RULE_PARTS = frozenset({"FREQ", "INTERVAL", "BYDAY", "BYMONTHDAY", "BYSETPOS"})

# Midsummer Eve, Christmas Eve and New Year's Eve are not public holidays by Swedish law,
# but semesterlagen treats them as Sundays and public offices are closed.
_HOLIDAY_CATEGORIES = {"se": ("public", "de_facto"), "dk": ("public",), "fi": ("public",)}
COUNTRIES = tuple(_HOLIDAY_CATEGORIES)
_HOLIDAY_LANGUAGES = {
    "se": {"sv": "sv", "en": "en_US", "uk": "uk", "th": "th"},
    "dk": {"da": "da", "en": "en_US", "uk": "uk", "th": "th"},
    "fi": {"fi": "fi", "sv": "sv_FI", "en": "en_US", "uk": "uk", "th": "th"},
}


@dataclass
class UnsupportedRule(ValueError):
    rule: str

    def __str__(self) -> str:
        return f"the rule '{self.rule}' is not a DAILY, WEEKLY or MONTHLY rule without times"


@dataclass(frozen=True)
class OpeningHours:
    """Local wall time on the days that the recurrence rule (RFC 5545) names."""

    rrule: str
    opens: time
    closes: time


@dataclass(frozen=True)
class Closure:
    first_day: date
    last_day: date
    reason: Wording


@dataclass(frozen=True)
class Calendar:
    country: str
    time_zone: ZoneInfo
    hours: tuple[OpeningHours, ...]
    closures: tuple[Closure, ...]


@dataclass(frozen=True)
class Interval:
    """Aware UTC, `ends` not included."""

    starts: datetime
    ends: datetime


def closed_reason(calendar: Calendar, on: date) -> Wording | None:
    """Why the place is closed all day, or None when its weekly hours count."""
    for closure in calendar.closures:
        if closure.first_day <= on <= closure.last_day:
            return closure.reason
    return holiday_name(calendar.country, on)


def holiday_name(country: str, on: date) -> Wording | None:
    names = {
        language: calendar[on]
        for language, calendar in _holidays_of(country, on.year).items()
        if on in calendar
    }
    return Wording(names) if names else None


def opening_on(calendar: Calendar, on: date) -> tuple[Interval, ...]:
    if closed_reason(calendar, on) is not None:
        return ()
    intervals = (
        local_interval(on, hours.opens, hours.closes, calendar.time_zone)
        for hours in calendar.hours
        if occurs_on(hours.rrule, on)
    )
    return tuple(sorted(intervals, key=lambda interval: interval.starts))


def is_open(calendar: Calendar, now: datetime) -> bool:
    current = next_opening(calendar, now)
    return current is not None and current.starts <= now


def next_opening(calendar: Calendar, now: datetime) -> Interval | None:
    """The opening that is going on, otherwise the next one within a year."""
    return next(_openings_from(calendar, now), None)


def open_minutes_later(calendar: Calendar, now: datetime, minutes: int) -> datetime | None:
    """The moment by which the place has been open for so many minutes, counted from now."""
    left = timedelta(minutes=minutes)
    for interval in _openings_from(calendar, now):
        starts = max(interval.starts, now)
        if left <= interval.ends - starts:
            return starts + left
        left -= interval.ends - starts
    return None


def occurs_on(rule: str, on: date) -> bool:
    midnight = datetime.combine(on, time())
    return on >= RULES_START and bool(_parse_rule(rule).between(midnight, midnight, inc=True))


def check_rule(rule: str) -> None:
    """Raises UnsupportedRule."""
    _parse_rule(rule)


def local_interval(on: date, opens: time, closes: time, zone: ZoneInfo) -> Interval:
    return Interval(
        datetime.combine(on, opens, zone).astimezone(UTC),
        datetime.combine(on, closes, zone).astimezone(UTC),
    )


def _openings_from(calendar: Calendar, now: datetime) -> Iterator[Interval]:
    today = now.astimezone(calendar.time_zone).date()
    for days in range(SEARCH_DAYS):
        for interval in opening_on(calendar, today + timedelta(days=days)):
            if interval.ends > now:
                yield interval


@lru_cache(maxsize=256)
def _parse_rule(rule: str) -> rrule:
    parts = dict(part.partition("=")[::2] for part in rule.split(";"))
    if not set(parts) <= _RULE_PARTS or parts.get("FREQ") not in _FREQUENCIES:
        raise UnsupportedRule(rule)
    start = datetime.combine(RULES_START, time())
    try:
        parsed = rrulestr(rule, dtstart=start, cache=True)
    except ValueError as error:
        raise UnsupportedRule(rule) from error
    if not isinstance(parsed, rrule):
        raise UnsupportedRule(rule)
    return parsed


@lru_cache(maxsize=64)
def _holidays_of(country: str, year: int) -> dict[str, holidays.HolidayBase]:
    return {
        language: holidays.country_holidays(
            country.upper(),
            years=year,
            categories=_HOLIDAY_CATEGORIES[country],
            language=package_language,
        )
        for language, package_language in _HOLIDAY_LANGUAGES[country].items()
    }
