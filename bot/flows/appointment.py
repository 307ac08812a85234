"""A booking in words: when it is, and the lines of its card."""

from uuid import UUID

from backend.reply import Fact
from booking import resident_cards
from booking.bookings import Booking
from bot.turn import Turn


async def when(turn: Turn, slot_id: UUID) -> str:
    meeting = await resident_cards.meeting_of_slot(turn.db, slot_id)
    return resident_cards.when(meeting, turn.language)


async def facts(turn: Turn, booking: Booking) -> tuple[Fact, ...]:
    meeting = await resident_cards.meeting_of_slot(turn.db, booking.slot_id)
    needs_interpreter = await resident_cards.needs_interpreter(turn.db, booking)
    interpreted = booking.language if needs_interpreter else None
    return resident_cards.booking_facts(meeting, turn.language, interpreted)


async def map_address(turn: Turn, booking: Booking) -> str:
    meeting = await resident_cards.meeting_of_slot(turn.db, booking.slot_id)
    return resident_cards.map_address(meeting)


def as_lines(facts: tuple[Fact, ...]) -> str:
    """For channels that show only text."""
    return "\n".join(f"{fact.label}: {', '.join(fact.value.splitlines())}" for fact in facts)
