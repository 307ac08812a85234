"""Sessions, slots, seats and lanes are made six weeks ahead, at the same local time all year."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select, text

from backend.db import Database
from backend.load_municipality import load_municipality, load_staff
from backend.staff import Staff
from booking.free_times import HORIZON
from booking.roll_forward import roll_forward
from booking.sessions import ChairAssignment, Seat, Session, Slot
from content.municipalities import load_municipalities
from content.municipality import InterpreterBlock, InterpreterDay, Municipality
from content.opening import OpeningHours
from tests.conftest import NOW
from tests.people import Town, find_town

FIRST_MONDAY = date(2026, 11, 30)


def source_of(slug: str) -> Municipality:
    return load_municipalities()[slug]


def with_interpreter_day(
    source: Municipality, *hours: OpeningHours, blocks: tuple[InterpreterBlock, ...] = ()
) -> Municipality:
    """The municipality with nothing but an interpreter day at these hours. The Danish calendar
    has no holiday on the days tested here; the Swedish one closes every Sunday."""
    service = source.service("interpreter_day")
    assert isinstance(service.form, InterpreterDay)
    changed = replace(
        service,
        calendar=replace(service.calendar, country="dk", hours=hours, closures=()),
        form=replace(service.form, blocks=blocks),
    )
    return replace(source, services=(changed,))


async def roll(database: Database, source: Municipality, now: datetime = NOW) -> int:
    loaded = await load_municipality(database, source)
    town = await find_town(database, source.slug)
    async with database.transaction(town.system) as db:
        people = await load_staff(db, source, loaded, {})
        return (await roll_forward(db, source, loaded, people, now)).new_sessions


async def clear(database: Database, town: Town) -> None:
    async with database.transaction(town.system) as db:
        await db.execute(text("delete from session"))


async def local_slots(database: Database, town: Town, day: date) -> list[str]:
    """Times of a day as its slots keep them, with a star where the clock shows them again."""
    async with database.transaction(town.system) as db:
        slots = await db.scalars(
            select(Slot).where(func.date(Slot.local_start) == day).order_by(Slot.starts)
        )
        return [f"{slot.local_start:%H:%M}{'*' * slot.fold}" for slot in slots]


async def session_starts(database: Database, town: Town, days: list[date]) -> list[datetime]:
    async with database.transaction(town.system) as db:
        found = await db.scalars(
            select(Session.starts)
            .where(
                Session.service_id == town.services["interpreter_day"],
                func.date(Session.starts).in_(days),
            )
            .order_by(Session.starts)
        )
        return list(found)


async def seats_on(
    database: Database, town: Town, day: date
) -> list[tuple[str, list[str], list[str], bool]]:
    """Each seat of a day: time, languages, those without an interpreter, and if it is ready."""
    async with database.transaction(town.system) as db:
        rows = await db.execute(
            select(Slot.local_start, Seat)
            .join(Seat, Seat.slot_id == Slot.id)
            .where(func.date(Slot.local_start) == day)
            .order_by(Slot.starts, Seat.seat_no)
        )
        return [
            (f"{starts:%H:%M}", seat.languages, seat.staff_languages, seat.is_ready)
            for starts, seat in rows
        ]


async def chairs_at(database: Database, town: Town, local_start: str) -> Mapping[str, str]:
    async with database.transaction(town.system) as db:
        rows = await db.execute(
            select(ChairAssignment.chair, Staff.name)
            .join(Seat, Seat.id == ChairAssignment.seat_id)
            .join(Slot, Slot.id == Seat.slot_id)
            .join(Staff, Staff.id == ChairAssignment.staff_id)
            .where(Slot.local_start == text("cast(:at as timestamp)").bindparams(at=local_start))
        )
        return {row.chair: row.name for row in rows}


async def test_an_interpreter_day_has_slots_seats_and_languages(
    shared_database: Database, lindby: Town
) -> None:
    assert await seats_on(shared_database, lindby, FIRST_MONDAY) == [
        ("09:00", ["ar", "en", "sv"], ["en", "sv"], True),
        ("09:30", ["ar", "en", "sv"], ["en", "sv"], True),
        ("10:00", ["ar", "en", "sv"], ["en", "sv"], True),
        ("10:30", ["ar", "en", "sv"], ["en", "sv"], True),
        ("11:00", ["en", "so", "sv"], ["en", "sv"], True),
        ("11:30", ["en", "sv", "ti"], ["en", "sv"], True),
        ("13:00", ["en", "fa", "sv"], ["en", "sv"], True),
        ("13:30", ["en", "ru", "sv", "uk"], ["en", "sv"], True),
        ("14:00", ["ar", "en", "sv"], ["en", "sv"], True),
        ("14:30", ["ar", "en", "sv"], ["en", "sv"], True),
    ]


async def test_each_chair_has_its_person(shared_database: Database, lindby: Town) -> None:
    assert await chairs_at(shared_database, lindby, "2026-11-30 13:30") == {
        "social_worker": "Maria Lindqvist",
        "benefits_officer": "Anders Holm",
        "interpreter": "Oksana Kovalenko",
    }


async def test_rolling_again_makes_nothing_twice(shared_database: Database, lindby: Town) -> None:
    count = select(func.count()).select_from(Seat)
    async with shared_database.transaction(lindby.system) as db:
        before = await db.scalar(count)
    assert await roll(shared_database, source_of("lindby")) == 0
    async with shared_database.transaction(lindby.system) as db:
        assert await db.scalar(count) == before


async def test_a_week_later_a_week_is_added(database: Database) -> None:
    """Monday 11, Tuesday 12 and Friday 15 January."""
    assert await roll(database, source_of("lindby"), NOW + timedelta(weeks=1)) == 3


async def test_sessions_reach_as_far_as_times_are_offered(
    shared_database: Database, lindby: Town
) -> None:
    async with shared_database.transaction(lindby.system) as db:
        last = await db.scalar(select(func.max(Session.starts)))
    assert last is not None
    assert NOW + HORIZON - timedelta(weeks=1) < last <= NOW + HORIZON + timedelta(days=1)


async def test_holidays_and_closures_have_no_session(database: Database) -> None:
    """Monday 5 April 2027 is Easter Monday; Friday 12 February is the office's planning day."""
    lindby = await find_town(database)
    source = source_of("lindby")
    await roll(database, source, datetime(2027, 2, 8, tzinfo=UTC))
    await roll(database, source, datetime(2027, 3, 22, tzinfo=UTC))
    async with database.transaction(lindby.system) as db:
        days = set(await db.scalars(select(func.date(Session.starts))))
    assert {date(2027, 2, 8), date(2027, 2, 19), date(2027, 3, 22), date(2027, 4, 12)} <= days
    assert not {date(2027, 2, 12), date(2027, 3, 29), date(2027, 3, 26)} & days


