"""Holding a time for ten minutes, and confirming it."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from backend.db import Database
from backend.rate_limit import TooMany
from booking import hold
from booking.bookings import Booking, BookingGone, BookingState
from booking.cancel_booking import cancel_booking
from booking.hold import AlreadyBooked, HoldExpired, SlotTaken, confirm, hold_slot
from booking.sessions import Seat, Slot
from tests.conftest import NOW
from tests.people import (
    Town,
    arrive,
    book_time,
    confirm_time,
    find_town,
    hold_time,
    open_slots,
    run_out,
)


async def seat_of(database: Database, town: Town, booking: Booking) -> Seat | None:
    async with database.transaction(town.system) as db:
        return (await db.scalars(select(Seat).where(Seat.booking_id == booking.id))).first()


async def state_of(database: Database, town: Town, booking: Booking) -> str:
    async with database.transaction(town.system) as db:
        return (await db.scalars(select(Booking.state).where(Booking.id == booking.id))).one()


async def bookings(database: Database, town: Town) -> list[str]:
    async with database.transaction(town.system) as db:
        return list(await db.scalars(select(Booking.state).order_by(Booking.created_at)))


async def starts_of(database: Database, town: Town, slot: object) -> Slot:
    async with database.transaction(town.system) as db:
        return (await db.scalars(select(Slot).where(Slot.id == slot))).one()


async def test_a_hold_keeps_one_seat_for_ten_minutes(
    shared_database: Database, lindby: Town
) -> None:
    amina = await arrive(shared_database, lindby)
    slot, *_ = await open_slots(shared_database, lindby)
    async with shared_database.transaction(lindby.resident(amina)) as db:
        booking = await hold_slot(db, amina, slot, NOW, "housing_allowance")
        left = text("select hold_until - now() from seat where booking_id = :booking")
        assert await db.scalar(left, {"booking": booking.id}) == timedelta(minutes=10)
    assert (booking.state, booking.language, booking.topic, booking.slot_id, booking.body_id) == (
        BookingState.HELD,
        "ar",
        "housing_allowance",
        slot,
        lindby.bodies["integration"],
    )
    assert re.fullmatch("[A-HJ-NP-Z2-9]{6}", booking.code)


async def test_a_held_time_cannot_be_held_by_another(
    shared_database: Database, lindby: Town
) -> None:
    amina, yusuf = [await arrive(shared_database, lindby) for _ in range(2)]
    slot, *_ = await open_slots(shared_database, lindby)
    await hold_time(shared_database, lindby, amina, slot)
    with pytest.raises(SlotTaken):
        await hold_time(shared_database, lindby, yusuf, slot)
    assert await bookings(shared_database, lindby) == ["held"]


async def test_a_seat_without_an_interpreter_of_the_language_is_not_given(
    shared_database: Database, lindby: Town
) -> None:
    oksana = await arrive(shared_database, lindby, "uk")
    arabic, *_ = await open_slots(shared_database, lindby, "ar")
    with pytest.raises(SlotTaken):
        await hold_time(shared_database, lindby, oksana, arabic)


async def test_an_interpreter_is_left_for_who_needs_one(
    shared_database: Database, lindby: Town
) -> None:
    slot_id, *_ = await open_slots(shared_database, lindby)
    async with shared_database.transaction(lindby.system) as db:
        first = (await db.scalars(select(Seat).where(Seat.slot_id == slot_id))).one()
        spoken = first.staff_languages
        second = {"body_id": first.body_id, "slot_id": slot_id, "seat_no": 2}
        db.add(Seat(**second, languages=spoken, staff_languages=spoken))
    birgit = await arrive(shared_database, lindby, spoken[0])
    booking = await hold_time(shared_database, lindby, birgit, slot_id)
    seat = await seat_of(shared_database, lindby, booking)
    assert seat is not None
    assert seat.seat_no == 2


async def test_a_seat_with_an_empty_chair_is_not_given(
    shared_database: Database, lindby: Town
) -> None:
    amina = await arrive(shared_database, lindby)
    slot, *_ = await open_slots(shared_database, lindby)
    async with shared_database.transaction(lindby.system) as db:
        await db.execute(
            text("update seat set is_ready = false where slot_id = :slot"), {"slot": slot}
        )
    with pytest.raises(SlotTaken):
        await hold_time(shared_database, lindby, amina, slot)


async def test_a_time_can_be_held_until_half_an_hour_before(
    shared_database: Database, lindby: Town
) -> None:
    amina = await arrive(shared_database, lindby)
    slot, *_ = await open_slots(shared_database, lindby)
    starts = (await starts_of(shared_database, lindby, slot)).starts
    half_an_hour_before = starts - timedelta(minutes=30)
    with pytest.raises(SlotTaken):
        await hold_time(shared_database, lindby, amina, slot, now=half_an_hour_before)
    earlier = half_an_hour_before - timedelta(seconds=1)
    booking = await hold_time(shared_database, lindby, amina, slot, now=earlier)
    assert booking.state == BookingState.HELD


async def test_an_unknown_time_is_gone(shared_database: Database, lindby: Town) -> None:
    amina = await arrive(shared_database, lindby)
    with pytest.raises(BookingGone):
        await hold_time(shared_database, lindby, amina, uuid4())


async def test_a_time_of_another_municipality_is_gone(
    shared_database: Database, lindby: Town
) -> None:
    amina = await arrive(shared_database, lindby)
    strandby = await find_town(shared_database, "strandby")
    foreign, *_ = await open_slots(shared_database, strandby)
    with pytest.raises(BookingGone):
        await hold_time(shared_database, lindby, amina, foreign)


async def test_a_second_hold_ends_the_first(shared_database: Database, lindby: Town) -> None:
    amina = await arrive(shared_database, lindby)
    first_slot, second_slot, *_ = await open_slots(shared_database, lindby)
    first = await hold_time(shared_database, lindby, amina, first_slot)
    second = await hold_time(shared_database, lindby, amina, second_slot)
    assert await state_of(shared_database, lindby, first) == BookingState.EXPIRED
    assert await seat_of(shared_database, lindby, first) is None
    assert await state_of(shared_database, lindby, second) == BookingState.HELD
    assert first_slot in await open_slots(shared_database, lindby)


async def test_the_same_time_can_be_held_once_more(shared_database: Database, lindby: Town) -> None:
    amina = await arrive(shared_database, lindby)
    slot, *_ = await open_slots(shared_database, lindby)
    await hold_time(shared_database, lindby, amina, slot)
    again = await hold_time(shared_database, lindby, amina, slot)
    assert await seat_of(shared_database, lindby, again) is not None
    assert await bookings(shared_database, lindby) == ["expired", "held"]


async def test_a_refused_hold_leaves_the_earlier_one(
    shared_database: Database, lindby: Town
) -> None:
    """The chat says "somebody was faster" and goes on in the same transaction."""
    amina, yusuf = [await arrive(shared_database, lindby) for _ in range(2)]
    hers, his, *_ = await open_slots(shared_database, lindby)
    held = await hold_time(shared_database, lindby, amina, hers)
    await book_time(shared_database, lindby, yusuf, his)
    async with shared_database.transaction(lindby.resident(amina)) as db:
        with pytest.raises(SlotTaken):
            await hold_slot(db, amina, his, NOW, None)
    assert await bookings(shared_database, lindby) == ["held", "confirmed"]
    assert await seat_of(shared_database, lindby, held) is not None


async def test_a_refused_hold_leaves_no_booking_without_a_seat(
    shared_database: Database, lindby: Town
) -> None:
    amina, yusuf = [await arrive(shared_database, lindby) for _ in range(2)]
    slot, *_ = await open_slots(shared_database, lindby)
    await book_time(shared_database, lindby, yusuf, slot)
    async with shared_database.transaction(lindby.resident(amina)) as db:
        with pytest.raises(SlotTaken):
            await hold_slot(db, amina, slot, NOW, None)
    assert await bookings(shared_database, lindby) == ["confirmed"]


async def test_who_has_a_coming_time_keeps_it(shared_database: Database, lindby: Town) -> None:
    amina = await arrive(shared_database, lindby)
    first, second, *_ = await open_slots(shared_database, lindby)
    booked = await book_time(shared_database, lindby, amina, first)
    async with shared_database.transaction(lindby.resident(amina)) as db:
        with pytest.raises(AlreadyBooked) as refusal:
            await hold_slot(db, amina, second, NOW, None)
        assert refusal.value.booking.id == booked.id
    assert await bookings(shared_database, lindby) == ["confirmed"]


async def test_the_database_allows_one_active_booking_per_resident_and_service(
    shared_database: Database, lindby: Town
) -> None:
    amina = await arrive(shared_database, lindby)
    slot, *_ = await open_slots(shared_database, lindby)
    booked = await book_time(shared_database, lindby, amina, slot)
    twin = Booking(
        body_id=booked.body_id,
        conversation_id=amina.id,
        service_id=booked.service_id,
        slot_id=slot,
        code="AAAAAA",
        language="ar",
    )
    with pytest.raises(IntegrityError, match="booking_active"):
        async with shared_database.transaction(lindby.system) as db:
            db.add(twin)


async def test_a_past_time_nobody_checked_in_does_not_stop_a_new_one(
    shared_database: Database, lindby: Town
) -> None:
    amina = await arrive(shared_database, lindby)
    first, *_, last = await open_slots(shared_database, lindby)
    missed = await book_time(shared_database, lindby, amina, first)
    after = (await starts_of(shared_database, lindby, first)).ends
    await hold_time(shared_database, lindby, amina, last, now=after)
    assert await state_of(shared_database, lindby, missed) == BookingState.NO_SHOW


async def test_confirming_keeps_the_seat_for_good(shared_database: Database, lindby: Town) -> None:
    amina = await arrive(shared_database, lindby)
    slot, *_ = await open_slots(shared_database, lindby)
    held = await hold_time(shared_database, lindby, amina, slot)
    booking = await confirm_time(shared_database, lindby, amina, held)
    assert (booking.state, booking.confirmed_at, booking.version) == ("confirmed", NOW, 2)
    seat = await seat_of(shared_database, lindby, booking)
    assert seat is not None
    assert (seat.slot_id, seat.hold_until) == (slot, None)


async def test_confirming_twice_is_confirming_once(shared_database: Database, lindby: Town) -> None:
    amina = await arrive(shared_database, lindby)
    slot, *_ = await open_slots(shared_database, lindby)
    booking = await book_time(shared_database, lindby, amina, slot)
    later = NOW + timedelta(minutes=1)
    again = await confirm_time(shared_database, lindby, amina, booking, later)
    assert (again.code, again.confirmed_at, again.version) == (booking.code, NOW, 2)


async def test_confirming_is_told_to_the_day_list(shared_database: Database, lindby: Town) -> None:
    amina = await arrive(shared_database, lindby)
    slot, *_ = await open_slots(shared_database, lindby)
    booking = await book_time(shared_database, lindby, amina, slot)
    told = text("select body_id from event where topic = 'day' and reference = :booking")
    async with shared_database.transaction(lindby.staff()) as db:
        bodies = await db.scalars(told, {"booking": str(booking.id)})
        assert bodies.all() == [lindby.bodies["integration"]]


async def test_an_expired_hold_frees_the_slot(shared_database: Database, lindby: Town) -> None:
    amina, yusuf = [await arrive(shared_database, lindby) for _ in range(2)]
    slot, *_ = await open_slots(shared_database, lindby)
    late = await hold_time(shared_database, lindby, amina, slot)
    await run_out(shared_database, lindby, late.id)
    booking = await book_time(shared_database, lindby, yusuf, slot)
    with pytest.raises(HoldExpired):
        await confirm_time(shared_database, lindby, amina, late)
    assert await state_of(shared_database, lindby, booking) == BookingState.CONFIRMED


async def test_an_expired_hold_cannot_be_confirmed_even_when_nobody_took_the_seat(
    shared_database: Database, lindby: Town
) -> None:
    amina = await arrive(shared_database, lindby)
    slot, *_ = await open_slots(shared_database, lindby)
    late = await hold_time(shared_database, lindby, amina, slot)
    await run_out(shared_database, lindby, late.id)
    with pytest.raises(HoldExpired):
        await confirm_time(shared_database, lindby, amina, late)
    booking = await book_time(shared_database, lindby, amina, slot)
    assert await state_of(shared_database, lindby, booking) == BookingState.CONFIRMED


async def test_a_cancelled_hold_cannot_be_confirmed(
    shared_database: Database, lindby: Town
) -> None:
    amina = await arrive(shared_database, lindby)
    slot, *_ = await open_slots(shared_database, lindby)
    held = await hold_time(shared_database, lindby, amina, slot)
    async with shared_database.transaction(lindby.resident(amina)) as db:
        await cancel_booking(db, held.id, NOW)
    with pytest.raises(HoldExpired):
        await confirm_time(shared_database, lindby, amina, held)


async def test_another_residents_hold_cannot_be_confirmed(
    shared_database: Database, lindby: Town
) -> None:
    amina, yusuf = [await arrive(shared_database, lindby) for _ in range(2)]
    slot, *_ = await open_slots(shared_database, lindby)
    held = await hold_time(shared_database, lindby, amina, slot)
    with pytest.raises(BookingGone):
        await confirm_time(shared_database, lindby, yusuf, held)


async def test_after_twenty_holds_in_an_hour_the_last_one_stays(
    shared_database: Database, lindby: Town
) -> None:
    amina = await arrive(shared_database, lindby)
    first, second, *_ = await open_slots(shared_database, lindby)
    async with shared_database.transaction(lindby.resident(amina)) as db:
        for number in range(20):
            await hold_slot(db, amina, (first, second)[number % 2], NOW, None)
        with pytest.raises(TooMany):
            await hold_slot(db, amina, first, NOW, None)
    assert sorted(await bookings(shared_database, lindby)) == ["expired"] * 19 + ["held"]
    assert second not in await open_slots(shared_database, lindby)


async def test_a_resident_confirms_three_times_a_week(
    shared_database: Database, lindby: Town
) -> None:
    amina = await arrive(shared_database, lindby)
    slot, *_ = await open_slots(shared_database, lindby)
    for _ in range(3):
        booking = await book_time(shared_database, lindby, amina, slot)
        async with shared_database.transaction(lindby.resident(amina)) as db:
            await cancel_booking(db, booking.id, NOW)
    held = await hold_time(shared_database, lindby, amina, slot)
    async with shared_database.transaction(lindby.resident(amina)) as db:
        with pytest.raises(TooMany):
            await confirm(db, held.id, NOW)
    assert await state_of(shared_database, lindby, held) == BookingState.HELD
    seat = await seat_of(shared_database, lindby, held)
    assert seat is not None
    assert seat.hold_until is not None


async def test_a_hold_that_ran_out_does_not_count_as_one_of_the_three(
    shared_database: Database, lindby: Town
) -> None:
    amina = await arrive(shared_database, lindby)
    slot, *_ = await open_slots(shared_database, lindby)
    for _ in range(3):
        late = await hold_time(shared_database, lindby, amina, slot)
        await run_out(shared_database, lindby, late.id)
        async with shared_database.transaction(lindby.resident(amina)) as db:
            with pytest.raises(HoldExpired):
                await confirm(db, late.id, NOW)
    booking = await book_time(shared_database, lindby, amina, slot)
    assert booking.state == BookingState.CONFIRMED


async def test_a_code_that_is_in_use_is_not_given_again(
    shared_database: Database, lindby: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    amina, yusuf = [await arrive(shared_database, lindby) for _ in range(2)]
    first, second, *_ = await open_slots(shared_database, lindby)
    codes = iter(["K7M4QX", "K7M4QX", "P2R3ST"])
    monkeypatch.setattr(hold, "new_code", lambda: next(codes))
    hers = await hold_time(shared_database, lindby, amina, first)
    his = await hold_time(shared_database, lindby, yusuf, second)
    assert (hers.code, his.code) == ("K7M4QX", "P2R3ST")
