"""Showing, moving and cancelling the times that were booked in this conversation."""

from uuid import UUID

from backend.reply import Button, Reply
from booking.bookings import Booking, BookingGone, coming_bookings, spaced
from booking.cancel_booking import cancel_booking
from booking.free_times import free_times
from booking.hold import SlotTaken
from booking.move_booking import move_booking
from bot import buttons
from bot.flows import appointment, book, time_choice
from bot.turn import Turn
from nlu.clause import When


async def show(turn: Turn) -> list[Reply]:
    bookings = await coming_bookings(turn.db, turn.conversation.id, turn.now)
    if not bookings:
        return [_none(turn)]
    return [await _line(turn, booking) for booking, _slot in bookings]


async def ask_cancel(turn: Turn, booking_id: UUID | None = None) -> list[Reply]:
    """Asks once more, because the time goes to somebody else at once."""
    _ = turn.texts.gettext
    booking = await _which(turn, booking_id)
    if booking is None:
        return [_none(turn)]
    turn.open_flow("cancel", booking_id=str(booking.id))
    time = await appointment.when(turn, booking.slot_id)
    text = _("Do you want to cancel {when}?", when=time)
    choices = (
        Button(_("Yes, cancel it"), f"cancel_yes:{booking.id}", icon="close"),
        Button(_("No, keep it"), "stop", icon="check"),
    )
    return [Reply(text, buttons=choices)]


async def cancel(turn: Turn, booking_id: UUID) -> list[Reply]:
    turn.open_flow(None)
    try:
        await cancel_booking(turn.db, booking_id, turn.now)
    except BookingGone:
        return [_none(turn)]
    text = turn.texts.gettext("The time is cancelled. You can book a new one whenever you want.")
    return [Reply(text, buttons=(buttons.book(turn.texts), buttons.menu(turn.texts)))]


async def ask_move(turn: Turn, booking_id: UUID | None = None) -> list[Reply]:
    """Other free times, first those that the message asks for."""
    booking = await _which(turn, booking_id)
    if booking is None:
        return [_none(turn)]
    wish = turn.entities.when or time_choice.from_state(turn.state.get("wish", {}))
    return await _offer(turn, booking, wish)


async def ask_move_anew(turn: Turn, booking_id: UUID) -> list[Reply]:
    """All other free times, whatever day was asked for before."""
    booking = await _which(turn, booking_id)
    return await _offer(turn, booking, None) if booking else [_none(turn)]


async def ask_move_again(turn: Turn, skipped_days: int = 0) -> list[Reply]:
    """The open question once more, or its later days."""
    booking = await _which(turn, UUID(turn.state["booking_id"]))
    wish = time_choice.from_state(turn.state.get("wish", {}))
    return await _offer(turn, booking, wish, skipped_days) if booking else [_none(turn)]


async def read(turn: Turn) -> list[Reply] | None:
    """A day or a clock time written while a booking is being moved. The booking moves only by a
    button: unlike a held time, it would be gone."""
    found = turn.entities
    booking = await _which(turn, UUID(turn.state["booking_id"]))
    wish = found.when
    if booking and wish is None:
        times = await free_times(turn.db, booking.service_id, booking.language, turn.now)
        fitting = time_choice.chosen(times, None, found.number)
        wish = time_choice.wish_for(fitting) if fitting else None
    return await _offer(turn, booking, wish) if booking and wish else None


async def _offer(
    turn: Turn, booking: Booking, wish: When | None, skipped_days: int = 0
) -> list[Reply]:
    times = await free_times(turn.db, booking.service_id, booking.language, turn.now)
    if not times:
        text = turn.texts.gettext("There is no other free time now. You keep the time you have.")
        return [Reply(text, buttons=(buttons.human(turn.texts),))]
    turn.open_flow("move", booking_id=str(booking.id), wish=time_choice.as_state(wish))
    text = turn.texts.gettext("Choose the new time.")
    return [time_choice.choice(turn, text, times, wish, skipped_days).reply]


async def move(turn: Turn, booking_id: UUID, slot_id: UUID) -> list[Reply]:
    _ = turn.texts.gettext
    try:
        booking = await move_booking(turn.db, booking_id, slot_id, turn.now)
    except SlotTaken:
        text = _("Somebody else took this time just now. You keep the time you have.")
        return [Reply(text), *await ask_move_again(turn)]
    except BookingGone:
        turn.open_flow(None)
        return [_none(turn)]
    turn.open_flow(None)
    return [await book.booked(turn, booking, _("Your time has been moved"))]


async def _which(turn: Turn, booking_id: UUID | None) -> Booking | None:
    """The one that is meant; without an id the next coming one."""
    bookings = await coming_bookings(turn.db, turn.conversation.id, turn.now)
    for booking, _slot in bookings:
        if booking_id in (None, booking.id):
            return booking
    return None


async def _line(turn: Turn, booking: Booking) -> Reply:
    _ = turn.texts.gettext
    text = _(
        "You have a time {when}. Your code is {code}.",
        when=await appointment.when(turn, booking.slot_id),
        code=spaced(booking.code),
    )
    choices = (
        Button(_("Move"), f"move:{booking.id}", icon="again"),
        Button(_("Cancel the time"), f"cancel:{booking.id}", icon="close"),
    )
    return Reply(text, buttons=choices)


def _none(turn: Turn) -> Reply:
    text = turn.texts.gettext("You have no booked time in this conversation.")
    return Reply(text, buttons=(buttons.book(turn.texts), buttons.menu(turn.texts)))