async def test_two_interpreters_at_once_make_two_seats_with_their_own_people(
    database: Database,
) -> None:
    source = source_of("lindby")
    blocks = tuple(
        InterpreterBlock(time(9), time(9, 30), languages, interpreter)
        for languages, interpreter in ((("ar",), "samira"), (("so",), "hodan"), (("ti",), "dawit"))
    )
    monday = OpeningHours("FREQ=WEEKLY;BYDAY=MO", time(9), time(9, 30))
    lindby = await find_town(database)
    await clear(database, lindby)
    await roll(database, with_interpreter_day(source, monday, blocks=blocks))
    # Maria and Johan, Anders and Karin: for the third seat nobody is left.
    assert await seats_on(database, lindby, FIRST_MONDAY) == [
        ("09:00", ["ar", "en", "sv"], ["en", "sv"], True),
        ("09:00", ["so", "sv"], ["sv"], True),
        ("09:00", ["ti"], [], False),
    ]


async def test_two_processes_that_start_at_once_make_each_session_once(
    database: Database,
) -> None:
    lindby = await find_town(database)
    await clear(database, lindby)
    source = source_of("lindby")
    made = await asyncio.gather(*(roll(database, source) for _ in range(2)))
    async with database.transaction(lindby.system) as db:
        sessions = await db.scalar(select(func.count()).select_from(Session))
    assert sum(made) == sessions


@pytest.mark.parametrize(
    ("slug", "days", "starts"),
    [
        ("lindby", ["2026-03-23", "2026-03-30"], ["08:00", "07:00"]),
        ("lindby", ["2026-10-19", "2026-10-26"], ["07:00", "08:00"]),
        ("lindby", ["2027-03-22", "2027-04-05"], ["08:00", "07:00"]),
        ("lindby", ["2027-10-25", "2027-11-01"], ["07:00", "08:00"]),
        ("saarela", ["2026-03-24", "2026-03-31"], ["07:00", "06:00"]),
        ("saarela", ["2026-10-20", "2026-10-27"], ["06:00", "07:00"]),
        ("saarela", ["2027-03-23", "2027-03-30"], ["07:00", "06:00"]),
        ("saarela", ["2027-10-26", "2027-11-02"], ["06:00", "07:00"]),
    ],
)
async def test_nine_in_the_morning_stays_nine_over_the_change_of_clocks(
    database: Database, slug: str, days: list[str], starts: list[str]
) -> None:
    before, after = (date.fromisoformat(day) for day in days)
    source = source_of(slug)
    form = source.service("interpreter_day")
    source = with_interpreter_day(source, *form.calendar.hours)
    town = await find_town(database, slug)
    await clear(database, town)
    await roll(database, source, datetime.combine(before, time(0), UTC) - timedelta(days=1))
    found = await session_starts(database, town, [before, after])
    assert [f"{moment.astimezone(UTC):%H:%M}" for moment in found] == starts
    for day in (before, after):
        assert (await local_slots(database, town, day))[0] == "09:00"


