"""The calendar file that goes with a booking, for channels that send it as a document."""

from dataclasses import dataclass
from uuid import UUID

from backend.app_state import Core
from backend.db import system
from backend.places import Municipality
from booking.bookings import find_booking
from booking.resident_calendar import booking_calendar


@dataclass(frozen=True)
class Document:
    name: str
    content: bytes


async def calendar_document(core: Core, municipality: Municipality, booking_id: str) -> Document:
    async with core.database.transaction(system(municipality.id)) as db:
        booking = await find_booking(db, UUID(booking_id))
        content = await booking_calendar(db, municipality, booking, core.clock())
    return Document(f"landa-{booking.code}.ics", content)
