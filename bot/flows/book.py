"""Booking an interpreter-day time: tap a time (held for ten minutes), tap to confirm."""

from contextlib import suppress
from datetime import date
from itertools import groupby
from uuid import UUID
from zoneinfo import ZoneInfo

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
from bot import buttons
from bot.flows import appointment
from bot.turn import Turn
from content.languages import language_name
from content.locale_format import day_text, local_day, time_text

DAYS_SHOWN = 3
TIMES_PER_DAY = 8


async def start(turn: Turn, skipped_days: int = 0) -> list[Reply]:
    """Offers the first days with a free time in the resident's language."""
    service = await bookable_service(turn)
    times = await free_times(turn.db, service.id, turn.language, turn.now) if service else []
    turn.open_flow("book" if times else None)
    if not times:
        return [_no_times(turn)]
    text = turn.texts.gettext("Choose a time. The meeting is free of charge.")
    return [time_choice(turn, text, times, skipped_days)]


async def bookable_service(turn: Turn) -> Service | None:
    return (
        await turn.db.scalars(
            select(Service)
            .where(Service.kind == ServiceKind.INTERPRETER_DAY)
            .order_by(Service.key)
            .limit(1)
        )
    ).first()


def time_choice(turn: Turn, text: str, times: list[FreeTime], skipped_days: int = 0) -> Reply:
    """The times of three days as buttons, with later days behind one more."""
    days = [(day, list(run)) for day, run in groupby(times, key=_day_of)]
    start_day = skipped_days if skipped_days < len(days) else 0
    shown = days[start_day : start_day + DAYS_SHOWN]
    choices = tuple(_time_button(turn, time) for _, run in shown for time in run[:TIMES_PER_DAY])
    more: tuple[Button, ...] = ()
    if start_day + DAYS_SHOWN < len(days):
        action = f"later:{start_day + DAYS_SHOWN}"
        more = (Button(turn.texts.gettext("Later days"), action, icon="calendar"),)
    return Reply(text, kind=Kind.TIMES, buttons=(*choices, *more, buttons.stop(turn.texts)))


async def later(turn: Turn, skipped_days: int) -> list[Reply]:
    """Later days, for a new booking or for the one that is being moved."""
    if turn.conversation.flow != "move":
        return await start(turn, skipped_days)
    service = await bookable_service(turn)
    times = await free_times(turn.db, service.id, turn.language, turn.now) if service else []
    return [time_choice(turn, turn.texts.gettext("Choose the new time."), times, skipped_days)]


async def choose(turn: Turn, slot_id: UUID) -> list[Reply]:
    """Holds the tapped time, or says why not and offers what is free."""
    _ = turn.texts.gettext
    try:
        booking = await hold_slot(turn.db, turn.conversation, slot_id, turn.now, turn.topic)
    except (SlotTaken, BookingGone):
        return [Reply(_("Somebody else took this time just now.")), *await start(turn)]
    except AlreadyBooked as already:
        return await _already(turn, already.booking)
    turn.open_flow("confirm", booking_id=str(booking.id))
    return [await _held(turn, booking)]


async def confirm_held(turn: Turn, booking_id: UUID) -> list[Reply]:
    _ = turn.texts.gettext
    try:
        booking = await confirm(turn.db, booking_id, turn.now)
    except (HoldExpired, BookingGone):
        text = _("The ten minutes are over, so the time is no longer held for you.")
        return [Reply(text), *await start(turn)]
    turn.open_flow(None)
    return [await booked(turn, booking, _("Your time is booked"))]


async def ask_again(turn: Turn, booking_id: UUID) -> list[Reply]:
    """The open question of a held time, as long as it is held."""
    booking = await find_booking(turn.db, booking_id)
    if booking.state != BookingState.HELD:
        return await start(turn)
    return [await _held(turn, booking)]


async def drop_hold(turn: Turn, booking_id: UUID) -> list[Reply]:
    # A hold that ran out by itself is what the resident wants as well.
    with suppress(BookingGone):
        await cancel_booking(turn.db, booking_id, turn.now)
    return await start(turn)


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


def _no_times(turn: Turn) -> Reply:
    spoken = language_name(turn.language, turn.language)
    text = turn.texts.gettext(
        "There is no free time for {language} in the next six weeks. You can come to the drop-in,"
        " or talk to a person.",
        language=spoken,
    )
    return Reply(text, buttons=(buttons.drop_in(turn.texts), buttons.human(turn.texts)))


def _time_button(turn: Turn, time: FreeTime) -> Button:
    zone = ZoneInfo(time.time_zone)
    return Button(
        time_text(time.starts, turn.language, zone),
        f"slot:{time.slot_id}",
        group=day_text(local_day(time.starts, zone), turn.language),
    )


def _day_of(time: FreeTime) -> date:
    return local_day(time.starts, ZoneInfo(time.time_zone))
