"""Dates, times and numbers as a person reads them, in the language and the office's time zone.
Digits are Western in every language, as on Nordic signs, letters and tickets."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_skeleton, format_timedelta
from babel.lists import format_list
from babel.numbers import format_decimal

# CLDR has no pattern "weekday day month" for most of these languages.
_DAY_PATTERNS = {
    "sv": "EEEE d MMMM",
    "da": "EEEE d. MMMM",
    "fi": "cccc d. MMMM",
    "en": "EEEE d MMMM",
    "ar": "EEEE d MMMM",
    "uk": "EEEE, d MMMM",
    "ru": "EEEE, d MMMM",
    "et": "EEEE, d. MMMM",
    "th": "EEEEที่ d MMMM",
    "so": "EEEE, d MMMM",
    "fa": "EEEE d MMMM",
    "ti": "EEEE፣ d MMMM",
}
_NEVER_HOURS = 10**9


@dataclass(frozen=True)
class DayParts:
    """For a narrow button: mån / 23 / nov."""

    weekday: str
    day: str
    month: str


def day_text(day: date, language: str) -> str:
    """Monday 23 November"""
    return format_date(day, _DAY_PATTERNS[language], locale=_locale(language))


def day_parts(day: date, language: str) -> DayParts:
    locale = _locale(language)
    return DayParts(
        weekday=format_date(day, "EEE", locale=locale).rstrip("."),
        day=str(day.day),
        month=format_date(day, "LLL", locale=locale).rstrip("."),
    )


def date_text(day: date, language: str) -> str:
    """23 November 2026"""
    return format_date(day, "long", locale=_locale(language))


def either_text(names: Sequence[str], language: str) -> str:
    """A, B or C"""
    return format_list(names, style="or", locale=_locale(language))


def local_day(moment: datetime, zone: ZoneInfo) -> date:
    return moment.astimezone(zone).date()


def time_text(moment: datetime, language: str, zone: ZoneInfo) -> str:
    """09:30"""
    return format_skeleton("Hm", moment, tzinfo=zone, locale=_locale(language))


def clock_text(at: time, language: str) -> str:
    """09:30, of a time that is already the office's"""
    return format_skeleton("Hm", at, locale=_locale(language))


def moment_text(moment: datetime, language: str, zone: ZoneInfo) -> str:
    """Monday 23 November 09:30"""
    return f"{day_text(local_day(moment, zone), language)} {time_text(moment, language, zone)}"


def time_range_text(starts: datetime, ends: datetime, language: str, zone: ZoneInfo) -> str:
    """09:30–10:00"""
    return f"{time_text(starts, language, zone)}–{time_text(ends, language, zone)}"


def moment_range_text(starts: datetime, ends: datetime, language: str, zone: ZoneInfo) -> str:
    """Monday 23 November 09:30–10:00"""
    times = time_range_text(starts, ends, language, zone)
    return f"{day_text(local_day(starts, zone), language)} {times}"


def minutes_text(minutes: int, language: str) -> str:
    """25 minutes"""
    return format_timedelta(
        minutes * 60, granularity="minute", threshold=_NEVER_HOURS, locale=_locale(language)
    )


def relative_text(moment: datetime, now: datetime, language: str) -> str:
    """5 minutes ago, or in 25 minutes"""
    return format_timedelta(
        moment - now, granularity="minute", add_direction=True, locale=_locale(language)
    )


def number_text(number: float, language: str) -> str:
    return format_decimal(number, locale=_locale(language))


def _locale(language: str) -> Locale:
    """English follows British order, day before month."""
    return Locale.parse("en_GB" if language == "en" else language)
