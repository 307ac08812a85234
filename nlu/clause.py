"""One part of a sentence as tokens, with the questions that readers of days and times share."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, time

from nlu.lexicon import Token

NUMBERS = ("number", "number_word")
# Neither is an hour or a day of a month when one of these follows.
COUNTED = ("other", "unit", "people", "month_name")

# Languages that put "after" behind what it belongs to.
_POSTPOSING = ("fi", "so")
_SHARES = {(1, 2), (1, 3), (2, 3), (1, 4), (3, 4)}
_BUDDHIST_YEARS = 543


@dataclass(frozen=True)
class When:
    """Days from `first` to `last` (None: open, or no day was said), local times from `earliest`
    to `latest` (None: no limit). At a clock time both are the same."""

    first: date | None = None
    last: date | None = None
    earliest: time | None = None
    latest: time | None = None

    @property
    def at(self) -> time | None:
        return self.earliest if self.earliest == self.latest else None

    def has_day(self, day: date) -> bool:
        is_late_enough = self.first is None or day >= self.first
        return is_late_enough and (self.last is None or day <= self.last)

    def has_time(self, moment: time) -> bool:
        is_late_enough = self.earliest is None or moment >= self.earliest
        return is_late_enough and (self.latest is None or moment <= self.latest)


def clauses(found: Iterable[Token]) -> list[list[Token]]:
    """The parts of a sentence between its punctuation."""
    parts: list[list[Token]] = [[]]
    for token in found:
        if token.kind == "stop":
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


@dataclass(frozen=True)
class Clause:
    """`is_bare` is set when the whole message has no word without a meaning."""

    tokens: list[Token]
    language: str
    today: date
    is_bare: bool

    def kind(self, place: int) -> str:
        return self.tokens[place].kind if 0 <= place < len(self.tokens) else ""

    def value(self, place: int) -> int:
        value: int = self.tokens[place].value
        return value

    def is_number(self, place: int) -> bool:
        return self.kind(place) in NUMBERS

    def is_beside(self, kind: str, start: int, end: int) -> bool:
        """Whether "after" or "before" belongs to the tokens from start to end."""
        return self.kind(start - 1) == kind or (
            self.language in _POSTPOSING and self.kind(end) == kind
        )

    def is_date_in_figures(self, place: int) -> bool:
        """Not a share of something, a decimal number or a clock time."""
        parts = self.tokens[place].value
        if self.kind(place) == "slash":
            is_share = (parts["d"], parts["m"]) in _SHARES
            return self.is_bare or not is_share or self.kind(place - 1) == "of_month"
        if self.kind(place - 1) in ("at", "at_weak") or self.kind(place + 1) == "oclock":
            return False
        if parts["ends_in_dot"] or self.kind(place - 1) == "of_month":
            return True
        return self.kind(place + 1) not in ("other", "unit")

    def dated(self, day: int, month: int, year: int | None) -> date | None:
        """None for an impossible day and for one that is past."""
        if year is not None:
            year += 2000 if year < 100 else 0
            year -= _BUDDHIST_YEARS if year > 2400 else 0
            found = _date(year, month, day)
            return found if found and found >= self.today else None
        for ahead in (self.today.year, self.today.year + 1):
            found = _date(ahead, month, day)
            if found and found >= self.today:
                return found
        return None


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
