"""A conversation goes from the bot to the queue, to one caseworker, and back.

All who assign, take or give back a conversation do it through the functions of this file.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeVar
from uuid import UUID

from sqlalchemy import ScalarSelect, UnaryExpression, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute, Mapped, mapped_column
from sqlalchemy.sql import ColumnElement

from backend.conversation import Author, Conversation, Message, Owner
from backend.db import Id, MunicipalityId, Table, as_system
from backend.live import announce
from backend.reply import Kind
from backend.staff import Colleague, Permission, Staff, who_may

URGENT = 10
T = TypeVar("T")


class HandoverState(StrEnum):
    WAITING = "waiting"
    CLAIMED = "claimed"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


class Handover(Table):
    __tablename__ = "handover"
    municipality_id: Mapped[MunicipalityId]
    body_id: Mapped[UUID]
    id: Mapped[Id]
    conversation_id: Mapped[UUID]
    reason: Mapped[str]
    topic: Mapped[str | None]
    language: Mapped[str]
    is_shared: Mapped[bool]
    priority: Mapped[int] = mapped_column(default=0)
    state: Mapped[str] = mapped_column(default=HandoverState.WAITING)
    answer_by: Mapped[datetime]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    claimed_by: Mapped[UUID | None]
    claimed_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)


@dataclass(frozen=True)
class Request:
    """What a resident asks for when asking for a person."""

    body_id: UUID
    reason: str
    topic: str | None
    is_shared: bool
    answer_by: datetime
    priority: int = 0


class AlreadyClaimed(Exception):
    """Somebody else was first (or the resident left the queue meanwhile)."""

    def __init__(self, name: str | None, at: datetime | None) -> None:
        super().__init__(name)
        self.name = name
        self.at = at


class NotYours(Exception):
    """Only the caseworker who owns the conversation may do this."""


class CannotReceive(Exception):
    """Nobody else of the body who may answer."""


async def ask_for_person(
    db: AsyncSession, conversation: Conversation, request: Request, now: datetime
) -> Handover:
    """bot -> queue. The caller holds the conversation's lock."""
    if conversation.owner != Owner.BOT:
        return await open_handover(db, conversation.id)
    conversation.owner = Owner.QUEUE
    conversation.body_id = request.body_id
    # What was said before stays unread by staff when the resident does not share it.
    conversation.shared_from_seq = 1 if request.is_shared else conversation.last_seq + 1
    conversation.shared_to_seq = None
    handover = Handover(
        conversation_id=conversation.id,
        language=conversation.language,
        created_at=now,
        **vars(request),
    )
    db.add(handover)
    await db.flush()
    await announce(db, "queue", str(handover.id), request.body_id)
    return handover


async def open_handover(db: AsyncSession, conversation_id: UUID) -> Handover:
    return (
        await db.scalars(
            select(Handover).where(
                Handover.conversation_id == conversation_id,
                Handover.state.in_([HandoverState.WAITING, HandoverState.CLAIMED]),
            )
        )
    ).one()


async def latest_handover(db: AsyncSession, conversation_id: UUID) -> Handover | None:
    """The open one, else the one closed last."""
    return (
        await db.scalars(
            select(Handover)
            .where(Handover.conversation_id == conversation_id)
            .order_by(Handover.created_at.desc())
            .limit(1)
        )
    ).first()


async def count_waiting(db: AsyncSession) -> int:
    waiting = Handover.state == HandoverState.WAITING
    return (
        await db.scalars(select(func.count()).select_from(Handover).where(waiting))
    ).first() or 0


async def people_before(db: AsyncSession, handover: Handover) -> int:
    """How many wait before this one: higher priority first, then age."""
    async with as_system(db):
        count = await db.scalar(
            select(func.count())
            .select_from(Handover)
            .where(
                Handover.body_id == handover.body_id,
                Handover.state == HandoverState.WAITING,
                Handover.id != handover.id,
                (Handover.priority > handover.priority)
                | (
                    (Handover.priority == handover.priority)
                    & (Handover.created_at < handover.created_at)
                ),
            )
        )
    return count or 0


