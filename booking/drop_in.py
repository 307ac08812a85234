"""The drop-in queue: numbers from home or at the door, one order in each language lane."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ARRAY, Text, any_, exists, func, literal, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from backend.db import Id, MunicipalityId, Table, as_system
from backend.live import announce
from backend.places import Service
from booking.sessions import Session

# Numbers are given out from two hours before the doors open.
NUMBERS_FROM = timedelta(hours=2)


class TicketState(StrEnum):
    WAITING = "waiting"
    CALLED = "called"
    SERVED = "served"
    NO_SHOW = "no_show"
    LEFT = "left"


OPEN_STATES = (TicketState.WAITING, TicketState.CALLED)


class Lane(Table):
    __tablename__ = "lane"
    municipality_id: Mapped[MunicipalityId]
    body_id: Mapped[UUID]
    id: Mapped[Id]
    session_id: Mapped[UUID]
    letter: Mapped[str]
    languages: Mapped[list[str]] = mapped_column(ARRAY(Text))
    last_number: Mapped[int] = mapped_column(default=0)


class Ticket(Table):
    __tablename__ = "ticket"
    municipality_id: Mapped[MunicipalityId]
    body_id: Mapped[UUID]
    id: Mapped[Id]
    session_id: Mapped[UUID]
    lane_id: Mapped[UUID]
    number: Mapped[int]
    conversation_id: Mapped[UUID | None]
    language: Mapped[str]
    state: Mapped[str] = mapped_column(default=TicketState.WAITING)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    called_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)


class NoNumbersNow(Exception):
    """Numbers are not given out yet, or no longer; `session` is the next one, if any."""

    def __init__(self, session: Session | None) -> None:
        super().__init__(session.starts if session else None)
        self.session = session


class NoLane(Exception):
    """Nobody at this drop-in serves the language."""


class TicketGone(Exception):
    """The ticket is used, left, or was never there."""


@dataclass(frozen=True)
class Place:
    """Where a ticket stands in its lane."""

    label: str
    before: int
    called_label: str  # the number called last, empty before the first
    minutes: int


async def next_session(db: AsyncSession, service_id: UUID, now: datetime) -> Session | None:
    """The running session, else the next one. One that is closed counts only for those whom an open
    number still leads there: the walls show reception every number, a resident the own one."""
    has_number = exists().where(Ticket.session_id == Session.id, Ticket.state.in_(OPEN_STATES))
    return (
        await db.scalars(
            select(Session)
            .where(
                Session.service_id == service_id,
                Session.ends > now,
                Session.is_closed.is_(False) | has_number,
            )
            .order_by(Session.starts)
            .limit(1)
        )
    ).first()


async def take_ticket(
    db: AsyncSession,
    service: Service,
    language: str,
    now: datetime,
    conversation_id: UUID | None = None,
) -> Ticket:
    """The next number of the language's lane; a resident who has a number keeps it."""
    session = await next_session(db, service.id, now)
    if session is None or now < session.starts - NUMBERS_FROM:
        raise NoNumbersNow(session)
    if conversation_id and (ticket := await open_ticket(db, conversation_id, session.id)):
        return ticket
    lane = await db.scalar(
        update(Lane)
        .where(
            Lane.id
            == select(Lane.id)
            .where(Lane.session_id == session.id, literal(language) == any_(Lane.languages))
            .order_by(Lane.letter)
            .limit(1)
            .scalar_subquery()
        )
        .values(last_number=Lane.last_number + 1)
        .returning(Lane)
        .execution_options(populate_existing=True)
    )
    if lane is None:
        raise NoLane
    ticket = Ticket(
        body_id=lane.body_id,
        session_id=session.id,
        lane_id=lane.id,
        number=lane.last_number,
        conversation_id=conversation_id,
        language=language,
        created_at=now,
    )
    db.add(ticket)
    await db.flush()
    await _tell(db, ticket)
    return ticket


async def open_ticket(
    db: AsyncSession, conversation_id: UUID, session_id: UUID | None = None
) -> Ticket | None:
    query = select(Ticket).where(
        Ticket.conversation_id == conversation_id, Ticket.state.in_(OPEN_STATES)
    )
    if session_id:
        query = query.where(Ticket.session_id == session_id)
    return (await db.scalars(query.order_by(Ticket.created_at.desc()).limit(1))).first()


async def place_of(db: AsyncSession, ticket: Ticket, average_minutes: int) -> Place:
    lane = (await db.scalars(select(Lane).where(Lane.id == ticket.lane_id))).one()
    async with as_system(db):
        before = await db.scalar(
            select(func.count())
            .select_from(Ticket)
            .where(
                Ticket.lane_id == ticket.lane_id,
                Ticket.state == TicketState.WAITING,
                Ticket.number < ticket.number,
            )
        )
        called = await db.scalar(
            select(Ticket.number)
            .where(Ticket.lane_id == ticket.lane_id, Ticket.called_at.is_not(None))
            .order_by(Ticket.called_at.desc(), Ticket.number.desc())
            .limit(1)
        )
    return Place(
        label=f"{lane.letter}{ticket.number}",
        before=before or 0,
        called_label=f"{lane.letter}{called}" if called else "",
        minutes=(before or 0) * average_minutes,
    )


async def call_next(db: AsyncSession, lane_id: UUID, now: datetime) -> Ticket | None:
    """waiting -> called: the lowest waiting number. Two who press at once call two numbers."""
    ticket = await db.scalar(
        select(Ticket)
        .where(Ticket.lane_id == lane_id, Ticket.state == TicketState.WAITING)
        .order_by(Ticket.number)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if ticket:
        ticket.state = TicketState.CALLED
        ticket.called_at = now
        ticket.version += 1
        await _tell(db, ticket)
    return ticket


async def call_again(db: AsyncSession, ticket_id: UUID, now: datetime) -> Ticket:
    """The number is shown as called just now once more."""
    ticket = await db.scalar(select(Ticket).where(Ticket.id == ticket_id).with_for_update())
    if ticket is None or ticket.state != TicketState.CALLED:
        raise TicketGone
    ticket.called_at = now
    ticket.version += 1
    await _tell(db, ticket)
    return ticket


async def end_ticket(
    db: AsyncSession, ticket_id: UUID, state: TicketState, now: datetime
) -> Ticket:
    """waiting or called -> served, no_show or left. The same end twice is one end."""
    ticket = await db.scalar(
        select(Ticket)
        .where(Ticket.id == ticket_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if ticket is None:
        raise TicketGone
    if ticket.state == state:
        return ticket
    if ticket.state not in OPEN_STATES:
        raise TicketGone
    ticket.state = state
    ticket.ended_at = now
    ticket.version += 1
    await _tell(db, ticket)
    return ticket


async def _tell(db: AsyncSession, ticket: Ticket) -> None:
    await announce(db, f"lane:{ticket.lane_id}", str(ticket.id), ticket.body_id)
    await announce(db, "drop_in", str(ticket.id), ticket.body_id)


async def add_lane(db: AsyncSession, session: Session, letter: str, languages: list[str]) -> None:
    await db.execute(
        insert(Lane)
        .values(body_id=session.body_id, session_id=session.id, letter=letter, languages=languages)
        .on_conflict_do_nothing()
    )
