"""Who came and who did not. Reception may take it back while the day lasts."""

from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.live import announce
from booking.bookings import Booking, BookingGone, BookingState, lock_booking
from booking.sessions import Slot
from content.locale_format import local_day


class NotTheDay(Exception):
    """Too early to say, or too late to take it back."""


class CannotUndo(Exception):
    """The resident has booked another time of this service meanwhile."""


async def check_in(db: AsyncSession, booking_id: UUID, now: datetime) -> Booking:
    """confirmed -> attended, on the day or after it. Twice is once."""
    booking = await lock_booking(db, booking_id)
    slot = await _slot(db, booking)
    if _day(slot, slot.starts) > _day(slot, now):
        raise NotTheDay
    return await _end(db, booking, BookingState.ATTENDED, now)


async def mark_no_show(db: AsyncSession, booking_id: UUID, now: datetime) -> Booking:
    """confirmed -> no_show, once the time has begun. Twice is once."""
    booking = await lock_booking(db, booking_id)
    slot = await _slot(db, booking)
    if slot.starts > now:
        raise NotTheDay
    return await _end(db, booking, BookingState.NO_SHOW, now)


async def undo(db: AsyncSession, booking_id: UUID, now: datetime) -> Booking:
    """attended or no_show -> confirmed, while the day lasts."""
    booking = await lock_booking(db, booking_id)
    if booking.state == BookingState.CONFIRMED:
        return booking
    if booking.state not in (BookingState.ATTENDED, BookingState.NO_SHOW):
        raise BookingGone
    slot = await _slot(db, booking)
    if _day(slot, slot.starts) != _day(slot, now):
        raise NotTheDay
    if await _has_another(db, booking):
        raise CannotUndo
    return await _change(db, booking, BookingState.CONFIRMED, None)


async def _end(db: AsyncSession, booking: Booking, state: BookingState, now: datetime) -> Booking:
    if booking.state == state:
        return booking
    if booking.state != BookingState.CONFIRMED:
        raise BookingGone
    return await _change(db, booking, state, now)


async def _change(
    db: AsyncSession, booking: Booking, state: BookingState, ended_at: datetime | None
) -> Booking:
    booking.state = state
    booking.ended_at = ended_at
    booking.version += 1
    await announce(db, "day", str(booking.id), booking.body_id)
    return booking


async def _has_another(db: AsyncSession, booking: Booking) -> bool:
    """One active booking per resident and service; the unique key has the last word."""
    if booking.conversation_id is None:
        return False
    found = await db.scalar(
        select(Booking.id).where(
            Booking.conversation_id == booking.conversation_id,
            Booking.service_id == booking.service_id,
            Booking.state.in_([BookingState.HELD, BookingState.CONFIRMED]),
        )
    )
    return found is not None


async def _slot(db: AsyncSession, booking: Booking) -> Slot:
    return (await db.scalars(select(Slot).where(Slot.id == booking.slot_id))).one()


def _day(slot: Slot, moment: datetime) -> date:
    return local_day(moment, ZoneInfo(slot.time_zone))
