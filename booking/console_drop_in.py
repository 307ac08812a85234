"""The drop-in at the desk: one lane per language, whom to call, and paper numbers for those who
have no phone, in the same order."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends
from fastapi.responses import RedirectResponse, Response
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException

from backend.console_desk import ConsoleRoute, Desk, signed_in
from backend.console_lines import age_text, capital, language_label
from backend.idempotency import once
from backend.inbox import KeyReused
from backend.places import Office, Service, ServiceKind, in_language
from backend.plain_text import TooLong, clean
from backend.staff import Permission
from booking.drop_in import (
    NUMBERS_FROM,
    Lane,
    NoLane,
    NoNumbersNow,
    Ticket,
    TicketGone,
    TicketState,
    call_again,
    call_next,
    end_ticket,
    next_session,
    place_of,
    take_ticket,
)
from booking.resident_call import tell_called
from booking.sessions import Session
from content.languages import language_name
from content.locale_format import day_text, local_day, time_text

router = APIRouter(prefix="/staff", route_class=ConsoleRoute, include_in_schema=False)

ServingDesk = Annotated[Desk, Depends(signed_in(Permission.SERVE_DROP_IN))]
Deed = Callable[[AsyncSession], Awaitable[dict[str, Any]]]


@dataclass(frozen=True)
class Number:
    ticket_id: UUID
    label: str
    is_paper: bool
    language: str
    age: str
    called_at: str


@dataclass(frozen=True)
class LaneView:
    lane_id: UUID
    letter: str
    title: str
    languages: list[tuple[str, str]]  # code and name
    called: list[Number]
    waiting: list[Number]
    served: int


@dataclass(frozen=True)
class DropInView:
    """One service: its running or next session and the lanes in it."""

    service_id: UUID
    name: str
    place: str
    day: str
    opens: str
    closes: str
    numbers_from: str
    is_today: bool
    gives_numbers: bool
    lanes: list[LaneView]
    waiting: int


@dataclass(frozen=True)
class Given:
    """A paper number that was just given out."""

    label: str
    language: str
    before: int


@router.get("/drop-in")
async def show_drop_in(desk: ServingDesk, given: UUID | None = None) -> Response:
    return await _drop_in_page(desk, given=given)


@router.post("/lanes/{lane_id}/call")
async def call(desk: ServingDesk, lane_id: UUID) -> Response:
    """Pressed twice it calls one number; two colleagues who press call two."""
    form = await desk.form()

    async def deed(db: AsyncSession) -> dict[str, Any]:
        lane = await _lane(db, lane_id)
        ticket = await call_next(db, lane.id, desk.now())
        if ticket:
            await _called(desk, db, ticket)
        return {}

    return await _once(desk, form, f"call|{lane_id}", deed)


@router.post("/lanes/{lane_id}/paper")
async def give_paper_number(desk: ServingDesk, lane_id: UUID) -> Response:
    form = await desk.form()
    language = str(form.get("language") or "")

    async def deed(db: AsyncSession) -> dict[str, Any]:
        lane = await _lane(db, lane_id)
        if language not in lane.languages:
            raise HTTPException(422)
        ticket = await take_ticket(db, await _service_of(db, lane), language, desk.now())
        await desk.record(db, "paper_number", "ticket", ticket.id)
        return {"given": str(ticket.id)}

    return await _once(desk, form, f"paper|{lane_id}|{language}", deed)


@router.post("/tickets/{ticket_id}/call")
async def call_once_more(desk: ServingDesk, ticket_id: UUID) -> Response:
    async def deed(db: AsyncSession) -> dict[str, Any]:
        await _called(desk, db, await call_again(db, ticket_id, desk.now()))
        return {}

    return await _on_ticket(desk, ticket_id, deed)


@router.post("/tickets/{ticket_id}/served")
async def served(desk: ServingDesk, ticket_id: UUID) -> Response:
    return await _end(desk, ticket_id, TicketState.SERVED)


@router.post("/tickets/{ticket_id}/no-show")
async def did_not_come(desk: ServingDesk, ticket_id: UUID) -> Response:
    return await _end(desk, ticket_id, TicketState.NO_SHOW)


async def _end(desk: Desk, ticket_id: UUID, state: TicketState) -> Response:
    async def deed(db: AsyncSession) -> dict[str, Any]:
        await end_ticket(db, ticket_id, state, desk.now())
        await desk.record(db, state, "ticket", ticket_id)
        return {}

    return await _on_ticket(desk, ticket_id, deed)


async def _called(desk: Desk, db: AsyncSession, ticket: Ticket) -> None:
    await desk.record(db, "call", "ticket", ticket.id)
    await tell_called(db, ticket, desk.now())


async def _on_ticket(desk: Desk, ticket_id: UUID, deed: Deed) -> Response:
    await desk.form()
    try:
        async with desk.transaction() as db:
            if await db.scalar(select(Ticket.id).where(Ticket.id == ticket_id)) is None:
                raise HTTPException(404)
            await deed(db)
    except TicketGone:
        return await _drop_in_page(desk, status=409, problem="gone")
    return RedirectResponse("/staff/drop-in", status_code=303)


async def _once(desk: Desk, form: FormData, request: str, deed: Deed) -> Response:
    """The form carries its own key, so that a double press is one deed."""
    try:
        key = clean(str(form.get("key") or ""))[:64] or str(uuid4())
        async with desk.transaction() as db:
            actor = f"staff:{desk.colleague.staff_id}"
            done = await once(db, actor, key, request.encode(), lambda: deed(db))
    except (NoNumbersNow, NoLane):
        return await _drop_in_page(desk, status=409, problem="no_numbers")
    except (KeyReused, TooLong):
        return await _drop_in_page(desk, status=409, problem="gone")
    given = done.get("given")
    url = f"/staff/drop-in?given={given}" if given else "/staff/drop-in"
    return RedirectResponse(url, status_code=303)


async def _drop_in_page(
    desk: Desk, *, given: UUID | None = None, status: int = 200, problem: str = ""
) -> Response:
    after = await desk.latest_event()
    async with desk.transaction() as db:
        services = await db.scalars(
            select(Service).where(Service.kind == ServiceKind.DROP_IN).order_by(Service.key)
        )
        views = [await _view(desk, db, service) for service in services]
        return await desk.page(
            db,
            "console/drop_in.html",
            status=status,
            place="drop_in",
            topics="drop_in",
            after=after,
            drop_ins=[view for view in views if view],
            given=await _given(desk, db, given) if given else None,
            new_key=lambda: str(uuid4()),
            problem=problem,
        )


async def _view(desk: Desk, db: AsyncSession, service: Service) -> DropInView | None:
    now, language = desk.now(), desk.colleague.language
    session = await next_session(db, service.id, now)
    if session is None:
        return None
    office = (await db.scalars(select(Office).where(Office.id == session.office_id))).one()
    zone = ZoneInfo(office.time_zone)
    lanes = await _lanes(desk, db, session, zone)
    return DropInView(
        service_id=service.id,
        name=in_language(service.name, language),
        place=f"{in_language(office.name, language)}, {in_language(office.room, language)}",
        day=capital(day_text(local_day(session.starts, zone), language)),
        opens=time_text(session.starts, language, zone),
        closes=time_text(session.ends, language, zone),
        numbers_from=time_text(session.starts - NUMBERS_FROM, language, zone),
        is_today=local_day(session.starts, zone) == local_day(now, zone),
        gives_numbers=now >= session.starts - NUMBERS_FROM,
        lanes=lanes,
        waiting=sum(len(lane.waiting) for lane in lanes),
    )


async def _lanes(desk: Desk, db: AsyncSession, session: Session, zone: ZoneInfo) -> list[LaneView]:
    lanes = await db.scalars(
        select(Lane).where(Lane.session_id == session.id).order_by(Lane.letter)
    )
    tickets = list(
        await db.scalars(
            select(Ticket).where(Ticket.session_id == session.id).order_by(Ticket.number)
        )
    )
    return [
        _lane_view(desk, lane, [t for t in tickets if t.lane_id == lane.id], zone) for lane in lanes
    ]


def _lane_view(desk: Desk, lane: Lane, tickets: list[Ticket], zone: ZoneInfo) -> LaneView:
    def numbers(state: TicketState) -> list[Number]:
        return [_number(desk, lane, t, zone) for t in tickets if t.state == state]

    return LaneView(
        lane_id=lane.id,
        letter=lane.letter,
        title=capital(
            ", ".join(language_name(code, desk.colleague.language) for code in lane.languages)
        ),
        languages=[(code, language_label(desk, code)) for code in lane.languages],
        called=numbers(TicketState.CALLED),
        waiting=numbers(TicketState.WAITING),
        served=len(numbers(TicketState.SERVED)),
    )


def _number(desk: Desk, lane: Lane, ticket: Ticket, zone: ZoneInfo) -> Number:
    language = desk.colleague.language
    return Number(
        ticket_id=ticket.id,
        label=f"{lane.letter}{ticket.number}",
        is_paper=ticket.conversation_id is None,
        language=language_label(desk, ticket.language),
        age=age_text(desk.texts, ticket.created_at, desk.now()),
        called_at=time_text(ticket.called_at, language, zone) if ticket.called_at else "",
    )


async def _given(desk: Desk, db: AsyncSession, ticket_id: UUID) -> Given | None:
    ticket = await db.scalar(
        select(Ticket).where(Ticket.id == ticket_id, Ticket.state == TicketState.WAITING)
    )
    if ticket is None:
        return None
    place = await place_of(db, ticket, 0)
    return Given(place.label, language_label(desk, ticket.language), place.before)


async def _lane(db: AsyncSession, lane_id: UUID) -> Lane:
    lane = await db.scalar(select(Lane).where(Lane.id == lane_id))
    if lane is None:
        raise HTTPException(404)
    return lane


async def _service_of(db: AsyncSession, lane: Lane) -> Service:
    return (
        await db.scalars(
            select(Service)
            .join(Session, Session.service_id == Service.id)
            .where(Session.id == lane.session_id)
        )
    ).one()
