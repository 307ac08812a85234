"""The day list: every bookable time with its three chairs, who is expected and who has come."""

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends
from fastapi.responses import RedirectResponse, Response
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.exceptions import HTTPException

from backend.console_desk import ConsoleRoute, Desk, signed_in
from backend.console_lines import capital, language_label
from backend.console_topics import topic_name
from backend.places import Office, Service, ServiceKind, in_language
from backend.staff import Permission, Staff
from booking.attendance import CannotUndo, NotTheDay, check_in, mark_no_show, undo
from booking.bookings import Booking, BookingGone, BookingState, spaced
from booking.sessions import Chair, ChairAssignment, Seat, Session, Slot
from content.languages import language_name
from content.locale_format import day_text, local_day, time_range_text, time_text
from content.texts import N_

router = APIRouter(prefix="/staff", route_class=ConsoleRoute, include_in_schema=False)

DayDesk = Annotated[Desk, Depends(signed_in(Permission.SEE_DAY))]
Deed = Callable[[AsyncSession, UUID, datetime], Awaitable[Booking]]

CHAIRS = {
    Chair.SOCIAL_WORKER: N_("Social worker"),
    Chair.BENEFITS_OFFICER: N_("Benefits officer"),
    Chair.INTERPRETER: N_("Interpreter"),
}
FIRST_DAY, LAST_DAY = date(2020, 1, 1), date(2100, 1, 1)
SOON = timedelta(minutes=30)
BELONGS_TO_SEAT = (BookingState.CONFIRMED, BookingState.ATTENDED, BookingState.NO_SHOW)


@dataclass(frozen=True)
class Person:
    """Who sits on a chair, and when; without a name, somebody of another unit."""

    chair: str
    name: str
    times: str


@dataclass(frozen=True)
class Missing:
    chair: str
    times: str
    booked: int


@dataclass(frozen=True)
class Row:
    """One seat of one time."""

    time: str
    languages: str
    is_ready: bool
    is_held: bool
    reason: str = ""  # of an extra seat
    booking_id: UUID | None = None
    code: str = ""
    topic: str = ""
    state: str = ""
    ended: str = ""
    may_come: bool = False
    is_next: bool = False  # about now: the press that reception waits for
    may_miss: bool = False
    may_undo: bool = False


@dataclass(frozen=True)
class Time:
    """A slot that has not begun, so that its seats may be changed."""

    slot_id: UUID
    starts: str
    seats: int


@dataclass(frozen=True)
class DaySession:
    name: str
    office: str
    hours: str
    booked: int
    people: list[Person]
    missing: list[Missing]
    rows: list[Row]
    is_closed: bool
    times: list[Time]


@dataclass(frozen=True)
class Taken:
    """A seat with its slot and what hangs on it."""

    slot: Slot
    seat: Seat
    booking: Booking | None
    is_held: bool
    chairs: list[tuple[Chair, str]]


@router.get("/day")
async def show_day(desk: DayDesk, on: date | None = None) -> Response:
    if on and not FIRST_DAY <= on <= LAST_DAY:
        raise HTTPException(404)
    return await day_page(desk, on)


@router.post("/bookings/{booking_id}/check-in")
async def came(desk: DayDesk, booking_id: UUID) -> Response:
    return await _do(desk, booking_id, "check_in", check_in)


@router.post("/bookings/{booking_id}/no-show")
async def did_not_come(desk: DayDesk, booking_id: UUID) -> Response:
    return await _do(desk, booking_id, "no_show", mark_no_show)


@router.post("/bookings/{booking_id}/undo")
async def take_back(desk: DayDesk, booking_id: UUID) -> Response:
    return await _do(desk, booking_id, "undo_check_in", undo)


async def _do(desk: Desk, booking_id: UUID, action: str, deed: Deed) -> Response:
    form = await desk.form()
    on = day_of(form.get("on"))
    try:
        async with desk.transaction() as db:
            await deed(db, booking_id, desk.now())
            await desk.record(db, action, "booking", booking_id)
    except BookingGone:
        return await _refused(desk, booking_id, on, "gone")
    except NotTheDay:
        return await _refused(desk, booking_id, on, "not_the_day")
    except CannotUndo:
        return await _refused(desk, booking_id, on, "booked_again")
    return to_day(on)


