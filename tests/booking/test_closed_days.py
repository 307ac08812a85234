"""A closure is written into the file after people have booked: nothing new is given on that day,
what is booked stays, and its codes are reported."""

import asyncio
import logging
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select

from backend.db import Database
from backend.load_municipality import load_municipality, load_staff
from booking.bookings import Booking
from booking.drop_in import NoNumbersNow, TicketState, end_ticket, next_session, take_ticket
from booking.hold import SlotTaken, hold_slot
from booking.move_booking import move_booking
from booking.roll_forward import Rolled, roll_forward
from booking.sessions import Session, Slot
from content.municipalities import MUNICIPALITIES_FOLDER, read_municipality
from tests.booking.test_races import is_blocked
from tests.conftest import NOW
from tests.people import (
    Town,
    arrive,
    book_time,
    find_service,
    hold_time,
    open_slots,
    run_out,
    take_number,
)

MONDAY, FRIDAY = date(2026, 11, 30), date(2026, 11, 27)
DOORS_OPEN = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Lindby's file, as an editor may change it."""
    path = tmp_path / "lindby.toml"
    path.write_text((MUNICIPALITIES_FOLDER / "lindby.toml").read_text())
    return path


def close(file: Path, day: date) -> None:
    """At the citizen office, whose list of closures stands first."""
    line = (
        f'{{ first_day = {day}, last_day = {day}, reason = {{ sv = "Stängt", en = "Closed" }} }},'
    )
    file.write_text(file.read_text().replace("closures = [\n", f"closures = [\n    {line}\n", 1))


async def start(database: Database, file: Path, now: datetime = NOW) -> Rolled:
    """What each start of the app does."""
    source = read_municipality(file)
    loaded = await load_municipality(database, source)
    async with database.transaction(Town(loaded.municipality_id, {}, {}).system) as db:
        people = await load_staff(db, source, loaded, {})
        return await roll_forward(db, source, loaded, people, now)


async def days_of(database: Database, town: Town, slots: list[UUID]) -> set[date]:
    async with database.transaction(town.system) as db:
        starts = await db.scalars(select(Slot.starts).where(Slot.id.in_(slots)))
        return {moment.date() for moment in starts}


async def next_drop_in(database: Database, town: Town, resident: UUID | None = None) -> date:
    scope = town.resident(resident) if resident else town.staff()
    async with database.transaction(scope) as db:
        session = await next_session(db, town.services["drop_in"], DOORS_OPEN)
        assert session is not None
        return session.starts.date()


async def test_times_of_a_closed_day_are_neither_offered_nor_given(
    database: Database, lindby_anew: Town, file: Path
) -> None:
    before = await open_slots(database, lindby_anew)
    amina, yusuf = [await arrive(database, lindby_anew) for _ in range(2)]
    later = await book_time(database, lindby_anew, yusuf, before[-1])
    close(file, MONDAY)
    assert await start(database, file) == Rolled(0, [])
    after = await open_slots(database, lindby_anew)
    assert MONDAY in await days_of(database, lindby_anew, before)
    assert MONDAY not in await days_of(database, lindby_anew, after)
    with pytest.raises(SlotTaken):
        await hold_time(database, lindby_anew, amina, before[0])
    with pytest.raises(SlotTaken):
        async with database.transaction(lindby_anew.resident(yusuf)) as db:
            await move_booking(db, later.id, before[0], NOW)


async def test_bookings_on_a_closed_day_stay_and_their_codes_are_reported_at_each_start(
    database: Database, lindby_anew: Town, file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    first, second, third, *_ = await open_slots(database, lindby_anew)
    amina, yusuf, omar = [await arrive(database, lindby_anew) for _ in range(3)]
    held = await hold_time(database, lindby_anew, yusuf, second)
    booked = await book_time(database, lindby_anew, amina, first)
    lapsed = await hold_time(database, lindby_anew, omar, third)
    await run_out(database, lindby_anew, lapsed.id)
    close(file, MONDAY)
    for _ in range(2):
        caplog.clear()
        with caplog.at_level(logging.WARNING, logger="booking.closed_days"):
            assert await start(database, file) == Rolled(0, [booked.code, held.code])
        assert caplog.messages == [
            f"lindby has bookings on closed days: {booked.code}, {held.code}"
        ]
    async with database.transaction(lindby_anew.system) as db:
        rows = await db.execute(select(Booking.code, Booking.state))
        kept = {row.code: row.state for row in rows}
    assert kept == {booked.code: "confirmed", held.code: "held", lapsed.code: "held"}


async def test_a_closure_that_is_taken_back_gives_the_times_back(
    database: Database, lindby_anew: Town, file: Path
) -> None:
    before = await open_slots(database, lindby_anew)
    close(file, MONDAY)
    await start(database, file)
    await start(database, MUNICIPALITIES_FOLDER / "lindby.toml")
    assert await open_slots(database, lindby_anew) == before


async def test_another_office_stays_open(database: Database, lindby_anew: Town, file: Path) -> None:
    close(file, MONDAY)
    await start(database, file)
    async with database.transaction(lindby_anew.system) as db:
        closed = await db.scalars(select(Session.starts).where(Session.is_closed))
        assert [moment.date() for moment in closed] == [MONDAY]


async def test_who_books_while_the_day_is_closed_is_reported(
    database: Database, lindby_anew: Town, file: Path
) -> None:
    """The hold is not ended yet: closing waits for it, and then sees it."""
    slot, *_ = await open_slots(database, lindby_anew)
    amina = await arrive(database, lindby_anew)
    close(file, MONDAY)
    async with database.transaction(lindby_anew.resident(amina)) as db:
        held = await hold_slot(db, amina, slot, NOW, None)
        starting = asyncio.create_task(start(database, file))
        await is_blocked(starting)
    assert await starting == Rolled(0, [held.code])


async def test_a_closed_drop_in_without_numbers_is_not_offered(
    database: Database, lindby_anew: Town, file: Path
) -> None:
    amina = await arrive(database, lindby_anew)
    close(file, FRIDAY)
    assert await next_drop_in(database, lindby_anew) == FRIDAY
    await start(database, file)
    for resident in (None, amina.id):
        assert await next_drop_in(database, lindby_anew, resident) == date(2026, 12, 4)
    with pytest.raises(NoNumbersNow):
        await take_number(database, lindby_anew, "ar", DOORS_OPEN, amina.id)


async def test_numbers_of_a_closed_drop_in_stay_until_they_are_served(
    database: Database, lindby_anew: Town, file: Path
) -> None:
    """Reception and the owner of a number still see that day, others the next."""
    amina, yusuf = [await arrive(database, lindby_anew) for _ in range(2)]
    ticket = await take_number(database, lindby_anew, "ar", DOORS_OPEN, amina.id)
    close(file, FRIDAY)
    await start(database, file, DOORS_OPEN)
    assert await next_drop_in(database, lindby_anew) == FRIDAY
    assert await next_drop_in(database, lindby_anew, amina.id) == FRIDAY
    assert await next_drop_in(database, lindby_anew, yusuf.id) == date(2026, 12, 4)
    service = await find_service(database, lindby_anew, "drop_in")
    async with database.transaction(lindby_anew.resident(amina)) as db:
        kept = await take_ticket(db, service, "ar", DOORS_OPEN, amina.id)
        assert kept.id == ticket.id
    async with database.transaction(lindby_anew.staff()) as db:
        await end_ticket(db, ticket.id, TicketState.SERVED, DOORS_OPEN)
    assert await next_drop_in(database, lindby_anew) == date(2026, 12, 4)
