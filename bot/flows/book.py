"""Booking an interpreter-day time: tap a time (held for ten minutes), tap to confirm."""

from contextlib import suppress
from typing import Any
from uuid import UUID

from sqlalchemy import select

from backend.places import RouteKind, Service, ServiceKind, add_route
from backend.reply import Button, Kind, Link, Reply
from booking.bookings import (
    Booking,
    BookingGone,
    BookingState,
    find_booking,
    link_token,
    spaced,
)
from booking.cancel_booking import cancel_booking
from booking.free_times import FreeTime, free_times
from booking.hold import HOLD, AlreadyBooked, HoldExpired, SlotTaken, confirm, hold_slot
from booking.sessions import Slot
from bot import buttons
from bot.flows import appointment, time_choice
from bot.turn import Turn
from content.languages import language_name
from content.locale_format import time_text
from nlu.clause import When

# What a booking keeps from question to question.
_KEPT = ("wish", "spoken", "shown")


async def start(turn: Turn) -> list[Reply]:
    """Offers times, first those of the day, in the language, that the message asks for."""
    read_wish(turn)
    return await offer(turn)


async def start_anew(turn: Turn) -> list[Reply]:
    """All free times, whatever day was asked for before."""
    turn.remember(wish={})
    return await offer(turn)


def read_wish(turn: Turn) -> None:
    """Keeps what the message asks for; what it does not say stays as it was."""
    found = turn.entities
    if found.when:
        _remember(turn, found.when)
    if found.interpreter:
        turn.remember(spoken=found.interpreter)


async def offer(turn: Turn, skipped_days: int = 0) -> list[Reply]:
    """The first days with a free time in the language of the meeting."""
    times = await _free_times(turn)
    if not times:
        reply = _no_times(turn)
        turn.open_flow(None)
        return [reply]
    turn.open_flow("book", **_kept(turn))
    when = time_choice.from_state(turn.state.get("wish", {}))
    text = turn.texts.gettext("Choose a time. The meeting is free of charge.")
    choice = time_choice.choice(turn, text, times, when, skipped_days)
    turn.remember(shown=choice.shown)
    return [*_meeting_language(turn), choice.reply]


async def read(turn: Turn) -> list[Reply] | None:
    """A day, a clock time, a number or a language written while times are on offer or one is held;
    None when the message says nothing of the kind. What fits one shown time holds it."""
    found = turn.entities
    shown = set(turn.state.get("shown", ()))
    times = [time for time in await _free_times(turn) if str(time.slot_id) in shown]
    fitting = time_choice.chosen(times, found.when, found.number)
    if len(fitting) == 1 and not found.interpreter:
        return await choose(turn, fitting[0].slot_id)
    if not (found.when or found.interpreter or fitting):
        return None
    if fitting and not found.when:  # A number.
        _remember(turn, time_choice.wish_for(fitting))
    if turn.conversation.flow == "confirm":
        if found.when and not found.interpreter and await _is_held(turn, found.when):
            return await ask_again(turn, UUID(turn.state["booking_id"]))
        await _let_go(turn, UUID(turn.state["booking_id"]))
    return await start(turn)


async def bookable_service(turn: Turn) -> Service | None:
    return (
        await turn.db.scalars(
            select(Service)
            .where(Service.kind == ServiceKind.INTERPRETER_DAY)
            .order_by(Service.key)
            .limit(1)
        )
    ).first()


async def choose(turn: Turn, slot_id: UUID) -> list[Reply]:
    """Holds the tapped time, or says why not and offers what is free."""
    _ = turn.texts.gettext
    try:
        booking = await hold_slot(
            turn.db, turn.conversation, slot_id, turn.now, turn.topic, language=spoken(turn)
        )
    except (SlotTaken, BookingGone):
        return [Reply(_("Somebody else took this time just now.")), *await offer(turn)]
    except AlreadyBooked as already:
        return await _already(turn, already.booking)
    turn.open_flow("confirm", booking_id=str(booking.id), **_kept(turn))
    return [await _held(turn, booking)]


async def confirm_held(turn: Turn, booking_id: UUID) -> list[Reply]:
    _ = turn.texts.gettext
    try:
        booking = await confirm(turn.db, booking_id, turn.now)
    except (HoldExpired, BookingGone):
        text = _("The ten minutes are over, so the time is no longer held for you.")
        return [Reply(text), *await offer(turn)]
    turn.open_flow(None)
    return [await booked(turn, booking, _("Your time is booked"))]


async def ask_again(turn: Turn, booking_id: UUID) -> list[Reply]:
    """The open question of a held time, as long as it is held."""
    booking = await find_booking(turn.db, booking_id)
    if booking.state != BookingState.HELD:
        return await offer(turn)
    return [await _held(turn, booking)]


