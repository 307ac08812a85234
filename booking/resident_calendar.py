"""The .ics file of a booking. It says "Time in Lindby": nobody who sees it learns what for."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.places import Municipality, Office, in_language
from booking.bookings import Booking, BookingState
from booking.sessions import Session, Slot
from content.texts import Domain, load_texts


@dataclass(frozen=True)
class Appointment:
    title: str
    place: str
    starts: datetime
    ends: datetime
    time_zone: str


async def booking_calendar(
    db: AsyncSession, municipality: Municipality, booking: Booking, now: datetime
) -> bytes:
    """The file in the language of the booking."""
    row = await db.execute(
        select(Slot, Office)
        .join(Session, Session.id == Slot.session_id)
        .join(Office, Office.id == Session.office_id)
        .where(Slot.id == booking.slot_id)
    )
    slot, office = row.one()
    texts = load_texts(Domain.RESIDENT, booking.language)
    place = in_language(municipality.name_in, booking.language)
    appointment = Appointment(
        title=texts.gettext("A time {place}", place=place),
        place=f"{in_language(office.name, booking.language)}, {office.address}",
        starts=slot.starts,
        ends=slot.ends,
        time_zone=slot.time_zone,
    )
    return calendar_file(booking, appointment, now)


def calendar_file(booking: Booking, appointment: Appointment, stamp: datetime) -> bytes:
    """UID stays the same for a moved or cancelled booking and SEQUENCE grows (RFC 5545)."""
    zone = ZoneInfo(appointment.time_zone)
    is_cancelled = booking.state == BookingState.CANCELLED
    event = Event()
    event.add("uid", f"{booking.id}@landa")
    event.add("dtstamp", stamp)
    event.add("sequence", booking.sequence)
    event.add("dtstart", appointment.starts.astimezone(zone))
    event.add("dtend", appointment.ends.astimezone(zone))
    event.add("summary", appointment.title)
    event.add("location", appointment.place)
    event.add("status", "CANCELLED" if is_cancelled else "CONFIRMED")
    calendar = Calendar()
    calendar.add("prodid", "-//Landa//booking//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "CANCEL" if is_cancelled else "PUBLISH")
    calendar.add_component(event)
    calendar.add_missing_timezones()
    return bytes(calendar.to_ical())
