"""Taking a seat for ten minutes, and confirming it."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from backend.conversation import Conversation
from backend.live import announce
from backend.places import Service
from backend.rate_limit import count
from booking.bookings import Booking, BookingGone, BookingState, lock_booking, new_code
from booking.free_times import LEAD
from booking.sessions import Seat, Session, Slot

HOLD = timedelta(minutes=10)
BOOKINGS_PER_WEEK = 3
HOLDS_PER_HOUR = 20

# Seats that serve fewer languages go first, so that an interpreter stays for who needs one.
# A seat whose transaction has not ended is skipped at first: many clients take different
# seats at once. The second statement waits for such a seat, because it may become free again.
TAKE_SEAT = """
    update seat set booking_id = :booking_id, hold_until = now() + interval '10 minutes'
    where (municipality_id, id) = (
        select municipality_id, id from seat
        where slot_id = :slot_id and is_ready and :language = any(languages)
            and (booking_id is null or hold_until < now())
        order by cardinality(languages), seat_no limit 1
        for update {skip})
    returning id
"""


class SlotTaken(Exception):
    """No free seat is left at this time."""


class HoldExpired(Exception):
    """The ten minutes are over and the seat is no longer held."""


class AlreadyBooked(Exception):
    """One coming booking per resident and service."""

    def __init__(self, booking: Booking) -> None:
        super().__init__(booking.code)
        self.booking = booking


async def hold_slot(
    db: AsyncSession,
    conversation: Conversation,
    slot_id: UUID,
    now: datetime,
    topic: str | None,
    *,
    language: str | None = None,
) -> Booking:
    """Holds one seat with all its chairs; an earlier unconfirmed hold of the resident ends.
    The meeting is in the language of the conversation if no other was asked for.
    A refusal leaves everything as it was: the caller may go on in its transaction."""
    spoken = language or conversation.language
    async with db.begin_nested():
        slot, service = await _bookable(db, slot_id, now)
        await _end_former(db, conversation.id, service.id, now)
        await count(db, f"hold:{conversation.id}", limit=HOLDS_PER_HOUR, window=timedelta(hours=1))
        booking = await _add(
            db,
            body_id=service.body_id,
            conversation_id=conversation.id,
            service_id=service.id,
            slot_id=slot.id,
            language=spoken,
            topic=topic,
        )
        await take_seat(db, booking.id, slot.id, spoken)
    return booking


async def take_seat(db: AsyncSession, booking_id: UUID, slot_id: UUID, language: str) -> UUID:
    values = {"booking_id": booking_id, "slot_id": slot_id, "language": language}
    for skip in ("skip locked", ""):
        seat_id: UUID | None = await db.scalar(text(TAKE_SEAT.format(skip=skip)), values)
        if seat_id:
            return seat_id
    raise SlotTaken


async def confirm(db: AsyncSession, booking_id: UUID, now: datetime) -> Booking:
    """held -> confirmed. Confirming twice is confirming once; a refusal changes nothing."""
    booking = await lock_booking(db, booking_id)
    if booking.state == BookingState.CONFIRMED:
        return booking
    if booking.state != BookingState.HELD:
        raise HoldExpired
    async with db.begin_nested():
        await _week_limit(db, booking)
        await _keep_seat(db, booking.id)
    booking.state = BookingState.CONFIRMED
    booking.confirmed_at = now
    booking.version += 1
    await announce(db, "day", str(booking.id), booking.body_id)
    return booking


async def expire_holds(db: AsyncSession, now: datetime) -> None:
    """Tidies up only: whether a hold has run out is judged wherever its seat is taken."""
    ended = (
        select(Booking.id)
        .join(Seat, Seat.booking_id == Booking.id, isouter=True)
        .where(
            Booking.state == BookingState.HELD,
            func.coalesce(Seat.hold_until, Booking.created_at) < func.now(),
        )
        .with_for_update(of=Booking, skip_locked=True)
    )
    for booking_id in (await db.scalars(ended)).all():
        booking = await lock_booking(db, booking_id)
        await release(db, booking)
        booking.state = BookingState.EXPIRED
        booking.ended_at = now
        booking.version += 1
    await db.flush()


async def release(db: AsyncSession, booking: Booking) -> None:
    """Frees the seat that the booking has, if it still has one."""
    await db.execute(
        update(Seat).where(Seat.booking_id == booking.id).values(booking_id=None, hold_until=None)
    )


async def _bookable(db: AsyncSession, slot_id: UUID, now: datetime) -> tuple[Slot, Service]:
    """The lock is shared: whoever closes the day waits, and then sees what was booked."""
    row = (
        await db.execute(
            select(Slot, Service, Session.is_closed)
            .join(Session, Session.id == Slot.session_id)
            .join(Service, Service.id == Session.service_id)
            .where(Slot.id == slot_id)
            .with_for_update(read=True, of=Session)
        )
    ).first()
    if row is None:
        raise BookingGone
    slot, service, is_closed = row
    if is_closed or slot.starts <= now + LEAD:
        raise SlotTaken
    return slot, service


async def _keep_seat(db: AsyncSession, booking_id: UUID) -> None:
    kept = await db.scalar(
        update(Seat)
        .where(Seat.booking_id == booking_id, Seat.hold_until > func.now())
        .values(hold_until=None)
        .returning(Seat.id)
    )
    if kept is None:
        raise HoldExpired


async def _end_former(
    db: AsyncSession, conversation_id: UUID, service_id: UUID, now: datetime
) -> None:
    former = await db.execute(
        select(Booking, Slot)
        .join(Slot, Slot.id == Booking.slot_id)
        .where(
            Booking.conversation_id == conversation_id,
            Booking.service_id == service_id,
            Booking.state.in_([BookingState.HELD, BookingState.CONFIRMED]),
        )
    )
    for booking, slot in former:
        if booking.state == BookingState.CONFIRMED and slot.ends > now:
            raise AlreadyBooked(booking)
        if booking.state == BookingState.CONFIRMED:
            # Past and never checked in: reception may still say otherwise in the day list.
            booking.state = BookingState.NO_SHOW
        else:
            await release(db, booking)
            booking.state = BookingState.EXPIRED
        booking.ended_at = now
        booking.version += 1
    await db.flush()


async def _week_limit(db: AsyncSession, booking: Booking) -> None:
    if booking.conversation_id:
        await count(
            db,
            f"booking:{booking.conversation_id}",
            limit=BOOKINGS_PER_WEEK,
            window=timedelta(weeks=1),
        )


async def _add(db: AsyncSession, **values: Any) -> Booking:
    """Under a code that no other booking has. Most bookings are behind the resident's walls, so
    only the unique key can tell."""
    while True:
        booking: Booking | None = await db.scalar(
            insert(Booking)
            .values(code=new_code(), **values)
            .on_conflict_do_nothing(index_elements=["municipality_id", "code"])
            .returning(Booking)
        )
        if booking is not None:
            return booking