async def drop_hold(turn: Turn, booking_id: UUID) -> list[Reply]:
    await _let_go(turn, booking_id)
    return await offer(turn)


async def booked(turn: Turn, booking: Booking, title: str) -> Reply:
    """The confirmation: everything a person needs at the door, also without the page."""
    _ = turn.texts.gettext
    facts = await appointment.facts(turn, booking)
    token = link_token(turn.secret_key, "booking", booking.id)
    await add_route(turn.db, turn.municipality.id, token, RouteKind.BOOKING)
    text = _("Your code is {code}. Show it when you come.", code=spaced(booking.code))
    return Reply(
        f"{text}\n{appointment.as_lines(facts)}",
        kind=Kind.BOOKED,
        title=title,
        facts=facts,
        code=spaced(booking.code),
        reference=str(booking.id),
        links=(
            Link(_("Save in the calendar"), f"/b/{token}/calendar.ics"),
            Link(_("See, move or cancel the time"), f"/b/{token}"),
            Link(_("Show on a map"), await appointment.map_address(turn, booking)),
        ),
        buttons=(
            Button(_("Move"), f"move:{booking.id}", icon="again"),
            Button(_("Cancel the time"), f"cancel:{booking.id}", icon="close"),
        ),
    )


async def _held(turn: Turn, booking: Booking) -> Reply:
    _ = turn.texts.gettext
    facts = await appointment.facts(turn, booking)
    until = time_text(turn.now + HOLD, turn.language, turn.zone)
    text = _("The time is held for you for 10 minutes, until {time}. Do you want it?", time=until)
    return Reply(
        f"{text}\n{appointment.as_lines(facts)}",
        kind=Kind.HOLD,
        title=text,
        facts=facts,
        reference=str(booking.id),
        buttons=(
            Button(_("Yes, book this time"), f"confirm:{booking.id}", icon="check"),
            Button(_("Another time"), f"release:{booking.id}", icon="again"),
            buttons.stop(turn.texts),
        ),
    )


async def _already(turn: Turn, booking: Booking) -> list[Reply]:
    _ = turn.texts.gettext
    text = _(
        "You already have a time: {when}. You can move it or cancel it.",
        when=await appointment.when(turn, booking.slot_id),
    )
    turn.open_flow(None)
    choices = (
        Button(_("Move"), f"move:{booking.id}", icon="again"),
        Button(_("Cancel the time"), f"cancel:{booking.id}", icon="close"),
    )
    return [Reply(text, buttons=choices)]


def spoken(turn: Turn) -> str:
    """The language of the meeting: the one asked for, else that of the conversation."""
    language: str = turn.state.get("spoken", turn.language)
    return language


def _kept(turn: Turn) -> dict[str, Any]:
    return {key: turn.state[key] for key in _KEPT if key in turn.state}


def _remember(turn: Turn, when: When) -> None:
    former = time_choice.from_state(turn.state.get("wish", {}))
    turn.remember(wish=time_choice.as_state(time_choice.refined(former, when)))


async def _free_times(turn: Turn) -> list[FreeTime]:
    service = await bookable_service(turn)
    if service is None:
        return []
    return await free_times(turn.db, service.id, spoken(turn), turn.now)


async def _is_held(turn: Turn, when: When) -> bool:
    """Whether the time that is held is what the message asks for."""
    booking = await find_booking(turn.db, UUID(turn.state["booking_id"]))
    slot = (await turn.db.scalars(select(Slot).where(Slot.id == booking.slot_id))).one()
    return time_choice.fits(FreeTime(slot.id, slot.starts, slot.ends, slot.time_zone), when)


async def _let_go(turn: Turn, booking_id: UUID) -> None:
    # A hold that ran out by itself is what the resident wants as well.
    with suppress(BookingGone):
        await cancel_booking(turn.db, booking_id, turn.now)


def _meeting_language(turn: Turn) -> list[Reply]:
    """Said only when it is not that of the conversation."""
    if spoken(turn) == turn.language:
        return []
    name = language_name(spoken(turn), turn.language)
    return [Reply(turn.texts.gettext("Language of the meeting: {language}.", language=name))]


def _no_times(turn: Turn) -> Reply:
    name = language_name(spoken(turn), turn.language)
    text = turn.texts.gettext(
        "There is no free time for {language} in the next six weeks. You can come to the drop-in,"
        " or talk to a person.",
        language=name,
    )
    return Reply(text, buttons=(buttons.drop_in(turn.texts), buttons.human(turn.texts)))