async def _refused(desk: Desk, booking_id: UUID, on: date | None, problem: str) -> Response:
    async with desk.transaction() as db:
        if await db.scalar(select(Booking.id).where(Booking.id == booking_id)) is None:
            raise HTTPException(404)
    return await day_page(desk, on, status=409, problem=problem)


async def day_page(
    desk: Desk,
    on: date | None,
    *,
    status: int = 200,
    problem: str = "",
    codes: Sequence[str] = (),
    reason: str = "",
) -> Response:
    """With what went wrong, the bookings in the way, and a reason that was typed and not used."""
    now = desk.now()
    today = local_day(now, desk.zone)
    day = on or today
    after = await desk.latest_event()
    async with desk.transaction() as db:
        if not desk.is_refresh:
            await desk.record(db, "read", "day", day.isoformat())
        sessions = [
            await _day_session(desk, db, session, service, office, now)
            for session, service, office in await _sessions_on(db, day, desk.zone)
        ]
        return await desk.page(
            db,
            "console/day.html",
            status=status,
            place="day",
            topics="day",
            after=after,
            day=day,
            title=capital(day_text(day, desk.colleague.language)),
            is_today=day == today,
            sessions=sessions,
            before=_link(desk, await _nearest(db, day, desk.zone, is_before=True)),
            next=_link(desk, await _nearest(db, day, desk.zone, is_before=False)),
            problem=problem,
            codes=[spaced(code) for code in codes],
            reason=reason,
        )


async def _sessions_on(
    db: AsyncSession, day: date, zone: ZoneInfo
) -> list[tuple[Session, Service, Office]]:
    rows = await db.execute(
        select(Session, Service, Office)
        .join(Service, Service.id == Session.service_id)
        .join(Office, Office.id == Session.office_id)
        .where(
            Service.kind == ServiceKind.INTERPRETER_DAY,
            Session.starts >= _midnight(day, zone),
            Session.starts < _midnight(day + timedelta(days=1), zone),
        )
        .order_by(Session.starts, Service.key)
    )
    return [(session, service, office) for session, service, office in rows]


async def _nearest(db: AsyncSession, day: date, zone: ZoneInfo, *, is_before: bool) -> date | None:
    """The day of the session before or after this one."""
    query = (
        select(func.max(Session.starts) if is_before else func.min(Session.starts))
        .join(Service, Service.id == Session.service_id)
        .where(
            Service.kind == ServiceKind.INTERPRETER_DAY,
            Session.starts < _midnight(day, zone)
            if is_before
            else Session.starts >= _midnight(day + timedelta(days=1), zone),
        )
    )
    starts = await db.scalar(query)
    return local_day(starts, zone) if starts else None


async def _day_session(
    desk: Desk, db: AsyncSession, session: Session, service: Service, office: Office, now: datetime
) -> DaySession:
    language, zone = desk.colleague.language, ZoneInfo(office.time_zone)
    taken = await _seats(db, session.id)
    return DaySession(
        name=in_language(service.name, language),
        office=in_language(office.name, language),
        hours=time_range_text(session.starts, session.ends, language, zone),
        booked=sum(1 for item in taken if item.booking),
        people=_people(desk, taken, zone),
        missing=_missing(desk, service, taken, zone),
        rows=[_row(desk, item, zone, now) for item in taken],
        is_closed=session.is_closed,
        times=_times_ahead(desk, taken, zone, now),
    )


def _times_ahead(desk: Desk, taken: list[Taken], zone: ZoneInfo, now: datetime) -> list[Time]:
    counts = Counter((item.slot.starts, item.slot.id) for item in taken if item.slot.starts > now)
    return [
        Time(slot_id, time_text(starts, desk.colleague.language, zone), seats)
        for (starts, slot_id), seats in counts.items()
    ]


async def _seats(db: AsyncSession, session_id: UUID) -> list[Taken]:
    rows = await db.execute(
        select(Slot, Seat, Booking, func.coalesce(Seat.hold_until > func.now(), False))
        .join(Seat, Seat.slot_id == Slot.id)
        .outerjoin(Booking, (Booking.id == Seat.booking_id) & Booking.state.in_(BELONGS_TO_SEAT))
        .where(Slot.session_id == session_id)
        .order_by(Slot.starts, Seat.seat_no)
    )
    chairs = await _chairs(db, session_id)
    return [
        Taken(slot, seat, booking, is_held, chairs.get(seat.id, []))
        for slot, seat, booking, is_held in rows
    ]


