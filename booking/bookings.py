"""The booking of one seat: its code, its link, and finding it again."""

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from backend.db import Id, MunicipalityId, Table
from booking.sessions import Slot

# No I, O, 0 and 1: the code is read aloud and copied by hand.
CODE_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
# Together 48 bytes, so that the token needs no padding.
ID_BYTES, SEAL_BYTES = 16, 32


class BookingState(StrEnum):
    HELD = "held"
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    ATTENDED = "attended"
    NO_SHOW = "no_show"


class Booking(Table):
    __tablename__ = "booking"
    municipality_id: Mapped[MunicipalityId]
    body_id: Mapped[UUID]
    id: Mapped[Id]
    conversation_id: Mapped[UUID | None]
    service_id: Mapped[UUID]
    slot_id: Mapped[UUID]
    code: Mapped[str]
    language: Mapped[str]
    topic: Mapped[str | None]
    state: Mapped[str] = mapped_column(default=BookingState.HELD)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    confirmed_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    sequence: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=1)


class BookingGone(Exception):
    """The booking is cancelled, over, or was never there."""


def new_code() -> str:
    return "".join(secrets.choice(CODE_ALPHABET) for _ in range(6))


def spaced(code: str) -> str:
    """K7M4QX -> K7M 4QX, as people read it out."""
    return f"{code[:3]} {code[3:]}"


def link_token(secret_key: str, kind: str, row_id: UUID) -> str:
    """The last part of a link: an id under our seal, made anew each time; its hash is stored."""
    return urlsafe_b64encode(row_id.bytes + _seal(secret_key, kind, row_id)).decode()


def linked_id(secret_key: str, kind: str, token: str) -> UUID | None:
    """The id that a link was made for, or None when we did not make it."""
    try:
        content = urlsafe_b64decode(token)
    except ValueError:
        return None
    if len(content) != ID_BYTES + SEAL_BYTES:
        return None
    row_id = UUID(bytes=content[:ID_BYTES])
    is_ours = hmac.compare_digest(content[ID_BYTES:], _seal(secret_key, kind, row_id))
    return row_id if is_ours else None


def _seal(secret_key: str, kind: str, row_id: UUID) -> bytes:
    return hmac.digest(secret_key.encode(), f"{kind}|{row_id}".encode(), hashlib.sha256)


async def find_booking(db: AsyncSession, booking_id: UUID) -> Booking:
    booking = await db.scalar(select(Booking).where(Booking.id == booking_id))
    if booking is None:
        raise BookingGone
    return booking


async def lock_booking(db: AsyncSession, booking_id: UUID) -> Booking:
    booking = await db.scalar(
        select(Booking)
        .where(Booking.id == booking_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if booking is None:
        raise BookingGone
    return booking


async def has_begun(db: AsyncSession, booking: Booking, now: datetime) -> bool:
    """From its first minute on, a time is for reception to close, not for the resident."""
    starts = (await db.scalars(select(Slot.starts).where(Slot.id == booking.slot_id))).one()
    return starts <= now


async def coming_bookings(
    db: AsyncSession, conversation_id: UUID, now: datetime
) -> list[tuple[Booking, Slot]]:
    """Confirmed bookings of a conversation that are not over, soonest first."""
    rows = await db.execute(
        select(Booking, Slot)
        .join(Slot, Slot.id == Booking.slot_id)
        .where(
            Booking.conversation_id == conversation_id,
            Booking.state == BookingState.CONFIRMED,
            Slot.ends > now,
        )
        .order_by(Slot.starts)
    )
    return [(booking, slot) for booking, slot in rows]
