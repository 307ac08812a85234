"""Clock times and parts of the day in one part of a sentence."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import time

from nlu.clause import COUNTED, Clause, When
from nlu.lexicon import words

_NOON = time(12)
# Nobody is received at nine in the evening: "nine" beside "afternoon" is another time.
_LAST_LATE_HOUR = 8


@dataclass(frozen=True)
class _Clock:
    hour: int
    minute: int
    half: str = ""  # am or pm


# A clock time and the place after it.
_Found = tuple[_Clock, int]


class Times(Clause):
    """Reads from the left; the first clock time counts, else the first part of the day."""

    def times(self) -> list[When]:
        found = [self._clock_at(place) for place in range(len(self.tokens))]
        for place, clock in enumerate(found):
            if clock:
                read, end = clock
                return self._limits(read, place, end)
        parts = [token.value for token in self.tokens if token.kind == "part"]
        return [_part(self.language, number) for number in parts]

    def _limits(self, clock: _Clock, start: int, end: int) -> list[When]:
        moment = self._moment(clock)
        if moment is None:
            return []
        if self.is_beside("after", start, end):
            return [When(earliest=moment)]
        if self.is_beside("before", start, end):
            return [When(latest=moment)]
        return [When(earliest=moment, latest=moment)]

    def _clock_at(self, place: int) -> _Found | None:
        """The clock time that begins here, and the place after it."""
        readers: dict[str, Callable[[int], _Found | None]] = {
            "clock": self._written,
            "dotted": self._dotted,
            "half_hour": self._half_hour,
            "half_to": self._half,
            "half_past": self._half,
            "at": self._after_at,
            "at_weak": self._after_at,
            "part": self._thai_hour,
        }
        return readers.get(self.kind(place), self._before_oclock)(place)

    def _written(self, place: int) -> _Found:
        parts = self.tokens[place].value
        hour, minute = parts.get("h", parts.get("d")), parts.get("n", parts.get("m"))
        return self._with_half(_Clock(hour, minute), place + 1)

    def _dotted(self, place: int) -> _Found | None:
        parts = self.tokens[place].value
        is_possible_date = self.dated(parts["d"], parts["m"], None) is not None
        if is_possible_date and self.is_date_in_figures(place):
            return None
        return None if self.kind(place + 1) in ("other", "unit") else self._written(place)

    def _half_hour(self, place: int) -> _Found:
        return self._with_half(_Clock(self.value(place) or 12, 30), place + 1)

    def _half(self, place: int) -> _Found | None:
        if not self._is_hour(place + 1):
            return None
        hour = self.value(place + 1) - (self.kind(place) == "half_to")
        return self._with_half(_Clock(hour or 12, 30), place + 2)

    def _before_oclock(self, place: int) -> _Found | None:
        """ "10 o'clock", "10 pm"."""
        behind = self.kind(place + 1)
        if not self.is_number(place) or behind not in ("oclock", "am", "pm"):
            return None
        return self._with_half(_Clock(self.value(place), 0), place + 1 + (behind == "oclock"))

    def _is_hour(self, place: int) -> bool:
        return self.is_number(place) and self.tokens[place].text != "a"

    def _after_at(self, place: int) -> _Found | None:
        """An hour after "at"; where "at" has other meanings, only if nothing is counted."""
        inner = place + 1
        if self.kind(inner) == "dotted":
            return self._written(inner)
        if self.kind(inner) in ("clock", "half_hour", "half_to", "half_past"):
            return self._clock_at(inner)
        end = inner + 1
        is_counted = self.kind(place) == "at_weak" and self.kind(end) in COUNTED
        if is_counted or not self._is_hour(inner):
            return None
        return self._with_half(_Clock(self.value(inner), 0), end + (self.kind(end) == "oclock"))

    def _with_half(self, clock: _Clock, end: int) -> _Found:
        """Half an hour, and the half of the day, that may stand behind an hour."""
        if self.kind(end) == "half_after":
            clock, end = replace(clock, minute=30), end + 1
        if self.kind(end) in ("am", "pm"):
            clock, end = replace(clock, half=self.kind(end)), end + 1
        return clock, end

    def _thai_hour(self, place: int) -> _Found | None:
        """Thai says "afternoon two" and, for one o'clock, "afternoon hour"."""
        if self.language != "th":
            return None
        if self.kind(place + 1) == "oclock":
            return _Clock(1, 0), place + 2
        if not self.is_number(place + 1):
            return None
        end = place + 2 + (self.kind(place + 2) == "oclock")
        return self._with_half(_Clock(self.value(place + 1), 0), end)

    def _moment(self, clock: _Clock) -> time | None:
        """Offices are open by day: a lone "three" is in the afternoon."""
        parts = [_part(self.language, t.value) for t in self.tokens if t.kind == "part"]
        is_late = any(part.earliest and part.earliest >= _NOON for part in parts)
        is_early = any(part.latest and part.latest <= _NOON for part in parts)
        is_said_late = clock.half == "pm" or (is_late and clock.hour <= _LAST_LATE_HOUR)
        is_meant_late = 1 <= clock.hour <= 6 and clock.half != "am" and not is_early
        is_moved = clock.hour < 12 and (is_said_late or is_meant_late)
        hour = clock.hour + (12 if is_moved else 0)
        if hour > 23 or clock.minute > 59:
            return None
        return time(hour, clock.minute)


def _part(language: str, number: int) -> When:
    part = words(language)["parts"][number]
    return When(earliest=time.fromisoformat(part["from"]), latest=time.fromisoformat(part["to"]))
