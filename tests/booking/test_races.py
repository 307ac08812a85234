"""Many at once: real transactions on real rows. Each guard has its negative control, the same
test with the guard taken out, which must fail."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from backend.conversation import Channel, Conversation
from backend.db import Database
from booking import hold
from booking.bookings import Booking, BookingGone, BookingState
from booking.cancel_booking import cancel_booking
from booking.drop_in import Ticket, call_next
from booking.hold import HoldExpired, SlotTaken, confirm, hold_slot
from booking.move_booking import move_booking
from booking.sessions import Seat
from tests.conftest import NOW
from tests.people import (
    Town,
    add_seats,
    arrive,
    book_time,
    hold_time,
    open_slots,
    run_out,
    take_number,
)

DOORS_OPEN = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
AT_ONCE = 25  # Connections; the pool has thirty.


async def all_at_once(deeds: list[Coroutine[Any, Any, Any]]) -> Counter[str]:
    """Runs them on as many connections as the pool gives; counts how they ended."""
    limit = asyncio.Semaphore(AT_ONCE)

    async def limited(deed: Coroutine[Any, Any, Any]) -> Any:
        async with limit:
            return await deed

    ended = await asyncio.gather(*map(limited, deeds), return_exceptions=True)
    return Counter(type(end).__name__ for end in ended)


async def crowd(database: Database, town: Town, count: int) -> list[Conversation]:
    async with database.transaction(town.system) as db:
        people = [Conversation(channel=Channel.WEB, language="ar") for _ in range(count)]
        db.add_all(people)
    return people


async def book(database: Database, town: Town, resident: Conversation, slot: UUID) -> Booking:
    async with database.transaction(town.resident(resident)) as db:
        booking = await hold_slot(db, resident, slot, NOW, None)
        return await confirm(db, booking.id, NOW)


async def rush(database: Database, town: Town, people: int, slot: UUID) -> Counter[str]:
    residents = await crowd(database, town, people)
    return await all_at_once([book(database, town, resident, slot) for resident in residents])


async def confirmed_on(database: Database, town: Town, slot: UUID) -> int:
    async with database.transaction(town.system) as db:
        query = select(Booking.id).where(
            Booking.slot_id == slot, Booking.state == BookingState.CONFIRMED
        )
        return len(list(await db.scalars(query)))


async def check_then_take(db: AsyncSession, booking_id: UUID, slot_id: UUID, language: str) -> UUID:
    """What a naive program does: looks for a free seat, then takes it."""
    free = select(Seat.id).where(Seat.slot_id == slot_id, Seat.booking_id.is_(None)).limit(1)
    seat_id = await db.scalar(free)
    if seat_id is None:
        raise SlotTaken
    await asyncio.sleep(0.1)
    take = text(
        "update seat set booking_id = :booking, hold_until = now() + interval '10 minutes'"
        " where id = :seat and :language = any(languages)"
    )
    await db.execute(take, {"booking": booking_id, "seat": seat_id, "language": language})
    return seat_id


async def test_of_fifty_on_one_free_slot_exactly_one_wins(
    shared_database: Database, lindby: Town
) -> None:
    slot, *_ = await open_slots(shared_database, lindby)
    ended = await rush(shared_database, lindby, 50, slot)
    assert ended == {"Booking": 1, "SlotTaken": 49}
    assert await confirmed_on(shared_database, lindby, slot) == 1


async def test_of_256_on_twenty_seats_exactly_twenty_win(
    shared_database: Database, lindby: Town
) -> None:
    slot, *_ = await open_slots(shared_database, lindby)
    await add_seats(shared_database, lindby, slot, 19)
    ended = await rush(shared_database, lindby, 256, slot)
    assert ended == {"Booking": 20, "SlotTaken": 236}
    assert await confirmed_on(shared_database, lindby, slot) == 20


async def test_without_the_guard_the_slot_is_oversold(
    shared_database: Database, lindby: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control of the two tests above. One seat is overwritten by each who saw it
    free, and each is told that the time is held."""
    monkeypatch.setattr(hold, "take_seat", check_then_take)
    slot, *_ = await open_slots(shared_database, lindby)
    residents = await crowd(shared_database, lindby, 10)
    ended = await all_at_once(
        [hold_time(shared_database, lindby, resident, slot) for resident in residents]
    )
    assert ended["Booking"] > 1


