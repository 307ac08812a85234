"""Moving a booking to another time: the new seat is taken before the old one is let go."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import any_, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.live import announce
from booking.bookings import Booking, BookingGone, BookingState, has_begun, lock_booking
from booking.free_times import LEAD, is_free
from booking.hold import SlotTaken, release
from booking.sessions import Seat, Session, Slot


class BookingChanged(Exception):
    """It is not any more what was seen when the new time was chosen."""


async def move_booking(
    db: AsyncSession,
    booking_id: UUID,
    slot_id: UUID,
    now: datetime,
    *,
    seen_version: int | None = None,
) -> Booking:
    """Same booking, same code, new time. Moving to the time it already has changes nothing."""
    booking = await lock_booking(db, booking_id)
    if booking.state != BookingState.CONFIRMED or await has_begun(db, booking, now):
        raise BookingGone
    if booking.slot_id == slot_id:
        return booking
    if seen_version not in (None, booking.version):
        raise BookingChanged
    seat = await _lock_free_seat(db, booking, slot_id, now)
    await release(db, booking)
    seat.booking_id = booking.id
    seat.hold_until = None
    booking.slot_id = slot_id
    booking.sequence += 1
    booking.version += 1
    await announce(db, "day", str(booking.id), booking.body_id)
    return booking


async def _lock_free_seat(db: AsyncSession, booking: Booking, slot_id: UUID, now: datetime) -> Seat:
    await _check_open(db, slot_id)
    query = (
        select(Seat)
        .join(Slot, Slot.id == Seat.slot_id)
        .join(Session, Session.id == Slot.session_id)
        .where(
            Slot.id == slot_id,
            Slot.starts > now + LEAD,
            Session.service_id == booking.service_id,
            Seat.is_ready,
            literal(booking.language) == any_(Seat.languages),
            is_free(),
        )
        .order_by(Seat.seat_no)
        .limit(1)
        .execution_options(populate_existing=True)
    )
    for skip_locked in (True, False):
        seat = await db.scalar(query.with_for_update(of=Seat, skip_locked=skip_locked))
        if seat:
            return seat
    raise SlotTaken


async def _check_open(db: AsyncSession, slot_id: UUID) -> None:
    """The lock is shared: whoever closes the day waits, and then sees what was moved there."""
    is_closed = await db.scalar(
        select(Session.is_closed)
        .join(Slot, Slot.session_id == Session.id)
        .where(Slot.id == slot_id)
        .with_for_update(read=True, of=Session)
    )
    if is_closed is not False:
        raise SlotTaken
