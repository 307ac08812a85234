"""Cancelling: the seat is free for the next person at once."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select, text

from backend.db import Database
from booking.bookings import Booking, BookingGone, BookingState
from booking.cancel_booking import cancel_booking
from booking.sessions import Seat
from tests.conftest import NOW
from tests.people import Town, arrive, book_time, hold_time, open_slots, run_out

LATER = NOW + timedelta(hours=1)


async def taken_seats(database: Database, town: Town) -> int:
    async with database.transaction(town.system) as db:
        return len(list(await db.scalars(select(Seat.id).where(Seat.booking_id.is_not(None)))))


async def test_a_cancelled_time_is_free_at_once(shared_database: Database, lindby: Town) -> None:
    amina, yusuf = [await arrive(shared_database, lindby) for _ in range(2)]
    slot, *_ = await open_slots(shared_database, lindby)
    booking = await book_time(shared_database, lindby, amina, slot)
    async with shared_database.transaction(lindby.resident(amina)) as db:
        cancelled = await cancel_booking(db, booking.id, LATER)
    assert (cancelled.state, cancelled.ended_at) == (BookingState.CANCELLED, LATER)
    next_person = await book_time(shared_database, lindby, yusuf, slot)
    assert next_person.state == BookingState.CONFIRMED


async def test_a_hold_can_be_let_go(shared_database: Database, lindby: Town) -> None:
    amina = await arrive(shared_database, lindby)
    slot, *_ = await open_slots(shared_database, lindby)
    held = await hold_time(shared_database, lindby, amina, slot)
    async with shared_database.transaction(lindby.resident(amina)) as db:
        await cancel_booking(db, held.id, LATER)
    assert await taken_seats(shared_database, lindby) == 0


async def test_cancelling_twice_is_cancelling_once(shared_database: Database, lindby: Town) -> None:
    amina = await arrive(shared_database, lindby)
    slot, *_ = await open_slots(shared_database, lindby)
    booking = await book_time(shared_database, lindby, amina, slot)
    async with shared_database.transaction(lindby.resident(amina)) as db:
        await cancel_booking(db, booking.id, LATER)
    async with shared_database.transaction(lindby.resident(amina)) as db:
        cancelled = await cancel_booking(db, booking.id, LATER + timedelta(hours=1))
    assert (cancelled.ended_at, cancelled.sequence, cancelled.version) == (LATER, 1, 3)


async def test_cancelling_an_expired_hold_does_not_touch_the_next_persons_seat(
    shared_database: Database, lindby: Town
) -> None:
    amina, yusuf = [await arrive(shared_database, lindby) for _ in range(2)]
    slot, *_ = await open_slots(shared_database, lindby)
    late = await hold_time(shared_database, lindby, amina, slot)
    await run_out(shared_database, lindby, late.id)
    booking = await book_time(shared_database, lindby, yusuf, slot)
    async with shared_database.transaction(lindby.resident(amina)) as db:
        await cancel_booking(db, late.id, LATER)
    async with shared_database.transaction(lindby.system) as db:
        seat = (await db.scalars(select(Seat).where(Seat.slot_id == slot))).one()
    assert (seat.booking_id, seat.hold_until) == (booking.id, None)


@pytest.mark.parametrize(
    "state", [BookingState.EXPIRED, BookingState.ATTENDED, BookingState.NO_SHOW]
)
async def test_what_is_over_cannot_be_cancelled(
    shared_database: Database, lindby: Town, state: BookingState
) -> None:
    amina = await arrive(shared_database, lindby)
    slot, *_ = await open_slots(shared_database, lindby)
    booking = await book_time(shared_database, lindby, amina, slot)
    async with shared_database.transaction(lindby.system) as db:
        await db.execute(text("update booking set state = :state"), {"state": state})
    with pytest.raises(BookingGone):
        async with shared_database.transaction(lindby.resident(amina)) as db:
            await cancel_booking(db, booking.id, LATER)


async def test_another_residents_time_cannot_be_cancelled(
    shared_database: Database, lindby: Town
) -> None:
    amina, yusuf = [await arrive(shared_database, lindby) for _ in range(2)]
    slot, *_ = await open_slots(shared_database, lindby)
    booking = await book_time(shared_database, lindby, amina, slot)
    with pytest.raises(BookingGone):
        async with shared_database.transaction(lindby.resident(yusuf)) as db:
            await cancel_booking(db, booking.id, LATER)
    async with shared_database.transaction(lindby.system) as db:
        states = await db.scalars(select(Booking.state))
        assert states.all() == [BookingState.CONFIRMED]


async def test_an_unknown_booking_is_gone(shared_database: Database, lindby: Town) -> None:
    with pytest.raises(BookingGone):
        async with shared_database.transaction(lindby.system) as db:
            await cancel_booking(db, uuid4(), LATER)


async def test_cancelling_is_told_to_the_day_list(shared_database: Database, lindby: Town) -> None:
    amina = await arrive(shared_database, lindby)
    slot, *_ = await open_slots(shared_database, lindby)
    held = await hold_time(shared_database, lindby, amina, slot)
    async with shared_database.transaction(lindby.resident(amina)) as db:
        await cancel_booking(db, held.id, LATER)
    async with shared_database.transaction(lindby.staff()) as db:
        told = text("select count(*) from event where topic = 'day' and reference = :booking")
        assert await db.scalar(told, {"booking": str(held.id)}) == 1


async def test_a_time_that_has_begun_cannot_be_cancelled(
    shared_database: Database, lindby: Town
) -> None:
    amina = await arrive(shared_database, lindby)
    slot, *_ = await open_slots(shared_database, lindby)
    booking = await book_time(shared_database, lindby, amina, slot)
    async with shared_database.transaction(lindby.resident(amina)) as db:
        with pytest.raises(BookingGone):
            await cancel_booking(db, booking.id, NOW + timedelta(weeks=8))
