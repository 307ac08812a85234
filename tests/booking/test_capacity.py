"""Fewer seats at a time than its series gives, or one more: what is booked or held stays."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import delete, func, select, text
from sqlalchemy.exc import IntegrityError

from backend.db import Database
from booking.bookings import Booking
from booking.capacity import CannotChange, StillBooked, add_seat, reduce_seats
from booking.free_times import is_free
from booking.hold import SlotTaken, hold_slot
from booking.sessions import ChairAssignment, Seat
from tests.booking.test_races import is_blocked
from tests.conftest import NOW
from tests.people import (
    Town,
    add_seats,
    arrive,
    book_time,
    colleague,
    confirm_time,
    hold_time,
    open_slots,
    run_out,
)


async def reduce(database: Database, town: Town, slot_id: UUID, seats: int) -> int | list[str]:
    """How many went, or the codes in the way."""
    async with database.transaction(town.staff()) as db:
        try:
            return await reduce_seats(db, slot_id, seats, NOW)
        except StillBooked as refusal:
            return refusal.codes


async def seat_numbers(database: Database, town: Town, slot_id: UUID) -> list[int]:
    async with database.transaction(town.system) as db:
        query = select(Seat.seat_no).where(Seat.slot_id == slot_id).order_by(Seat.seat_no)
        return list(await db.scalars(query))


async def add_one(database: Database, town: Town, slot_id: UUID, body: str = "integration") -> Seat:
    maria = await colleague(database, town, "Maria")
    async with database.transaction(town.staff(body)) as db:
        return await add_seat(db, slot_id, maria.staff_id, "Family of three", NOW)


async def test_free_seats_go_the_last_ones_first(lindby_anew: Town, database: Database) -> None:
    slot, *_ = await open_slots(database, lindby_anew)
    await add_seats(database, lindby_anew, slot, 3)
    assert await reduce(database, lindby_anew, slot, 2) == 2
    assert await seat_numbers(database, lindby_anew, slot) == [1, 2]


async def test_without_seats_nothing_is_offered_and_the_chairs_are_free(
    lindby_anew: Town, database: Database
) -> None:
    slot, *others = await open_slots(database, lindby_anew)
    async with database.transaction(lindby_anew.system) as db:
        chairs = select(func.count()).select_from(ChairAssignment)
        before = await db.scalar(chairs) or 0
    assert await reduce(database, lindby_anew, slot, 0) == 1
    assert await open_slots(database, lindby_anew) == others
    async with database.transaction(lindby_anew.system) as db:
        assert await db.scalar(chairs) == before - 3


async def test_as_many_as_there_are_changes_nothing(
    lindby: Town, shared_database: Database
) -> None:
    slot, *_ = await open_slots(shared_database, lindby)
    assert await reduce(shared_database, lindby, slot, 5) == 0
    assert await seat_numbers(shared_database, lindby, slot) == [1]


async def test_below_what_is_booked_or_held_it_is_refused_with_the_codes(
    lindby: Town, shared_database: Database
) -> None:
    slot, *_ = await open_slots(shared_database, lindby)
    await add_seats(shared_database, lindby, slot, 2)
    amina, yusuf = [await arrive(shared_database, lindby) for _ in range(2)]
    booked = await book_time(shared_database, lindby, amina, slot)
    held = await hold_time(shared_database, lindby, yusuf, slot)
    in_the_way = sorted([booked.code, held.code])
    assert await reduce(shared_database, lindby, slot, 1) == in_the_way
    assert await seat_numbers(shared_database, lindby, slot) == [1, 2, 3]
    assert await reduce(shared_database, lindby, slot, 2) == 1


async def test_a_hold_that_has_run_out_is_not_in_the_way(
    lindby_anew: Town, database: Database
) -> None:
    slot, *_ = await open_slots(database, lindby_anew)
    amina = await arrive(database, lindby_anew)
    held = await hold_time(database, lindby_anew, amina, slot)
    await run_out(database, lindby_anew, held.id)
    assert await reduce(database, lindby_anew, slot, 0) == 1


async def test_who_holds_while_seats_go_keeps_the_seat(
    lindby: Town, shared_database: Database
) -> None:
    """The hold is not ended yet: the reduction waits for it, and then finds it in the way."""
    slot, *_ = await open_slots(shared_database, lindby)
    amina = await arrive(shared_database, lindby)
    async with shared_database.transaction(lindby.resident(amina)) as db:
        held = await hold_slot(db, amina, slot, NOW, None)
        reducing = asyncio.create_task(reduce(shared_database, lindby, slot, 0))
        await is_blocked(reducing)
    assert await reducing == [held.code]
    await confirm_time(shared_database, lindby, amina, held)
    assert await seat_numbers(shared_database, lindby, slot) == [1]


async def test_without_the_guard_a_held_seat_is_taken_away(
    lindby_anew: Town, database: Database
) -> None:
    """The negative control of the test above: what was seen free is deleted."""
    slot, *_ = await open_slots(database, lindby_anew)
    amina = await arrive(database, lindby_anew)

    async def check_then_delete() -> None:
        async with database.transaction(lindby_anew.staff()) as db:
            free = await db.scalars(select(Seat.id).where(Seat.slot_id == slot, is_free()))
            await db.execute(delete(Seat).where(Seat.id.in_(list(free))))

    async with database.transaction(lindby_anew.resident(amina)) as db:
        await hold_slot(db, amina, slot, NOW, None)
        reducing = asyncio.create_task(check_then_delete())
        await is_blocked(reducing)
    await reducing
    assert await seat_numbers(database, lindby_anew, slot) == []


async def test_who_comes_while_the_last_seat_goes_is_refused(
    lindby_anew: Town, database: Database
) -> None:
    slot, *_ = await open_slots(database, lindby_anew)
    amina = await arrive(database, lindby_anew)
    async with database.transaction(lindby_anew.staff()) as db:
        await reduce_seats(db, slot, 0, NOW)
        holding = asyncio.create_task(hold_time(database, lindby_anew, amina, slot))
        await is_blocked(holding)
    with pytest.raises(SlotTaken):
        await holding


async def test_an_extra_seat_is_booked_like_the_others_and_says_why_it_is_there(
    lindby: Town, shared_database: Database
) -> None:
    slot, *_ = await open_slots(shared_database, lindby)
    maria = await colleague(shared_database, lindby, "Maria")
    amina, yusuf, omar = [await arrive(shared_database, lindby) for _ in range(3)]
    await book_time(shared_database, lindby, amina, slot)
    extra = await add_one(shared_database, lindby, slot)
    assert (extra.seat_no, extra.reason, extra.added_by) == (2, "Family of three", maria.staff_id)
    assert (extra.languages, extra.staff_languages) == (["ar", "en", "sv"], ["en", "sv"])
    booking = await book_time(shared_database, lindby, yusuf, slot)
    async with shared_database.transaction(lindby.system) as db:
        assert await db.scalar(select(Seat.booking_id).where(Seat.id == extra.id)) == booking.id
    with pytest.raises(SlotTaken):
        await hold_time(shared_database, lindby, omar, slot)


async def test_two_who_add_at_once_add_two(lindby: Town, shared_database: Database) -> None:
    slot, *_ = await open_slots(shared_database, lindby)
    await asyncio.gather(*(add_one(shared_database, lindby, slot) for _ in range(2)))
    assert await seat_numbers(shared_database, lindby, slot) == [1, 2, 3]


async def test_nobody_is_added_where_a_chair_is_empty(
    lindby: Town, shared_database: Database
) -> None:
    slot, *_ = await open_slots(shared_database, lindby)
    async with shared_database.transaction(lindby.system) as db:
        await db.execute(text("update seat set is_ready = false where slot_id = :id"), {"id": slot})
    with pytest.raises(CannotChange):
        await add_one(shared_database, lindby, slot)


async def test_a_time_that_has_begun_or_belongs_to_others_is_not_changed(
    lindby: Town, shared_database: Database
) -> None:
    slot, *_ = await open_slots(shared_database, lindby)
    with pytest.raises(CannotChange):
        await add_one(shared_database, lindby, slot, body="benefits")
    async with shared_database.transaction(lindby.staff()) as db:
        with pytest.raises(CannotChange):
            await reduce_seats(db, slot, 0, NOW + timedelta(weeks=1))
    assert await seat_numbers(shared_database, lindby, slot) == [1]


async def test_a_reason_has_its_author(lindby: Town, shared_database: Database) -> None:
    slot, *_ = await open_slots(shared_database, lindby)
    with pytest.raises(IntegrityError, match="check"):
        async with shared_database.transaction(lindby.system) as db:
            await db.execute(text("update seat set reason = 'x' where slot_id = :id"), {"id": slot})


async def test_an_expired_booking_does_not_find_its_seat_again(
    lindby_anew: Town, database: Database
) -> None:
    """The seat under a hold that ran out is gone; the booking itself stays for the books."""
    slot, *_ = await open_slots(database, lindby_anew)
    amina = await arrive(database, lindby_anew)
    held = await hold_time(database, lindby_anew, amina, slot)
    await run_out(database, lindby_anew, held.id)
    await reduce(database, lindby_anew, slot, 0)
    async with database.transaction(lindby_anew.system) as db:
        assert await db.scalar(select(Booking.state).where(Booking.id == held.id)) == "held"