async def withdraw(db: AsyncSession, conversation: Conversation, now: datetime) -> None:
    """queue -> bot, by the resident's own wish."""
    handover = await open_handover(db, conversation.id)
    handover.state = HandoverState.WITHDRAWN
    handover.closed_at = now
    handover.version += 1
    conversation.owner = Owner.BOT
    conversation.body_id = None
    await announce(db, "queue", str(handover.id), handover.body_id)


async def claim(
    db: AsyncSession, colleague: Colleague, handover_id: UUID, version: int, now: datetime
) -> Handover:
    """queue -> caseworker: exactly one of many wins."""
    is_waiting = Handover.state == HandoverState.WAITING
    handover = await _assign(db, handover_id, version, is_waiting, colleague.staff_id, now)
    if handover is None:
        raise await _already_claimed(db, handover_id)
    return handover


async def transfer(
    db: AsyncSession,
    colleague: Colleague,
    handover_id: UUID,
    version: int,
    receiver_id: UUID,
    now: datetime,
) -> Staff:
    """caseworker -> another one of the same body, who is returned."""
    able = await who_may(db, Permission.ANSWER, colleague.body_id)
    receiver = next((staff for staff in able if staff.id == receiver_id), None)
    if receiver is None or receiver_id == colleague.staff_id:
        raise CannotReceive
    is_own = (Handover.state == HandoverState.CLAIMED) & (Handover.claimed_by == colleague.staff_id)
    if await _assign(db, handover_id, version, is_own, receiver_id, now) is None:
        raise NotYours
    return receiver


async def _assign(
    db: AsyncSession,
    handover_id: UUID,
    version: int,
    condition: ColumnElement[bool],
    staff_id: UUID,
    now: datetime,
) -> Handover | None:
    """By one conditional update; None when it did not hold any more. The conversation is locked
    first, as in a turn: the other order would end in a deadlock."""
    await db.execute(
        select(Conversation.id)
        .join(Handover, Handover.conversation_id == Conversation.id)
        .where(Handover.id == handover_id)
        .with_for_update(of=Conversation)
    )
    handover = await db.scalar(
        update(Handover)
        .where(Handover.id == handover_id, Handover.version == version, condition)
        .values(
            state=HandoverState.CLAIMED,
            claimed_by=staff_id,
            claimed_at=now,
            version=Handover.version + 1,
        )
        .returning(Handover)
        .execution_options(populate_existing=True)
    )
    if handover is None:
        return None
    await db.execute(
        update(Conversation)
        .where(Conversation.id == handover.conversation_id)
        .values(
            owner=Owner.CASEWORKER,
            staff_id=staff_id,
            version=Conversation.version + 1,
        )
    )
    await announce(db, "queue", str(handover.id), handover.body_id)
    return handover


async def _already_claimed(db: AsyncSession, handover_id: UUID) -> AlreadyClaimed:
    row = (
        await db.execute(
            select(Staff.name, Handover.claimed_at)
            .join(Staff, Staff.id == Handover.claimed_by)
            .where(Handover.id == handover_id)
        )
    ).first()
    return AlreadyClaimed(row.name, row.claimed_at) if row else AlreadyClaimed(None, None)


