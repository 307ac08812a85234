"""Moving a booking: the same booking and code, another time."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, text

from backend.db import Database
from booking.bookings import Booking, BookingGone
from booking.hold import SlotTaken
from booking.move_booking import BookingChanged, move_booking
from booking.sessions import Seat, Slot
from tests.conftest import NOW
from tests.people import Town, arrive, book_time, find_town, hold_time, open_slots, run_out


async def move(database: Database, town: Town, booking: Booking, slot_id: UUID) -> Booking:
    async with database.transaction(town.system) as db:
        return await move_booking(db, booking.id, slot_id, NOW)


async def seats_of(database: Database, town: Town, booking: Booking) -> list[tuple[UUID, bool]]:
    """Slots in which the booking has a seat, and whether it is only held."""
    async with database.transaction(town.system) as db:
        seats = await db.scalars(select(Seat).where(Seat.booking_id == booking.id))
        return [(seat.slot_id, seat.hold_until is not None) for seat in seats]


async def test_moving_takes_the_new_seat_and_frees_the_old(
    shared_database: Database, lindby: Town
) -> None:
    amina = await arrive(shared_database, lindby)
    before = await open_slots(shared_database, lindby)
    booking = await book_time(shared_database, lindby, amina, before[0])
    moved = await move(shared_database, lindby, booking, before[3])
    assert (moved.id, moved.code, moved.slot_id) == (booking.id, booking.code, before[3])
    assert (moved.state, moved.sequence, moved.version) == ("confirmed", 1, 3)
    assert await seats_of(shared_database, lindby, booking) == [(before[3], False)]
    left = [slot for slot in before if slot != before[3]]
    assert await open_slots(shared_database, lindby) == left


async def test_moving_to_the_same_time_changes_nothing(
    shared_database: Database, lindby: Town
) -> None:
    amina = await arrive(shared_database, lindby)
    slot, *_ = await open_slots(shared_database, lindby)
    booking = await book_time(shared_database, lindby, amina, slot)
    moved = await move(shared_database, lindby, booking, slot)
    assert (moved.sequence, moved.version) == (booking.sequence, booking.version)
    assert await seats_of(shared_database, lindby, booking) == [(slot, False)]


async def test_a_booking_that_has_changed_since_it_was_seen_stays(
    shared_database: Database, lindby: Town
) -> None:
    amina = await arrive(shared_database, lindby)
    before = await open_slots(shared_database, lindby)
    booking = await book_time(shared_database, lindby, amina, before[0])
    await move(shared_database, lindby, booking, before[1])
    async with shared_database.transaction(lindby.resident(amina)) as db:
        with pytest.raises(BookingChanged):
            await move_booking(db, booking.id, before[2], NOW, seen_version=booking.version)
    assert await seats_of(shared_database, lindby, booking) == [(before[1], False)]


async def test_a_taken_time_leaves_the_booking_where_it_is(
    shared_database: Database, lindby: Town
) -> None:
    amina, yusuf = [await arrive(shared_database, lindby) for _ in range(2)]
    hers, his, *_ = await open_slots(shared_database, lindby)
    booking = await book_time(shared_database, lindby, amina, hers)
    await hold_time(shared_database, lindby, yusuf, his)
    async with shared_database.transaction(lindby.resident(amina)) as db:
        with pytest.raises(SlotTaken):
            await move_booking(db, booking.id, his, NOW)
    assert await seats_of(shared_database, lindby, booking) == [(hers, False)]


async def test_a_seat_whose_hold_has_run_out_can_be_moved_to(
    shared_database: Database, lindby: Town
) -> None:
    amina, yusuf = [await arrive(shared_database, lindby) for _ in range(2)]
    hers, his, *_ = await open_slots(shared_database, lindby)
    booking = await book_time(shared_database, lindby, amina, hers)
    late = await hold_time(shared_database, lindby, yusuf, his)
    await run_out(shared_database, lindby, late.id)
    await move(shared_database, lindby, booking, his)
    assert await seats_of(shared_database, lindby, booking) == [(his, False)]
    assert await seats_of(shared_database, lindby, late) == []


async def test_only_times_with_the_language_of_the_booking_count(
    shared_database: Database, lindby: Town
) -> None:
    amina = await arrive(shared_database, lindby)
    slot, *_ = await open_slots(shared_database, lindby, "ar")
    somali, *_ = await open_slots(shared_database, lindby, "so")
    booking = await book_time(shared_database, lindby, amina, slot)
    with pytest.raises(SlotTaken):
        await move(shared_database, lindby, booking, somali)


async def test_a_time_that_starts_within_half_an_hour_is_too_late(
    shared_database: Database, lindby: Town
) -> None:
    amina = await arrive(shared_database, lindby)
    first, second, *_ = await open_slots(shared_database, lindby)
    booking = await book_time(shared_database, lindby, amina, second)
    async with shared_database.transaction(lindby.system) as db:
        slot = (await db.scalars(select(Slot).where(Slot.id == first))).one()
        with pytest.raises(SlotTaken):
            await move_booking(db, booking.id, first, slot.starts - timedelta(minutes=30))


async def test_unknown_and_foreign_times_are_refused(
    shared_database: Database, lindby: Town
) -> None:
    amina = await arrive(shared_database, lindby)
    slot, *_ = await open_slots(shared_database, lindby)
    booking = await book_time(shared_database, lindby, amina, slot)
    strandby = await find_town(shared_database, "strandby")
    foreign, *_ = await open_slots(shared_database, strandby)
    for other in (uuid4(), foreign):
        with pytest.raises(SlotTaken):
            await move(shared_database, lindby, booking, other)


async def test_only_a_confirmed_booking_can_be_moved(
    shared_database: Database, lindby: Town
) -> None:
    amina = await arrive(shared_database, lindby)
    first, second, *_ = await open_slots(shared_database, lindby)
    booking = await hold_time(shared_database, lindby, amina, first)
    for state in ("held", "cancelled", "expired", "attended", "no_show"):
        async with shared_database.transaction(lindby.system) as db:
            await db.execute(text("update booking set state = :state"), {"state": state})
        with pytest.raises(BookingGone):
            await move(shared_database, lindby, booking, second)


async def test_another_residents_booking_cannot_be_moved(
    shared_database: Database, lindby: Town
) -> None:
    amina, yusuf = [await arrive(shared_database, lindby) for _ in range(2)]
    first, second, *_ = await open_slots(shared_database, lindby)
    booking = await book_time(shared_database, lindby, amina, first)
    async with shared_database.transaction(lindby.resident(yusuf)) as db:
        with pytest.raises(BookingGone):
            await move_booking(db, booking.id, second, NOW)


async def test_moving_is_told_to_the_day_list(shared_database: Database, lindby: Town) -> None:
    amina = await arrive(shared_database, lindby)
    first, second, *_ = await open_slots(shared_database, lindby)
    booking = await book_time(shared_database, lindby, amina, first)
    await move(shared_database, lindby, booking, second)
    async with shared_database.transaction(lindby.staff()) as db:
        told = text("select count(*) from event where topic = 'day' and reference = :booking")
        assert await db.scalar(told, {"booking": str(booking.id)}) == 2


async def test_a_time_that_has_begun_cannot_be_moved(
    shared_database: Database, lindby: Town
) -> None:
    amina = await arrive(shared_database, lindby)
    slot, later, *_ = await open_slots(shared_database, lindby)
    booking = await book_time(shared_database, lindby, amina, slot)
    async with shared_database.transaction(lindby.resident(amina)) as db:
        with pytest.raises(BookingGone):
            await move_booking(db, booking.id, later, NOW + timedelta(weeks=8))