async def test_a_seat_that_a_failed_booking_gave_back_is_not_lost(
    shared_database: Database, lindby: Town
) -> None:
    """The one who waits for the locked seat gets it when the first transaction rolls back."""
    amina, yusuf = [await arrive(shared_database, lindby) for _ in range(2)]
    slot, *_ = await open_slots(shared_database, lindby)
    async with shared_database.transaction(lindby.resident(amina)) as db:
        await hold_slot(db, amina, slot, NOW, None)
        waiting = asyncio.create_task(hold_time(shared_database, lindby, yusuf, slot))
        await is_blocked(waiting)
        await db.rollback()
    assert (await waiting).conversation_id == yusuf.id


async def is_blocked(task: "asyncio.Task[Any]") -> None:
    """It has had time to finish and waits for a lock instead."""
    done, _ = await asyncio.wait([task], timeout=0.3)
    assert not done


Deed = Callable[[AsyncSession], Awaitable[object]]


async def interleave(
    database: Database, town: Town, order: str, deeds: dict[str, Deed]
) -> dict[str, str]:
    """Two transactions whose steps come in one order: small letter acts, capital letter commits.
    A step that waits for the other's lock goes on as soon as it can."""
    turns = {name: asyncio.Event() for name in (*deeds, *map(str.upper, deeds))}
    ends: dict[str, str] = {}

    async def one(name: str, deed: Deed) -> None:
        await turns[name].wait()
        try:
            async with database.transaction(town.system) as db:
                await deed(db)
                await turns[name.upper()].wait()
            ends[name] = "done"
        except (BookingGone, HoldExpired, SlotTaken) as refusal:
            ends[name] = type(refusal).__name__

    tasks = [asyncio.create_task(one(name, deed)) for name, deed in deeds.items()]
    for step in order:
        turns[step].set()
        await asyncio.wait(tasks, timeout=0.06)
    await asyncio.gather(*tasks)
    return ends


ORDERS = ["aAbB", "abAB", "abBA", "baAB", "baBA", "bBaA"]
every_order = pytest.mark.parametrize("order", ORDERS)


async def is_whole(database: Database, town: Town) -> bool:
    """Each held or confirmed booking has one seat at its own time, and no seat has another."""
    async with database.transaction(town.system) as db:
        active = await db.scalars(
            select(Booking).where(Booking.state.in_([BookingState.HELD, BookingState.CONFIRMED]))
        )
        seats = await db.scalars(select(Seat).where(Seat.booking_id.is_not(None)))
        places = sorted((str(seat.booking_id), str(seat.slot_id)) for seat in seats)
        return places == sorted((str(row.id), str(row.slot_id)) for row in active)


@every_order
async def test_two_holds_on_one_seat_in_every_order(
    shared_database: Database, lindby: Town, order: str
) -> None:
    amina, yusuf = [await arrive(shared_database, lindby) for _ in range(2)]
    slot, *_ = await open_slots(shared_database, lindby)
    ends = await interleave(
        shared_database,
        lindby,
        order,
        {
            "a": lambda db: hold_slot(db, amina, slot, NOW, None),
            "b": lambda db: hold_slot(db, yusuf, slot, NOW, None),
        },
    )
    first, second = order[0], "b" if order[0] == "a" else "a"
    assert ends == {first: "done", second: "SlotTaken"}
    assert await is_whole(shared_database, lindby)


@every_order
async def test_two_moves_to_one_seat_in_every_order(
    shared_database: Database, lindby: Town, order: str
) -> None:
    amina, yusuf = [await arrive(shared_database, lindby) for _ in range(2)]
    hers, his, third, *_ = await open_slots(shared_database, lindby)
    one = await book_time(shared_database, lindby, amina, hers)
    two = await book_time(shared_database, lindby, yusuf, his)
    ends = await interleave(
        shared_database,
        lindby,
        order,
        {
            "a": lambda db: move_booking(db, one.id, third, NOW),
            "b": lambda db: move_booking(db, two.id, third, NOW),
        },
    )
    first, second = order[0], "b" if order[0] == "a" else "a"
    assert ends == {first: "done", second: "SlotTaken"}
    assert await is_whole(shared_database, lindby)


