"""More or fewer seats at one time than its series gives, as staff decide for that day."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.live import announce
from booking.bookings import Booking
from booking.free_times import is_free
from booking.sessions import Seat, Slot


class StillBooked(Exception):
    """More seats are booked or held than shall be left; `codes` are of the bookings in the way."""

    def __init__(self, codes: list[str]) -> None:
        super().__init__(*codes)
        self.codes = codes


class CannotChange(Exception):
    """The time has begun, or nobody is there who could receive one more."""


async def reduce_seats(db: AsyncSession, slot_id: UUID, seats: int, now: datetime) -> int:
    """Free seats go, the last ones first, until so many are left. Returns how many went; raises
    StillBooked and then takes none."""
    slot = await _lock_slot(db, slot_id, now)
    of_slot = select(Seat).where(Seat.slot_id == slot.id)
    # Locked first and judged afterwards: a hold that was being made meanwhile is seen.
    everything = list(await db.scalars(of_slot.order_by(Seat.seat_no).with_for_update()))
    free = list(await db.scalars(of_slot.where(is_free()).order_by(Seat.seat_no.desc())))
    surplus = max(0, len(everything) - seats)
    if surplus > len(free):
        raise StillBooked(await _codes(db, slot.id))
    for seat in free[:surplus]:
        await db.delete(seat)
    await announce(db, "day", str(slot.id), slot.body_id)
    return surplus


async def add_seat(
    db: AsyncSession, slot_id: UUID, staff_id: UUID, reason: str, now: datetime
) -> Seat:
    """One seat beside the series. No chair of its own: those who are there receive one more."""
    slot = await _lock_slot(db, slot_id, now)
    seats = list(await db.scalars(select(Seat).where(Seat.slot_id == slot.id)))
    ready = [seat for seat in seats if seat.is_ready]
    if not ready:
        raise CannotChange
    extra = Seat(
        body_id=slot.body_id,
        slot_id=slot.id,
        seat_no=max(seat.seat_no for seat in seats) + 1,
        languages=sorted({language for seat in ready for language in seat.languages}),
        staff_languages=sorted({language for seat in ready for language in seat.staff_languages}),
        reason=reason,
        added_by=staff_id,
    )
    db.add(extra)
    await announce(db, "day", str(slot.id), slot.body_id)
    return extra


async def _lock_slot(db: AsyncSession, slot_id: UUID, now: datetime) -> Slot:
    """One change of a time's seats after the other; who books is not held up by this lock."""
    slot = await db.scalar(select(Slot).where(Slot.id == slot_id).with_for_update(key_share=True))
    if slot is None or slot.starts <= now:
        raise CannotChange
    return slot


async def _codes(db: AsyncSession, slot_id: UUID) -> list[str]:
    return list(
        await db.scalars(
            select(Booking.code)
            .join(Seat, Seat.booking_id == Booking.id)
            .where(Seat.slot_id == slot_id, is_free().is_not(True))
            .order_by(Booking.code)
        )
    )
