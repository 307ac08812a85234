"""Cancelling a booking: the seat is free for the next person in the same transaction."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from backend.live import announce
from booking.bookings import Booking, BookingGone, BookingState, has_begun, lock_booking
from booking.hold import release


async def cancel_booking(db: AsyncSession, booking_id: UUID, now: datetime) -> Booking:
    """held or confirmed -> cancelled. Cancelling twice is cancelling once."""
    booking = await lock_booking(db, booking_id)
    if booking.state == BookingState.CANCELLED:
        return booking
    if booking.state not in (BookingState.HELD, BookingState.CONFIRMED):
        raise BookingGone
    if await has_begun(db, booking, now):
        raise BookingGone
    await release(db, booking)
    booking.state = BookingState.CANCELLED
    booking.ended_at = now
    booking.sequence += 1
    booking.version += 1
    await announce(db, "day", str(booking.id), booking.body_id)
    return booking
