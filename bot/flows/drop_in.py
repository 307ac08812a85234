"""Drop-in: when it is open, a queue number from home, and where that number stands."""

from datetime import datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import select

from backend.places import Office, RouteKind, Service, ServiceKind, add_route, in_language
from backend.reply import Button, Fact, Kind, Link, Reply
from booking.bookings import link_token
from booking.drop_in import (
    NUMBERS_FROM,
    NoLane,
    NoNumbersNow,
    Ticket,
    TicketGone,
    TicketState,
    end_ticket,
    next_session,
    open_ticket,
    place_of,
    take_ticket,
)
from booking.sessions import Session
from bot import buttons
from bot.flows.queue_text import people_before_text
from bot.turn import Turn
from content.languages import language_name
from content.locale_format import (
    day_text,
    local_day,
    minutes_text,
    moment_range_text,
    time_text,
)


async def start(turn: Turn) -> list[Reply]:
    """The running or next drop-in, and a number when numbers are given out."""
    _ = turn.texts.gettext
    if await open_ticket(turn.db, turn.conversation.id):
        return await show(turn)
    service = await _service(turn)
    session = await _session_asked_for(turn, service) if service else None
    if service is None or session is None:
        return [_none(turn)]
    office = await _office(turn, session)
    closed = _not_on_that_day(turn, session)
    text = _(
        "Drop-in is open {when} at {office}, {address}. You do not need a booked time.",
        when=_hours(turn, session, office),
        office=in_language(office.name, turn.language),
        address=office.address,
    )
    if turn.now >= session.starts - NUMBERS_FROM:
        number = Button(_("Take a queue number"), "ticket", icon="ticket")
        return [*closed, Reply(text, buttons=(number, buttons.book(turn.texts)))]
    opens = time_text(session.starts - NUMBERS_FROM, turn.language, ZoneInfo(office.time_zone))
    hint = _("You can take a queue number here from {time} that day.", time=opens)
    ways = (buttons.book(turn.texts), buttons.human(turn.texts))
    return [*closed, Reply(f"{text}\n\n{hint}", buttons=ways)]


async def take(turn: Turn) -> list[Reply]:
    service = await _service(turn)
    if service is None:
        return [_none(turn)]
    try:
        ticket = await take_ticket(turn.db, service, turn.language, turn.now, turn.conversation.id)
    except NoNumbersNow:
        return await start(turn)
    except NoLane:
        return [_no_lane(turn)]
    return [await _ticket_reply(turn, ticket, service)]


async def show(turn: Turn) -> list[Reply]:
    """Where the resident's number stands now."""
    ticket = await open_ticket(turn.db, turn.conversation.id)
    service = await _service(turn)
    if ticket is None or service is None:
        return await start(turn)
    return [await _ticket_reply(turn, ticket, service)]


async def leave(turn: Turn) -> list[Reply]:
    _ = turn.texts.gettext
    ticket = await open_ticket(turn.db, turn.conversation.id)
    try:
        if ticket:
            await end_ticket(turn.db, ticket.id, TicketState.LEFT, turn.now)
    except TicketGone:
        ticket = None
    if ticket is None:
        return [Reply(_("You have no queue number now."), buttons=(buttons.drop_in(turn.texts),))]
    text = _("You have left the drop-in queue. Thank you for telling us.")
    return [Reply(text, buttons=(buttons.drop_in(turn.texts), buttons.book(turn.texts)))]


async def _session_asked_for(turn: Turn, service: Service) -> Session | None:
    """The first from the day on that the message names, else the next one."""
    when = turn.entities.when
    if when and when.first:
        midnight = datetime.combine(when.first, time(), turn.zone)
        session = await next_session(turn.db, service.id, max(midnight, turn.now))
        if session:
            return session
    return await next_session(turn.db, service.id, turn.now)


def _not_on_that_day(turn: Turn, session: Session) -> list[Reply]:
    when = turn.entities.when
    if when is None or when.first is None or when.has_day(local_day(session.starts, turn.zone)):
        return []
    day = day_text(when.first, turn.language)
    return [Reply(turn.texts.gettext("There is no drop-in on {day}.", day=day))]


async def _ticket_reply(turn: Turn, ticket: Ticket, service: Service) -> Reply:
    _ = turn.texts.gettext
    place = await place_of(turn.db, ticket, service.average_minutes or 0)
    session = (await turn.db.scalars(select(Session).where(Session.id == ticket.session_id))).one()
    office = await _office(turn, session)
    token = link_token(turn.secret_key, "ticket", ticket.id)
    await add_route(turn.db, turn.municipality.id, token, RouteKind.TICKET)
    where = f"{in_language(office.name, turn.language)}, {office.address}"
    lines = [_("Your number is {number}.", number=place.label)]
    if ticket.state == TicketState.CALLED:
        lines.append(_("It is your turn now. Please come in."))
    else:
        lines.append(people_before_text(turn.texts, place.before))
        if place.before:
            wait = minutes_text(place.minutes, turn.language)
            lines.append(_("It takes about {time}.", time=wait))
    return Reply(
        "\n".join([*lines, where]),
        kind=Kind.TICKET,
        title=_("Your number"),
        code=place.label,
        reference=str(ticket.id),
        facts=(
            Fact("pin", _("Where"), where),
            Fact("clock", _("Open"), _hours(turn, session, office)),
        ),
        links=(Link(_("Follow your number live"), f"/t/{token}"),),
        buttons=(
            Button(_("Where am I in the queue?"), "ticket_show", icon="again"),
            Button(_("I cannot come"), "ticket_leave", icon="close"),
        ),
    )


def _hours(turn: Turn, session: Session, office: Office) -> str:
    zone = ZoneInfo(office.time_zone)
    return moment_range_text(session.starts, session.ends, turn.language, zone)


async def _service(turn: Turn) -> Service | None:
    return (
        await turn.db.scalars(
            select(Service)
            .where(Service.kind == ServiceKind.DROP_IN)
            .order_by(Service.key)
            .limit(1)
        )
    ).first()


async def _office(turn: Turn, session: Session) -> Office:
    return (await turn.db.scalars(select(Office).where(Office.id == session.office_id))).one()


def _none(turn: Turn) -> Reply:
    text = turn.texts.gettext("No drop-in is planned in the next six weeks.")
    return Reply(text, buttons=(buttons.book(turn.texts), buttons.human(turn.texts)))


def _no_lane(turn: Turn) -> Reply:
    text = turn.texts.gettext(
        "Nobody at this drop-in speaks {language}. Book a time with an interpreter instead.",
        language=language_name(turn.language, turn.language),
    )
    return Reply(text, buttons=(buttons.book(turn.texts), buttons.human(turn.texts)))
