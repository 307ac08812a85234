"""Which days and times a message asks for, in twelve languages. A date without a year is the next
one, a weekday the next one after today, an impossible date is none. Pure: `today` is given."""

import calendar
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta

from nlu.clause import COUNTED, NUMBERS, Clause, When, clauses
from nlu.clock_times import Times
from nlu.lexicon import LANGUAGES, Token, fold, tokens

_FILLERS = frozenset(
    {"of", "greetings", "first", "speaks", "people", "we", "interpreter", "language"}
)
# Without one of these there is no day and no time in a text.
_TELLING = frozenset(
    {"iso", "dated", "clock", "slash", "dotted", "ordinal", "weekday", "weekday_short", "relative"}
    | {"part", "span", "unit", "weekend", "month_name", "of_month", "at", "at_weak", "oclock"}
    | {"am", "pm", "half_hour", "half_to", "half_past"}
)


@dataclass(frozen=True)
class _Days:
    """A stretch of days; `is_week` may be narrowed by a weekday beside it."""

    first: date
    last: date | None
    is_week: bool = False


def read_when(text: str, language: str, today: date) -> When | None:
    """In the resident's language; a day may be named in any other of the twelve as well."""
    folded = fold(text)
    spoken = tokens(folded, language)
    own = _read(spoken, language, today)
    if (own and own.first) or any(token.kind == "not" for token in spoken):
        return own
    for other in LANGUAGES:
        found = _read(tokens(folded, other), other, today) if other != language else None
        if found and found.first:
            return replace(found, earliest=own.earliest, latest=own.latest) if own else found
    return own


def _read(found: Sequence[Token], language: str, today: date) -> When | None:
    kinds = {token.kind for token in found}
    if not kinds & _TELLING:
        return None
    is_bare = "other" not in kinds
    days: list[_Days] = []
    times: list[When] = []
    for clause in clauses(found):
        if not any(token.kind == "not" for token in clause):
            kept = [token for token in clause if token.kind not in _FILLERS]
            days += _DayReader(kept, language, today, is_bare).days()
            times += Times(kept, language, today, is_bare).times()
    if not days:
        return times[0] if times else None
    when = times[0] if times else When()
    ends = [day.last for day in days if day.last]
    last = max(ends) if len(ends) == len(days) else None
    return replace(when, first=min(day.first for day in days), last=last)