@pytest.mark.parametrize(
    ("slug", "opens", "day", "expected"),
    [
        ("lindby", 1, "2026-03-29", ["01:00", "01:30", "03:00", "03:30"]),
        ("saarela", 2, "2026-03-29", ["02:00", "02:30", "04:00", "04:30"]),
        (
            "lindby",
            1,
            "2026-10-25",
            ["01:00", "01:30", "02:00", "02:30", "02:00*", "02:30*", "03:00", "03:30"],
        ),
        (
            "saarela",
            2,
            "2026-10-25",
            ["02:00", "02:30", "03:00", "03:30", "03:00*", "03:30*", "04:00", "04:30"],
        ),
    ],
)
async def test_slots_in_the_night_of_the_change_know_which_hour_they_mean(
    database: Database, slug: str, opens: int, day: str, expected: list[str]
) -> None:
    night = OpeningHours("FREQ=WEEKLY;BYDAY=SU", time(opens), time(opens + 3))
    town = await find_town(database, slug)
    await clear(database, town)
    on = date.fromisoformat(day)
    now = datetime.combine(on, time(12), UTC) - timedelta(days=2)
    await roll(database, with_interpreter_day(source_of(slug), night), now)
    assert await local_slots(database, town, on) == expected
    await each_local_start_is_its_moment(database, town)


async def each_local_start_is_its_moment(database: Database, town: Town) -> None:
    async with database.transaction(town.system) as db:
        for slot in await db.scalars(select(Slot)):
            local = slot.local_start.replace(tzinfo=ZoneInfo(slot.time_zone), fold=slot.fold)
            assert local.astimezone(UTC) == slot.starts
            assert slot.ends - slot.starts == timedelta(minutes=30)


@pytest.mark.parametrize(("opens", "closes"), [(time(2), time(3)), (time(2, 30), time(3))])
async def test_hours_that_the_change_of_clocks_leaves_out_have_no_session_that_night(
    database: Database, opens: time, closes: time
) -> None:
    """On 29 March 2026 there is no half past two in Stockholm."""
    lindby = await find_town(database)
    await clear(database, lindby)
    night = OpeningHours("FREQ=WEEKLY;BYDAY=SU", opens, closes)
    source = with_interpreter_day(source_of("lindby"), night)
    await roll(database, source, datetime(2026, 3, 20, 12, tzinfo=UTC))
    nights = [date(2026, 3, 22), date(2026, 3, 29), date(2026, 4, 12)]
    found = await session_starts(database, lindby, nights)
    assert [moment.date() for moment in found] == [date(2026, 3, 22), date(2026, 4, 12)]


async def test_a_drop_in_has_a_lane_for_each_language_group(
    shared_database: Database, lindby: Town
) -> None:
    async with shared_database.transaction(lindby.system) as db:
        rows = await db.execute(
            text(
                "select letter, languages, last_number from lane join session"
                " on session.id = session_id where starts = '2026-11-27T12:00Z' order by letter"
            )
        )
        assert [tuple(row) for row in rows] == [
            ("A", ["sv", "en", "da", "fi", "et"], 0),
            ("B", ["ar"], 0),
            ("C", ["uk", "ru"], 0),
            ("D", ["so", "ti"], 0),
            ("E", ["fa"], 0),
            ("F", ["th"], 0),
        ]


async def test_people_without_working_hours_are_not_expected(database: Database) -> None:
    """On Tuesdays Maria is the only social worker; here she does not work at all."""
    source = source_of("lindby")
    block = InterpreterBlock(time(9), time(9, 30), ("ar",), "samira")
    source = replace(
        with_interpreter_day(
            source, OpeningHours("FREQ=WEEKLY;BYDAY=TU", time(9), time(9, 30)), blocks=(block,)
        ),
        staff=tuple(
            replace(member, hours=()) if member.key == "maria" else member
            for member in source.staff
        ),
    )
    lindby = await find_town(database)
    await clear(database, lindby)
    await roll(database, source)
    tuesday = date(2026, 12, 1)
    # Anders alone at the table speaks Swedish and English, but the seat is not given.
    assert await seats_on(database, lindby, tuesday) == [
        ("09:00", ["ar", "en", "sv"], ["en", "sv"], False)
    ]
    found = await chairs_at(database, lindby, "2026-12-01 09:00")
    assert found == {"benefits_officer": "Anders Holm", "interpreter": "Samira Haddad"}