async def lock_own(db: AsyncSession, colleague: Colleague, conversation_id: UUID) -> Conversation:
    """The conversation, locked, if this caseworker owns it."""
    conversation = await db.scalar(
        select(Conversation)
        .where(
            Conversation.id == conversation_id,
            Conversation.owner == Owner.CASEWORKER,
            Conversation.staff_id == colleague.staff_id,
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if conversation is None:
        raise NotYours
    return conversation


async def give_back(
    db: AsyncSession, colleague: Colleague, conversation_id: UUID, now: datetime
) -> Conversation:
    """caseworker -> bot: the matter is closed; history stays, a new request opens a new one."""
    conversation = await lock_own(db, colleague, conversation_id)
    handover = await open_handover(db, conversation_id)
    handover.state = HandoverState.CLOSED
    handover.closed_at = now
    handover.version += 1
    conversation.owner = Owner.BOT
    conversation.staff_id = None
    conversation.shared_to_seq = conversation.last_seq
    conversation.version += 1
    await announce(db, "queue", str(handover.id), handover.body_id)
    return conversation


async def put_back(db: AsyncSession, colleague: Colleague, conversation_id: UUID) -> Conversation:
    """caseworker -> queue: somebody else shall take it; its age is kept."""
    conversation = await lock_own(db, colleague, conversation_id)
    await _to_queue(db, conversation)
    return conversation


async def put_back_all(db: AsyncSession, staff_id: UUID) -> list[Conversation]:
    """caseworker -> queue, for all that somebody had who answers no longer."""
    conversations = await db.scalars(
        select(Conversation)
        .where(Conversation.owner == Owner.CASEWORKER, Conversation.staff_id == staff_id)
        .order_by(Conversation.id)
        .with_for_update()
    )
    held = list(conversations)
    for conversation in held:
        await _to_queue(db, conversation)
    return held


async def _to_queue(db: AsyncSession, conversation: Conversation) -> None:
    handover = await open_handover(db, conversation.id)
    handover.state = HandoverState.WAITING
    handover.claimed_by = None
    handover.claimed_at = None
    handover.version += 1
    conversation.owner = Owner.QUEUE
    conversation.staff_id = None
    conversation.version += 1
    await announce(db, "queue", str(handover.id), handover.body_id)


@dataclass(frozen=True)
class Waiting:
    """A line of the inbox."""

    handover: Handover
    first_words: str
    claimed_by: str | None
    resident_seq: int = 0
    caseworker_seq: int = 0
    answered_at: datetime | None = None

    @property
    def is_answered(self) -> bool:
        """Nothing new from the resident since the caseworker wrote."""
        return self.caseworker_seq > self.resident_seq


async def list_open(db: AsyncSession) -> list[Waiting]:
    """Open hand-overs of the own body: by priority, then age; with the last resident words."""
    rows = await db.execute(
        select(
            Handover,
            _last_words(),
            Staff.name,
            _last(Message.seq, Author.RESIDENT),
            _last(Message.seq, Author.CASEWORKER),
            _last(Message.created_at, Author.CASEWORKER),
        )
        .outerjoin(Staff, Staff.id == Handover.claimed_by)
        .where(Handover.state.in_([HandoverState.WAITING, HandoverState.CLAIMED]))
        .order_by(Handover.priority.desc(), Handover.created_at, Handover.id)
    )
    return [
        Waiting(handover, words or "", name, resident_seq or 0, caseworker_seq or 0, answered_at)
        for handover, words, name, resident_seq, caseworker_seq, answered_at in rows
    ]


def _last_words() -> ScalarSelect[str]:
    """What the resident wrote last; a pressed button counts only where nothing was written."""
    written = Message.payload["kind"].astext.is_distinct_from(Kind.TAP)
    return _last(Message.text, Author.RESIDENT, written.desc())


def _last(
    column: InstrumentedAttribute[T], author: Author, *first: UnaryExpression[bool]
) -> ScalarSelect[T]:
    """Of the last message by one kind of author that the reader may see."""
    return (
        select(column)
        .where(Message.conversation_id == Handover.conversation_id, Message.author == author)
        .order_by(*first, Message.seq.desc())
        .limit(1)
        .scalar_subquery()
    )


async def announce_blocked(db: AsyncSession, conversation: Conversation) -> None:
    """Open pages of the inbox learn that this resident can no longer be reached here."""
    await announce(db, "queue", str(conversation.id), conversation.body_id)
    await announce(
        db, f"conversation:{conversation.id}", str(conversation.last_seq), conversation.body_id
    )
