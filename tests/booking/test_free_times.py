"""The times that a resident can choose from."""

from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select, text

from backend.db import Database
from booking.free_times import FreeTime, free_times
from booking.sessions import Slot
from tests.conftest import NOW
from tests.people import (
    Town,
    add_seats,
    arrive,
    book_time,
    find_town,
    hold_time,
    open_slots,
    run_out,
)

STOCKHOLM = ZoneInfo("Europe/Stockholm")


async def times(
    database: Database, town: Town, language: str, now: datetime = NOW, limit: int = 200
) -> list[FreeTime]:
    async with database.transaction(town.system) as db:
        service_id = town.services["interpreter_day"]
        return await free_times(db, service_id, language, now, limit=limit)


def on_first_day(found: list[FreeTime]) -> list[str]:
    """Local times of the first day."""
    local = [time.starts.astimezone(STOCKHOLM) for time in found]
    return [f"{moment:%a %d %b %H:%M}" for moment in local if moment.date() == local[0].date()]


async def slot_row(database: Database, town: Town, slot_id: UUID) -> Slot:
    async with database.transaction(town.system) as db:
        return (await db.scalars(select(Slot).where(Slot.id == slot_id))).one()


async def test_times_are_those_with_an_interpreter_of_the_language(
    shared_database: Database, lindby: Town
) -> None:
    assert on_first_day(await times(shared_database, lindby, "ar")) == [
        "Mon 30 Nov 09:00",
        "Mon 30 Nov 09:30",
        "Mon 30 Nov 10:00",
        "Mon 30 Nov 10:30",
        "Mon 30 Nov 14:00",
        "Mon 30 Nov 14:30",
    ]
    assert on_first_day(await times(shared_database, lindby, "so")) == ["Mon 30 Nov 11:00"]
    assert on_first_day(await times(shared_database, lindby, "ru")) == ["Mon 30 Nov 13:30"]


async def test_a_language_that_all_staff_speak_needs_no_interpreter(
    shared_database: Database, lindby: Town
) -> None:
    assert len(on_first_day(await times(shared_database, lindby, "sv"))) == 10


async def test_a_language_that_nobody_speaks_has_no_times(
    shared_database: Database, lindby: Town
) -> None:
    assert await times(shared_database, lindby, "pl") == []


async def test_a_time_says_when_it_is_and_where_its_clock_stands(
    shared_database: Database, lindby: Town
) -> None:
    first, *_ = await times(shared_database, lindby, "ar")
    slot = await slot_row(shared_database, lindby, first.slot_id)
    assert first == FreeTime(slot.id, slot.starts, slot.ends, "Europe/Stockholm")
    assert first.ends - first.starts == timedelta(minutes=30)


async def test_times_come_soonest_first_and_reach_six_weeks(
    shared_database: Database, lindby: Town
) -> None:
    found = await times(shared_database, lindby, "ar")
    assert found == sorted(found, key=lambda time: time.starts)
    assert NOW < found[0].starts < found[-1].starts < NOW + timedelta(weeks=6)


async def test_only_so_many_times_are_listed(shared_database: Database, lindby: Town) -> None:
    found = await times(shared_database, lindby, "ar")
    assert await times(shared_database, lindby, "ar", limit=2) == found[:2]


async def test_a_time_is_offered_until_half_an_hour_before(
    shared_database: Database, lindby: Town
) -> None:
    first, second, *_ = await times(shared_database, lindby, "ar")
    half_an_hour_before = first.starts - timedelta(minutes=30)
    earlier = half_an_hour_before - timedelta(seconds=1)
    assert (await times(shared_database, lindby, "ar", earlier))[0] == first
    assert (await times(shared_database, lindby, "ar", half_an_hour_before))[0] == second


async def test_a_time_six_weeks_away_is_not_offered_yet(
    shared_database: Database, lindby: Town
) -> None:
    last = (await times(shared_database, lindby, "ar"))[-1]
    six_weeks_before = last.starts - timedelta(weeks=6)
    later = six_weeks_before + timedelta(seconds=1)
    assert last not in await times(shared_database, lindby, "ar", six_weeks_before)
    assert last in await times(shared_database, lindby, "ar", later)


async def test_a_held_time_is_not_offered_until_the_hold_runs_out(
    shared_database: Database, lindby: Town
) -> None:
    before = await open_slots(shared_database, lindby)
    amina = await arrive(shared_database, lindby)
    held = await hold_time(shared_database, lindby, amina, before[0])
    assert await open_slots(shared_database, lindby) == before[1:]
    await run_out(shared_database, lindby, held.id)
    assert await open_slots(shared_database, lindby) == before


async def test_a_booked_time_is_not_offered(shared_database: Database, lindby: Town) -> None:
    before = await open_slots(shared_database, lindby)
    amina = await arrive(shared_database, lindby)
    await book_time(shared_database, lindby, amina, before[0])
    assert await open_slots(shared_database, lindby) == before[1:]


async def test_a_time_with_several_seats_is_listed_once_until_the_last_is_taken(
    shared_database: Database, lindby: Town
) -> None:
    before = await open_slots(shared_database, lindby)
    await add_seats(shared_database, lindby, before[0], 1)
    assert await open_slots(shared_database, lindby) == before
    await book_time(shared_database, lindby, await arrive(shared_database, lindby), before[0])
    assert await open_slots(shared_database, lindby) == before
    await book_time(shared_database, lindby, await arrive(shared_database, lindby), before[0])
    assert await open_slots(shared_database, lindby) == before[1:]


async def test_a_seat_with_an_empty_chair_is_not_offered(
    shared_database: Database, lindby: Town
) -> None:
    before = await open_slots(shared_database, lindby)
    async with shared_database.transaction(lindby.system) as db:
        ill = text("update seat set is_ready = false where slot_id = :slot")
        await db.execute(ill, {"slot": before[0]})
    assert await open_slots(shared_database, lindby) == before[1:]


async def test_a_resident_sees_the_same_times_as_staff(
    shared_database: Database, lindby: Town
) -> None:
    amina = await arrive(shared_database, lindby)
    service_id = lindby.services["interpreter_day"]
    async with shared_database.transaction(lindby.resident(amina)) as db:
        seen = await free_times(db, service_id, "ar", NOW)
    assert seen == await times(shared_database, lindby, "ar")


async def test_another_municipality_has_its_own_times(
    shared_database: Database, lindby: Town
) -> None:
    saarela = await find_town(shared_database, "saarela")
    found = await times(shared_database, saarela, "ar")
    assert found[0].time_zone == "Europe/Helsinki"
    assert not set(await open_slots(shared_database, lindby)) & {time.slot_id for time in found}
