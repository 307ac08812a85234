"""Which times a resident can still choose."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import any_, func, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql import ColumnElement

from booking.sessions import Seat, Session, Slot

# Nobody can come within the next half hour, and staff plan six weeks ahead.
LEAD = timedelta(minutes=30)
HORIZON = timedelta(weeks=6)


@dataclass(frozen=True)
class FreeTime:
    slot_id: UUID
    starts: datetime
    ends: datetime
    time_zone: str


def is_free() -> ColumnElement[bool]:
    """A seat nobody has, or whose hold has run out; judged by the database's clock."""
    return or_(Seat.booking_id.is_(None), Seat.hold_until < func.now())


async def free_times(
    db: AsyncSession, service_id: UUID, language: str, now: datetime, *, limit: int = 200
) -> list[FreeTime]:
    """Times with a ready seat that can serve the language, soonest first."""
    rows = await db.execute(
        select(Slot.id, Slot.starts, Slot.ends, Slot.time_zone)
        .join(Session, Session.id == Slot.session_id)
        .join(Seat, Seat.slot_id == Slot.id)
        .where(
            Session.service_id == service_id,
            Session.is_closed.is_(False),
            Slot.starts > now + LEAD,
            Slot.starts < now + HORIZON,
            Seat.is_ready,
            literal(language) == any_(Seat.languages),
            is_free(),
        )
        .group_by(Slot.municipality_id, Slot.id)
        .order_by(Slot.starts)
        .limit(limit)
    )
    return [FreeTime(*row) for row in rows]
