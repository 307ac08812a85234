"""Nobody sits on chairs in two places at once: the database refuses it."""

import asyncio
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from backend.db import Database
from booking.sessions import ChairAssignment, Seat, Slot
from tests.people import Town, open_slots


async def chair_somewhere_else(db: AsyncSession, staff_id: UUID, other: Slot) -> ChairAssignment:
    """A second place for a person at the time of another slot."""
    seat = Seat(
        body_id=other.body_id, slot_id=other.id, seat_no=9, languages=["ar"], staff_languages=[]
    )
    db.add(seat)
    await db.flush()
    chair = ChairAssignment(
        body_id=other.body_id,
        seat_id=seat.id,
        chair="social_worker",
        staff_id=staff_id,
        during=Range(other.starts, other.ends),
    )
    db.add(chair)
    await db.flush()
    return chair


async def first_chair(database: Database, town: Town) -> tuple[UUID, Slot]:
    slot_id, *_ = await open_slots(database, town)
    async with database.transaction(town.system) as db:
        slot = (await db.scalars(select(Slot).where(Slot.id == slot_id))).one()
        staff_id = await db.scalar(
            select(ChairAssignment.staff_id)
            .join(Seat, Seat.id == ChairAssignment.seat_id)
            .where(Seat.slot_id == slot_id, ChairAssignment.chair == "social_worker")
        )
    assert staff_id is not None
    return staff_id, slot


async def test_nobody_sits_in_two_places_at_once(database: Database, lindby_anew: Town) -> None:
    maria, slot = await first_chair(database, lindby_anew)
    with pytest.raises(IntegrityError, match="one_person_one_place"):
        async with database.transaction(lindby_anew.system) as db:
            await chair_somewhere_else(db, maria, slot)


async def test_of_two_who_seat_one_person_at_once_one_wins(
    database: Database, lindby_anew: Town
) -> None:
    maria, slot = await first_chair(database, lindby_anew)
    async with database.transaction(lindby_anew.system) as db:
        await db.execute(text("delete from chair_assignment"))
        slots = list(await db.scalars(select(Slot).where(Slot.starts == slot.starts)))
        later = list(
            await db.scalars(select(Slot).where(Slot.starts > slot.starts).order_by(Slot.starts))
        )
    overlapping = later[0]
    overlapping.starts = slots[0].starts

    async def seat_her(where: Slot) -> None:
        async with database.transaction(lindby_anew.system) as db:
            await chair_somewhere_else(db, maria, where)

    ended = await asyncio.gather(seat_her(slots[0]), seat_her(overlapping), return_exceptions=True)
    assert sorted(type(end).__name__ for end in ended) == ["IntegrityError", "NoneType"]


async def test_a_person_may_sit_in_one_place_after_another(
    database: Database, lindby_anew: Town
) -> None:
    """The demo's own day is like this: one slot ends where the next begins."""
    maria, slot = await first_chair(database, lindby_anew)
    async with database.transaction(lindby_anew.system) as db:
        during = await db.scalars(
            select(ChairAssignment.during)
            .where(ChairAssignment.staff_id == maria)
            .order_by(ChairAssignment.during)
            .limit(2)
        )
        first, second = during.all()
    assert (first.lower, first.upper, first.upper) == (slot.starts, slot.ends, second.lower)
