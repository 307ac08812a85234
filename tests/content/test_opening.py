from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from content.opening import (
    Calendar,
    Closure,
    Interval,
    OpeningHours,
    UnsupportedRule,
    check_rule,
    closed_reason,
    is_open,
    next_opening,
    occurs_on,
    open_minutes_later,
    opening_on,
)
from content.wording import Wording

WEEKDAYS = "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"
PLANNING_DAY = Wording({"en": "Planning day"})


def office(zone: str = "Europe/Stockholm", country: str = "se", rule: str = WEEKDAYS) -> Calendar:
    return Calendar(
        country=country,
        time_zone=ZoneInfo(zone),
        hours=(
            OpeningHours(rule, time(9), time(12)),
            OpeningHours(rule, time(13), time(16)),
        ),
        closures=(Closure(date(2026, 11, 26), date(2026, 11, 27), PLANNING_DAY),),
    )


def at(day: int, hour: int, minute: int = 0, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


def test_a_working_day_has_its_hours_in_utc() -> None:
    assert opening_on(office(), date(2026, 11, 23)) == (
        Interval(at(23, 8), at(23, 11)),
        Interval(at(23, 12), at(23, 15)),
    )


def test_a_day_outside_the_rule_has_none() -> None:
    assert opening_on(office(), date(2026, 11, 22)) == ()


def test_a_closure_closes_every_day_of_it_and_says_why() -> None:
    for day in (26, 27):
        assert closed_reason(office(), date(2026, 11, day)) == PLANNING_DAY
        assert opening_on(office(), date(2026, 11, day)) == ()
    assert closed_reason(office(), date(2026, 11, 25)) is None


@pytest.mark.parametrize(
    ("country", "day", "language", "name"),
    [
        ("se", date(2026, 1, 6), "sv", "Trettondedag jul"),
        ("se", date(2026, 6, 6), "en", "National Day"),
        ("se", date(2026, 6, 19), "sv", "Midsommarafton"),
        ("se", date(2026, 12, 24), "sv", "Julafton"),
        ("dk", date(2026, 4, 2), "da", "Skærtorsdag"),
        ("fi", date(2026, 12, 6), "fi", "Itsenäisyyspäivä"),
        ("fi", date(2026, 12, 6), "sv", "Självständighetsdagen"),
    ],
)
def test_public_holidays_are_closed(country: str, day: date, language: str, name: str) -> None:
    reason = closed_reason(office(country=country), day)
    assert reason is not None
    assert reason.text(language) == name


def test_an_ordinary_sunday_is_no_holiday() -> None:
    assert closed_reason(office(), date(2026, 11, 22)) is None


@pytest.mark.parametrize(
    ("zone", "before", "after"),
    [
        ("Europe/Stockholm", at(23, 8, month=10), at(26, 8, month=10)),
        ("Europe/Copenhagen", at(23, 8, month=10), at(26, 8, month=10)),
        ("Europe/Helsinki", at(23, 7, month=10), at(26, 7, month=10)),
    ],
)
def test_the_office_opens_at_the_same_wall_time_after_summer_time(
    zone: str, before: datetime, after: datetime
) -> None:
    calendar = office(zone)
    assert opening_on(calendar, date(2026, 10, 23))[0].starts == before.replace(
        hour=before.hour - 1
    )
    assert opening_on(calendar, date(2026, 10, 26))[0].starts == after


@pytest.mark.parametrize(
    ("zone", "hours"),
    [("Europe/Stockholm", 2), ("Europe/Copenhagen", 2), ("Europe/Helsinki", 2)],
)
def test_a_night_opening_loses_the_hour_that_the_clock_skips(zone: str, hours: int) -> None:
    calendar = Calendar(
        country="se",
        time_zone=ZoneInfo(zone),
        hours=(OpeningHours("FREQ=DAILY", time(2), time(5)),),
        closures=(),
    )
    spring, autumn, usual = (
        opening_on(calendar, day)[0]
        for day in (date(2026, 3, 29), date(2026, 10, 25), date(2026, 11, 1))
    )
    expected_autumn = 3 if zone == "Europe/Helsinki" else 4
    assert (usual.ends - usual.starts).total_seconds() == 3 * 3600
    assert (spring.ends - spring.starts).total_seconds() == hours * 3600
    assert (autumn.ends - autumn.starts).total_seconds() >= expected_autumn * 3600


@pytest.mark.parametrize(
    ("now", "opening"),
    [
        (at(23, 7), Interval(at(23, 8), at(23, 11))),
        (at(23, 8), Interval(at(23, 8), at(23, 11))),
        (at(23, 10, 59), Interval(at(23, 8), at(23, 11))),
        (at(23, 11), Interval(at(23, 12), at(23, 15))),
        (at(23, 15), Interval(at(24, 8), at(24, 11))),
        (at(25, 15), Interval(at(30, 8), at(30, 11))),
    ],
)
def test_the_next_opening_skips_lunch_nights_closures_and_weekends(
    now: datetime, opening: Interval
) -> None:
    assert next_opening(office(), now) == opening


def test_an_office_is_open_from_the_first_to_before_the_last_minute() -> None:
    moments = [at(23, 7, 59), at(23, 8), at(23, 10, 59), at(23, 11), at(26, 9)]
    assert [is_open(office(), now) for now in moments] == [False, True, True, False, False]


def test_a_place_without_hours_never_opens() -> None:
    calendar = Calendar("se", ZoneInfo("Europe/Stockholm"), (), ())
    assert next_opening(calendar, at(23, 8)) is None
    assert open_minutes_later(calendar, at(23, 8), 60) is None


@pytest.mark.parametrize(
    ("now", "answer_by"),
    [
        (at(23, 8, 30), at(23, 9, 30)),
        (at(23, 10, 30), at(23, 12, 30)),
        (at(23, 6), at(23, 9)),
        (at(23, 14, 30), at(24, 8, 30)),
        (at(25, 14, 30), at(30, 8, 30)),
        (at(23, 10), at(23, 11)),
    ],
)
def test_a_promise_counts_open_minutes_only(now: datetime, answer_by: datetime) -> None:
    assert open_minutes_later(office(), now, 60) == answer_by


@pytest.mark.parametrize(
    ("rule", "day"),
    [
        ("FREQ=DAILY", date(2026, 11, 22)),
        ("FREQ=WEEKLY;BYDAY=MO", date(2026, 11, 23)),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO", date(2026, 1, 5)),
        ("FREQ=MONTHLY;BYDAY=1TU", date(2026, 12, 1)),
        ("FREQ=MONTHLY;BYMONTHDAY=15", date(2026, 12, 15)),
    ],
)
def test_a_rule_names_its_days(rule: str, day: date) -> None:
    assert occurs_on(rule, day)


@pytest.mark.parametrize(
    ("rule", "day"),
    [
        ("FREQ=WEEKLY;BYDAY=MO", date(2026, 11, 24)),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO", date(2026, 1, 12)),
        ("FREQ=MONTHLY;BYDAY=1TU", date(2026, 12, 8)),
        ("FREQ=DAILY", date(2025, 11, 22)),
    ],
)
def test_a_rule_leaves_other_days_out(rule: str, day: date) -> None:
    assert not occurs_on(rule, day)


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=YEARLY",
        "FREQ=HOURLY",
        "FREQ=DAILY;BYHOUR=9",
        "FREQ=DAILY;COUNT=3",
        "FREQ=WEEKLY;BYDAY=XX",
        "BYDAY=MO",
        "DTSTART:20260101\nRRULE:FREQ=DAILY",
        "",
    ],
)
def test_other_rules_are_refused(rule: str) -> None:
    with pytest.raises(UnsupportedRule):
        check_rule(rule)