async def _chairs(db: AsyncSession, session_id: UUID) -> dict[UUID, list[tuple[Chair, str]]]:
    """By seat. The walls hide the names of another body's people; their chairs are filled."""
    rows = await db.execute(
        select(ChairAssignment.seat_id, ChairAssignment.chair, Staff.name)
        .join(Seat, Seat.id == ChairAssignment.seat_id)
        .join(Slot, Slot.id == Seat.slot_id)
        .outerjoin(Staff, Staff.id == ChairAssignment.staff_id)
        .where(Slot.session_id == session_id)
    )
    found: dict[UUID, list[tuple[Chair, str]]] = {}
    for seat_id, chair, name in rows:
        found.setdefault(seat_id, []).append((Chair(chair), name or ""))
    return found


def _people(desk: Desk, taken: list[Taken], zone: ZoneInfo) -> list[Person]:
    slots: dict[tuple[Chair, str], list[Slot]] = {}
    for item in taken:
        for key in item.chairs:
            slots.setdefault(key, []).append(item.slot)
    order = list(Chair)
    return [
        Person(desk.texts.gettext(CHAIRS[chair]), name, _times(desk, slots[chair, name], zone))
        for chair, name in sorted(
            slots, key=lambda key: (order.index(key[0]), slots[key][0].starts, key[1])
        )
    ]


def _missing(desk: Desk, service: Service, taken: list[Taken], zone: ZoneInfo) -> list[Missing]:
    """An extra seat has no chairs of its own."""
    found = []
    in_series = [item for item in taken if item.seat.reason is None]
    for chair in map(Chair, service.chairs):
        empty = [item for item in in_series if chair not in [filled for filled, _ in item.chairs]]
        if empty:
            booked = sum(1 for item in empty if item.booking)
            times = _times(desk, [item.slot for item in empty], zone)
            found.append(Missing(desk.texts.gettext(CHAIRS[chair]), times, booked))
    return found


def _times(desk: Desk, slots: list[Slot], zone: ZoneInfo) -> str:
    """09:00–11:00, 14:00–15:00"""
    spans: list[tuple[datetime, datetime]] = []
    for starts, ends in sorted({(slot.starts, slot.ends) for slot in slots}):
        if spans and spans[-1][1] >= starts:
            spans[-1] = (spans[-1][0], ends)
        else:
            spans.append((starts, ends))
    language = desk.colleague.language
    return ", ".join(time_range_text(starts, ends, language, zone) for starts, ends in spans)


def _row(desk: Desk, item: Taken, zone: ZoneInfo, now: datetime) -> Row:
    language, booking, slot = desk.colleague.language, item.booking, item.slot
    free = Row(
        time=time_text(slot.starts, language, zone),
        languages=capital(", ".join(language_name(code, language) for code in item.seat.languages)),
        is_ready=item.seat.is_ready,
        is_held=item.is_held,
        reason=item.seat.reason or "",
    )
    if booking is None:
        return free
    is_open = booking.state == BookingState.CONFIRMED
    is_same_day = local_day(now, zone) == local_day(slot.starts, zone)
    return Row(
        time=free.time,
        languages=language_label(desk, booking.language),
        is_ready=free.is_ready,
        is_held=False,
        reason=free.reason,
        booking_id=booking.id,
        code=spaced(booking.code),
        topic=topic_name(desk.texts, booking.topic) if booking.topic else "",
        state=booking.state,
        ended=time_text(booking.ended_at, language, zone) if booking.ended_at else "",
        may_come=is_open and (is_same_day or slot.starts < now),
        is_next=abs(slot.starts - now) <= SOON,
        may_miss=is_open and slot.starts <= now,
        may_undo=not is_open and is_same_day,
    )


def _link(desk: Desk, day: date | None) -> tuple[str, str] | None:
    if day is None:
        return None
    return day.isoformat(), capital(day_text(day, desk.colleague.language))


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def to_day(on: date | None) -> Response:
    return RedirectResponse(f"/staff/day?on={on}" if on else "/staff/day", status_code=303)


def day_of(value: object) -> date | None:
    try:
        day = date.fromisoformat(str(value or ""))
    except ValueError:
        return None
    return day if FIRST_DAY <= day <= LAST_DAY else None