@every_order
async def test_a_late_confirmation_and_the_next_hold_in_every_order(
    shared_database: Database, lindby: Town, order: str
) -> None:
    """The hold has run out: whoever comes first, the late one loses, the next one may win."""
    amina, yusuf = [await arrive(shared_database, lindby) for _ in range(2)]
    slot, *_ = await open_slots(shared_database, lindby)
    late = await hold_time(shared_database, lindby, amina, slot)
    await run_out(shared_database, lindby, late.id)
    ends = await interleave(
        shared_database,
        lindby,
        order,
        {
            "a": lambda db: confirm(db, late.id, NOW),
            "b": lambda db: hold_slot(db, yusuf, slot, NOW, None),
        },
    )
    assert ends == {"a": "HoldExpired", "b": "done"}


@every_order
async def test_cancelling_and_moving_one_booking_in_every_order(
    shared_database: Database, lindby: Town, order: str
) -> None:
    amina = await arrive(shared_database, lindby)
    before = await open_slots(shared_database, lindby)
    booking = await book_time(shared_database, lindby, amina, before[0])
    ends = await interleave(
        shared_database,
        lindby,
        order,
        {
            "a": lambda db: cancel_booking(db, booking.id, NOW),
            "b": lambda db: move_booking(db, booking.id, before[1], NOW),
        },
    )
    assert ends == {"a": "done", "b": "done" if order[0] == "b" else "BookingGone"}
    assert await open_slots(shared_database, lindby) == before


async def test_two_receptionists_who_call_at_once_call_two_numbers(
    shared_database: Database, lindby: Town
) -> None:
    tickets = [await take_number(shared_database, lindby, "ar", DOORS_OPEN) for _ in range(20)]
    lane = tickets[0].lane_id

    async def call() -> int | None:
        async with shared_database.transaction(lindby.staff()) as db:
            ticket = await call_next(db, lane, DOORS_OPEN)
            return ticket.number if ticket else None

    pairs = [tuple(await asyncio.gather(call(), call())) for _ in range(11)]
    called = [number for pair in pairs for number in pair if number]
    assert sorted(called) == list(range(1, 21))
    assert pairs[-1] == (None, None)


async def test_while_one_call_is_not_ended_the_next_number_is_called(
    shared_database: Database, lindby: Town
) -> None:
    tickets = [await take_number(shared_database, lindby, "ar", DOORS_OPEN) for _ in range(2)]
    lane = tickets[0].lane_id
    async with shared_database.transaction(lindby.staff()) as one:
        first = await call_next(one, lane, DOORS_OPEN)
        async with shared_database.transaction(lindby.staff()) as other:
            second = await call_next(other, lane, DOORS_OPEN)
    assert first is not None
    assert second is not None
    assert (first.number, second.number) == (1, 2)


async def test_twenty_tickets_in_two_lanes_keep_one_order(
    shared_database: Database, lindby: Town
) -> None:
    """Phones and paper together, in no order at all."""
    residents = await crowd(shared_database, lindby, 10)
    deeds: list[Coroutine[Any, Any, Ticket]] = []
    for place, resident in enumerate(residents):
        phone, paper = ("ar", "uk") if place % 2 else ("uk", "ar")
        deeds.append(take_number(shared_database, lindby, phone, DOORS_OPEN, resident.id))
        deeds.append(take_number(shared_database, lindby, paper, DOORS_OPEN))
    assert await all_at_once(list(deeds)) == {"Ticket": 20}
    async with shared_database.transaction(lindby.system) as db:
        rows = await db.execute(
            text(
                "select letter, array_agg(number order by number) from ticket"
                " join lane on lane.id = lane_id group by letter order by letter"
            )
        )
        assert [tuple(row) for row in rows] == [
            ("B", list(range(1, 11))),
            ("C", list(range(1, 11))),
        ]


async def test_a_number_is_committed_before_the_next_is_given(
    shared_database: Database, lindby: Town
) -> None:
    """Number order is commit order: nobody is called before somebody with a lower number who
    is still on the way into the queue."""
    service_scope = lindby.staff()
    first = await take_number(shared_database, lindby, "ar", DOORS_OPEN)
    async with shared_database.transaction(service_scope) as db:
        raise_number = text("update lane set last_number = last_number + 1 where id = :lane")
        await db.execute(raise_number, {"lane": first.lane_id})
        waiting = asyncio.create_task(take_number(shared_database, lindby, "ar", DOORS_OPEN))
        await is_blocked(waiting)
    assert (await waiting).number == 3
