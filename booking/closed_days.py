"""Days that are closed after their sessions were made: nothing new is booked there, and what is
booked already is named, so that staff can act."""

import logging
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.live import announce
from booking.bookings import Booking
from booking.free_times import is_free
from booking.sessions import Seat, Session, Slot
from content.locale_format import local_day
from content.municipality import Municipality, Service, ServiceKind
from content.opening import closed_reason

log = logging.getLogger(__name__)


async def close_days(
    db: AsyncSession, source: Municipality, services: Mapping[str, UUID], now: datetime
) -> list[str]:
    """Closes coming sessions as the file says, and opens them when it does not say so any more.
    Returns the codes of the bookings on closed days, soonest first."""
    for service in source.services:
        await _follow_file(db, service, services[service.key], now)
    codes = await _booked_on_closed_days(db, now)
    if codes:
        log.warning("%s has bookings on closed days: %s", source.slug, ", ".join(codes))
    return codes


async def _follow_file(db: AsyncSession, service: Service, service_id: UUID, now: datetime) -> None:
    topic = "drop_in" if service.kind is ServiceKind.DROP_IN else "day"
    sessions = await db.scalars(
        select(Session)
        .where(Session.service_id == service_id, Session.ends > now)
        .order_by(Session.starts)
    )
    for session in sessions:
        day = local_day(session.starts, service.calendar.time_zone)
        is_closed = closed_reason(service.calendar, day) is not None
        if session.is_closed != is_closed:
            session.is_closed = is_closed
            await announce(db, topic, str(session.id), session.body_id)
    await db.flush()


async def _booked_on_closed_days(db: AsyncSession, now: datetime) -> list[str]:
    codes = await db.scalars(
        select(Booking.code)
        .join(Seat, Seat.booking_id == Booking.id)
        .join(Slot, Slot.id == Seat.slot_id)
        .join(Session, Session.id == Slot.session_id)
        .where(Session.is_closed, Slot.ends > now, is_free().is_not(True))
        .order_by(Slot.starts, Booking.code)
    )
    return list(codes)
