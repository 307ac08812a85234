"""How a booking reads: when, where, who sits at the table, what to bring, and its link."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy import select

from backend.places import Office, Service, in_language
from backend.reply import Fact
from booking.bookings import Booking
from booking.sessions import Chair, Seat, Session, Slot
from bot.turn import Turn
from content.languages import language_name
from content.locale_format import moment_range_text
from content.texts import N_

CHAIRS = {
    "social_worker": N_("social worker"),
    "benefits_officer": N_("benefits officer"),
    "interpreter": N_("interpreter ({language})"),
}


@dataclass(frozen=True)
class Details:
    slot: Slot
    office: Office
    service: Service
    seat: Seat


async def details_of(turn: Turn, booking: Booking) -> Details:
    row = await turn.db.execute(
        select(Slot, Office, Service, Seat)
        .join(Session, Session.id == Slot.session_id)
        .join(Office, Office.id == Session.office_id)
        .join(Service, Service.id == Session.service_id)
        .join(Seat, Seat.booking_id == booking.id)
        .where(Slot.id == booking.slot_id)
    )
    return Details(*row.one())


def when(turn: Turn, slot: Slot) -> str:
    zone = ZoneInfo(slot.time_zone)
    return moment_range_text(slot.starts, slot.ends, turn.language, zone)


def facts(turn: Turn, details: Details) -> tuple[Fact, ...]:
    _ = turn.texts.gettext
    office = details.office
    place = f"{in_language(office.name, turn.language)}, {office.address}, " + in_language(
        office.room, turn.language
    )
    return (
        Fact("calendar", _("When"), when(turn, details.slot)),
        Fact("pin", _("Where"), place),
        Fact("people", _("Who is there"), _people(turn, details)),
        Fact("check", _("What to bring"), _("A card or passport, and letters about your question")),
    )


def _people(turn: Turn, details: Details) -> str:
    spoken = language_name(turn.language, turn.language)
    needs_interpreter = turn.language not in details.seat.staff_languages
    chairs = [
        turn.texts.gettext(CHAIRS[chair], language=spoken)
        for chair in details.service.chairs
        if needs_interpreter or chair != Chair.INTERPRETER
    ]
    return ", ".join(chairs)


def as_lines(facts: tuple[Fact, ...]) -> str:
    return "\n".join(f"{fact.label}: {fact.value}" for fact in facts)