class _DayReader(Clause):
    """Reads from the left; a date counts more than the weekday beside it."""

    def days(self) -> list[_Days]:
        exact: list[_Days] = []
        weekdays: list[tuple[int, int, int]] = []
        place = 0
        while place < len(self.tokens):
            if self.kind(place - 1) == "instead":
                place += 1
                continue
            found = self._exact_day(place) or self._stretch(place)
            if found:
                day, end = found
                exact.append(self._turned(day, place, end))
                place = end
                continue
            if self._is_weekday(place):
                weekdays.append((self.value(place), place, place + 1))
            place += 1
        weeks = [day for day in exact if day.is_week]
        if weekdays and weeks:
            monday = weeks[0].first - timedelta(days=weeks[0].first.weekday())
            return [_one(monday + timedelta(days=number)) for number, _, _ in weekdays]
        if exact:
            return exact
        return [
            self._turned(_one(self._next_weekday(number)), start, end)
            for number, start, end in weekdays
        ]

    def _turned(self, day: _Days, start: int, end: int) -> _Days:
        if self.is_beside("after", start, end) and day.last:
            return _Days(day.last + timedelta(days=1), None)
        if self.is_beside("before", start, end):
            return _Days(self.today, day.first - timedelta(days=1))
        return day

    def _is_weekday(self, place: int) -> bool:
        kind = self.kind(place)
        return kind == "weekday" or (kind == "weekday_short" and self.is_bare)

    def _next_weekday(self, number: int) -> date:
        return self.today + timedelta(days=(number - self.today.weekday() - 1) % 7 + 1)

    def _exact_day(self, place: int) -> tuple[_Days, int] | None:
        """A date in figures, with a month's name, or as a day of the month."""
        day, end = None, place + 1
        kind = self.kind(place)
        if kind in ("iso", "dated"):
            parts = self.tokens[place].value
            day = self.dated(parts["d"], parts["m"], parts["y"])
        elif kind in ("slash", "dotted") and self.is_date_in_figures(place):
            parts = self.tokens[place].value
            end += self.kind(end) == "number" and self.value(end) > 1900
            year = self.value(end - 1) if end > place + 1 else None
            day = self.dated(parts["d"], parts["m"], year)
        elif kind in (*NUMBERS, "ordinal", "month_name"):
            return self._with_month(place)
        elif kind == "relative":
            day = self.today + timedelta(days=self.value(place))
        elif kind == "of_month":
            end = place + 2
            day = self._day_of_month(place + 1)
        return (_one(day), end) if day else None

    def _with_month(self, place: int) -> tuple[_Days, int] | None:
        """ "3 December", "December 3rd", and in some languages "3 of the month"."""
        kinds = (*NUMBERS, "ordinal")
        end = place + 2
        if self.kind(place) in kinds and self.kind(place + 1) == "month_name":
            day, month = self.value(place), self.value(place + 1)
        elif self.kind(place) == "month_name" and self.kind(place + 1) in ("number", "ordinal"):
            is_day = self.kind(end) == "unit" and self.tokens[end].value == "day"
            if self.kind(end) in COUNTED and not is_day:
                return None
            day, month = self.value(place + 1), self.value(place)
        elif self.kind(place) in kinds and self.kind(place + 1) == "of_month":
            found = self._next_day_of_month(self.value(place))
            return (_one(found), end) if found else None
        else:
            return None
        year = None
        if self.kind(end) == "number" and self.value(end) > 1900:
            year, end = self.value(end), end + 1
        found = self.dated(day, month, year)
        return (_one(found), end) if found else None

    def _day_of_month(self, place: int) -> date | None:
        is_free = self.kind(place + 1) not in COUNTED
        if self.kind(place) == "ordinal" or (self.kind(place) == "number" and is_free):
            return self._next_day_of_month(self.value(place))
        return None

    def _next_day_of_month(self, day: int) -> date | None:
        month = self.today.replace(day=1)
        for ahead in range(3):
            there = month + relativedelta(months=ahead)
            if 1 <= day <= calendar.monthrange(there.year, there.month)[1]:
                found = there.replace(day=day)
                if found >= self.today:
                    return found
        return None

    def _stretch(self, place: int) -> tuple[_Days, int] | None:
        return self._span(place) or self._period(place)

    def _span(self, place: int) -> tuple[_Days, int] | None:
        """ "in two weeks", "two weeks from now", "after a week"."""
        start = place + (self.kind(place) in ("in", "after"))
        count, unit_place = 1, start
        if self.is_number(start):
            count, unit_place = self.value(start), start + 1
        if self.kind(unit_place) == "span":
            unit, count = self.tokens[unit_place].value
        elif self.kind(unit_place) == "unit":
            unit = self.tokens[unit_place].value
        else:
            return None
        end = unit_place + 1
        is_after_now = start > place
        if not is_after_now:
            behind = ("in", "after", "next") if unit_place > start else ("in", "after")
            is_after_now = self.kind(end) in behind
            end += 1
        return (self._ahead(count, unit), end) if is_after_now and count <= 60 else None

    def _ahead(self, count: int, unit: str) -> _Days:
        if unit == "month":
            first = self.today + relativedelta(months=count)
            return _Days(first, first + timedelta(days=30))
        first = self.today + timedelta(days=count * (7 if unit == "week" else 1))
        is_week = unit == "week"
        return _Days(first, first + timedelta(days=6 if is_week else 0), is_week=is_week)

    def _period(self, place: int) -> tuple[_Days, int] | None:
        """ "next week", "this week", "next month", "at the weekend"."""
        pair = {self.kind(place), self.kind(place + 1)}
        if self.kind(place) == "weekend":
            saturday = self.today + timedelta(days=max(0, 5 - self.today.weekday()))
            return _Days(saturday, saturday + timedelta(days=6 - saturday.weekday())), place + 1
        if "unit" not in pair or not pair & {"next", "this"}:
            return None
        unit = self.tokens[place + (self.kind(place) != "unit")].value
        if unit == "week":
            sunday = self.today + timedelta(days=6 - self.today.weekday())
            if "this" in pair:
                return _Days(self.today, sunday, is_week=True), place + 2
            monday, end = sunday + timedelta(days=1), sunday + timedelta(days=7)
            return _Days(monday, end, is_week=True), place + 2
        if unit == "month" and "next" in pair:
            first = self.today.replace(day=1) + relativedelta(months=1)
            return _Days(first, first + relativedelta(months=1, days=-1)), place + 2
        return None


def _one(day: date) -> _Days:
    return _Days(day, day)
