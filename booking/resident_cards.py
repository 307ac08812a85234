"""What a resident sees of an own time or number, the same in the chat and behind a link."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from babel.lists import format_list
from babel.units import format_unit
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.places import Office, Service, in_language
from backend.reply import Fact
from booking.bookings import Booking, BookingState
from booking.drop_in import Ticket, TicketState, place_of
from booking.sessions import Chair, Seat, Session, Slot
from content.languages import language_name
from content.locale_format import moment_range_text, time_text
from content.texts import N_, Domain, load_texts

CHAIRS = {
    "social_worker": N_("social worker"),
    "benefits_officer": N_("benefits officer"),
    "interpreter": N_("interpreter ({language})"),
}


@dataclass(frozen=True)
class Held:
    """What became of a time that was held."""

    seconds: int
    left: str
    is_booked: bool


@dataclass(frozen=True)
class Standing:
    """Where a number stands at this moment."""

    state: str
    label: str
    before: int
    called_label: str
    minutes: int
    updated: str
    lane_topic: str

    @property
    def is_open(self) -> bool:
        return self.state in (TicketState.WAITING, TicketState.CALLED)


@dataclass(frozen=True)
class Meeting:
    """A session's place and service, and the slot of one booking in it."""

    starts: datetime
    ends: datetime
    office: Office
    service: Service


async def held(db: AsyncSession, booking_id: UUID, language: str) -> Held:
    """Judged by the database's clock, like the hold itself."""
    state = await db.scalar(select(Booking.state).where(Booking.id == booking_id))
    left = await db.scalar(
        select(func.extract("epoch", Seat.hold_until - func.now())).where(
            Seat.booking_id == booking_id
        )
    )
    seconds = max(0, int(left or 0)) if state == BookingState.HELD else 0
    left_text = format_unit(-(-seconds // 60), "duration-minute", "long", locale=language)
    is_booked = state in (BookingState.CONFIRMED, BookingState.ATTENDED)
    return Held(seconds, left_text, is_booked)


async def is_cancelled(db: AsyncSession, booking_id: UUID) -> bool:
    state = await db.scalar(select(Booking.state).where(Booking.id == booking_id))
    return state == BookingState.CANCELLED


async def standing(
    db: AsyncSession, ticket_id: UUID, language: str, now: datetime
) -> Standing | None:
    row = (
        await db.execute(
            select(Ticket, Service.average_minutes, Office.time_zone)
            .join(Session, Session.id == Ticket.session_id)
            .join(Service, Service.id == Session.service_id)
            .join(Office, Office.id == Session.office_id)
            .where(Ticket.id == ticket_id)
        )
    ).first()
    if row is None:
        return None
    ticket, average_minutes, zone = row
    place = await place_of(db, ticket, average_minutes or 0)
    return Standing(
        state=ticket.state,
        label=place.label,
        before=place.before,
        called_label=place.called_label,
        minutes=place.minutes,
        updated=time_text(now, language, ZoneInfo(zone)),
        lane_topic=f"lane:{ticket.lane_id}",
    )


async def meeting_of_slot(db: AsyncSession, slot_id: UUID) -> Meeting:
    row = await db.execute(
        select(Slot.starts, Slot.ends, Office, Service)
        .join(Session, Session.id == Slot.session_id)
        .join(Office, Office.id == Session.office_id)
        .join(Service, Service.id == Session.service_id)
        .where(Slot.id == slot_id)
    )
    return Meeting(*row.one())


async def meeting_of_ticket(db: AsyncSession, ticket: Ticket) -> Meeting:
    row = await db.execute(
        select(Session.starts, Session.ends, Office, Service)
        .join(Office, Office.id == Session.office_id)
        .join(Service, Service.id == Session.service_id)
        .where(Session.id == ticket.session_id)
    )
    return Meeting(*row.one())


def when(meeting: Meeting, language: str) -> str:
    zone = ZoneInfo(meeting.office.time_zone)
    return moment_range_text(meeting.starts, meeting.ends, language, zone)


def where(meeting: Meeting, language: str) -> str:
    office = meeting.office
    parts = (
        in_language(office.name, language),
        office.address,
        in_language(office.room, language),
    )
    return "\n".join(parts)


def map_address(meeting: Meeting) -> str:
    """A search for the street address; a phone with a map of its own may open that instead."""
    return f"https://www.openstreetmap.org/search?{urlencode({'query': meeting.office.address})}"


async def needs_interpreter(db: AsyncSession, booking: Booking) -> bool:
    """Whether nobody else on the chairs speaks the language; a time without a seat is over."""
    spoken = await db.scalar(select(Seat.staff_languages).where(Seat.booking_id == booking.id))
    return spoken is None or booking.language not in spoken


def people(meeting: Meeting, language: str, interpreted: str | None) -> str:
    """Who sits at the table; `interpreted` is the language that the interpreter is there for."""
    _ = load_texts(Domain.RESIDENT, language).gettext
    name = language_name(interpreted, language) if interpreted else ""
    chairs = [
        _(CHAIRS[chair], language=name)
        for chair in meeting.service.chairs
        if interpreted or chair != Chair.INTERPRETER
    ]
    # Most of our languages have no pattern for the style "unit".
    return format_list(chairs, locale=language)


def booking_facts(meeting: Meeting, language: str, interpreted: str | None) -> tuple[Fact, ...]:
    _ = load_texts(Domain.RESIDENT, language).gettext
    return (
        Fact("calendar", _("When"), when(meeting, language)),
        Fact("pin", _("Where"), where(meeting, language)),
        Fact("door", _("How to find it"), in_language(meeting.office.directions, language)),
        Fact("people", _("Who is there"), people(meeting, language, interpreted)),
        Fact(
            "bag",
            _("What to bring"),
            _("Residence permit card, ID card or passport, and letters about your question"),
        ),
    )


def ticket_facts(meeting: Meeting, language: str) -> tuple[Fact, ...]:
    _ = load_texts(Domain.RESIDENT, language).gettext
    return (
        Fact("pin", _("Where"), where(meeting, language)),
        Fact("clock", _("Open"), when(meeting, language)),
    )
