"""Free times as buttons: those that were asked for first, and honestly what is not free."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, time
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from backend.reply import Button, Kind, Reply
from booking.free_times import FreeTime
from bot import buttons
from bot.turn import Turn
from content.locale_format import day_text, local_day, time_text
from nlu.clause import When

DAYS_SHOWN = 3
TIMES_PER_DAY = 8
_LAST_AFTERNOON_HOUR = 6
_DAYS, _TIMES = ("first", "last"), ("earliest", "latest")


@dataclass(frozen=True)
class Choice:
    """One reply with the times on its buttons; `shown` are their slots."""

    reply: Reply
    shown: tuple[str, ...]


def choice(
    turn: Turn, text: str, times: list[FreeTime], when: When | None, skipped_days: int = 0
) -> Choice:
    """Three days, beginning with what was asked for; later days are behind one more button.
    `text` introduces times for which nobody asked."""
    if when:
        text, times = _sentence(turn, times, when), arrange(times, when)
    days = [(day, list(run)) for day, run in groupby(times, key=day_of)]
    start_day = skipped_days if skipped_days < len(days) else 0
    shown = [
        time for _, run in days[start_day : start_day + DAYS_SHOWN] for time in run[:TIMES_PER_DAY]
    ]
    more: tuple[Button, ...] = ()
    if start_day + DAYS_SHOWN < len(days):
        action = f"later:{start_day + DAYS_SHOWN}"
        more = (Button(turn.texts.gettext("Later days"), action, icon="calendar"),)
    everything = (_all_times(turn),) if when else ()
    choices = tuple(_time_button(turn, time) for time in shown)
    ways = (*choices, *more, *everything, buttons.stop(turn.texts))
    reply = Reply(text, kind=Kind.TIMES, buttons=ways)
    return Choice(reply, tuple(str(time.slot_id) for time in shown))


def arrange(times: list[FreeTime], when: When) -> list[FreeTime]:
    """What fits, then later days. Where nothing fits: the other times of the day, otherwise the
    nearest day before and those after."""
    fitting = [time for time in times if fits(time, when)]
    on_days = fitting or [time for time in times if when.has_day(day_of(time))]
    if when.first is None:
        return on_days
    if on_days:
        last = day_of(on_days[-1])
        return [*on_days, *(time for time in times if day_of(time) > last)]
    before = [time for time in times if day_of(time) < when.first]
    nearest = [time for time in before if day_of(time) == day_of(before[-1])]
    return [*nearest, *(time for time in times if day_of(time) >= when.first)]


def chosen(times: Sequence[FreeTime], when: When | None, number: int | None) -> list[FreeTime]:
    """The times that a clock time, or a number that is an hour or a day of the month, may mean."""
    if when is not None:
        return [time for time in times if when.at is not None and fits(time, when)]
    hours = {number, number + 12} if number and number <= _LAST_AFTERNOON_HOUR else {number}
    return [
        time
        for time in times
        if day_of(time).day == number
        or (_local_time(time).minute == 0 and _local_time(time).hour in hours)
    ]


def refined(former: When | None, when: When) -> When:
    """An hour alone is one of the days that were asked for before."""
    if former is None or when.first is not None:
        return when
    return replace(when, first=former.first, last=former.last)


def wish_for(times: Sequence[FreeTime]) -> When:
    """What a number meant that fits these: one day, or an hour on several days."""
    days = {day_of(time) for time in times}
    if len(days) == 1:
        return When(min(days), max(days))
    hour = _local_time(times[0])
    return When(earliest=hour, latest=hour)


def as_state(when: When | None) -> dict[str, str]:
    """For the conversation's row."""
    if when is None:
        return {}
    parts = {key: getattr(when, key) for key in (*_DAYS, *_TIMES)}
    return {key: part.isoformat() for key, part in parts.items() if part}


def from_state(state: Mapping[str, Any]) -> When | None:
    if not state:
        return None
    first, last = (date.fromisoformat(state[key]) if key in state else None for key in _DAYS)
    earliest, latest = (time.fromisoformat(state[key]) if key in state else None for key in _TIMES)
    return When(first, last, earliest, latest)


def day_of(time: FreeTime) -> date:
    return local_day(time.starts, ZoneInfo(time.time_zone))


def fits(time: FreeTime, when: When) -> bool:
    return when.has_day(day_of(time)) and when.has_time(_local_time(time))


def _local_time(free: FreeTime) -> time:
    return free.starts.astimezone(ZoneInfo(free.time_zone)).time()


def _sentence(turn: Turn, times: list[FreeTime], when: When) -> str:
    """What was understood, and whether there is such a time."""
    _ = turn.texts.gettext
    has_fitting = any(fits(time, when) for time in times)
    has_day = any(when.has_day(day_of(time)) for time in times)
    if when.first is None and has_fitting:
        return _("These times fit what you wrote. Choose one.")
    if has_fitting:
        return _("Times on {days}. Choose one.", days=_days_text(turn, when))
    if has_day:
        return _("Nothing is free at that hour. These are the nearest times.")
    return _("Nothing is free on {days}. These are the nearest times.", days=_days_text(turn, when))


def _days_text(turn: Turn, when: When) -> str:
    """Monday 30 November – Sunday 6 December; an open end has nothing after the dash."""
    ends = [day_text(day, turn.language) if day else "" for day in (when.first, when.last)]
    return ends[0] if when.first == when.last else " – ".join(ends).strip()


def _all_times(turn: Turn) -> Button:
    is_move = turn.conversation.flow == "move"
    action = f"move:{turn.state['booking_id']}" if is_move else "book"
    return Button(turn.texts.gettext("All free times"), action, icon="calendar")


def _time_button(turn: Turn, time: FreeTime) -> Button:
    zone = ZoneInfo(time.time_zone)
    return Button(
        time_text(time.starts, turn.language, zone),
        f"slot:{time.slot_id}",
        group=day_text(day_of(time), turn.language),
    )
