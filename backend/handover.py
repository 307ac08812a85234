"""A conversation goes from the bot to the queue, to one caseworker, and back.

All who assign, take or give back a conversation do it through the functions of this file.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from backend.conversation import Author, Conversation, Message, Owner
from backend.db import Id, MunicipalityId, Table, as_system
from backend.live import announce
from backend.staff import Colleague, Staff

URGENT = 10


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
    """queue -> caseworker, by one conditional update: exactly one of many wins."""
    handover = await db.scalar(
        update(Handover)
        .where(
            Handover.id == handover_id,
            Handover.state == HandoverState.WAITING,
            Handover.version == version,
        )
        .values(
            state=HandoverState.CLAIMED,
            claimed_by=colleague.staff_id,
            claimed_at=now,
            version=Handover.version + 1,
        )
        .returning(Handover)
        .execution_options(populate_existing=True)
    )
    if handover is None:
        raise await _already_claimed(db, handover_id)
    await db.execute(
        update(Conversation)
        .where(Conversation.id == handover.conversation_id)
        .values(
            owner=Owner.CASEWORKER,
            staff_id=colleague.staff_id,
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


async def put_back(
    db: AsyncSession, colleague: Colleague, conversation_id: UUID
) -> Conversation:
    """caseworker -> queue: somebody else shall take it; its age is kept."""
    conversation = await lock_own(db, colleague, conversation_id)
    handover = await open_handover(db, conversation_id)
    handover.state = HandoverState.WAITING
    handover.claimed_by = None
    handover.claimed_at = None
    handover.version += 1
    conversation.owner = Owner.QUEUE
    conversation.staff_id = None
    conversation.version += 1
    await announce(db, "queue", str(handover.id), handover.body_id)
    return conversation


@dataclass(frozen=True)
class Waiting:
    """A line of the inbox."""

    handover: Handover
    first_words: str
    claimed_by: str | None


async def list_open(db: AsyncSession) -> list[Waiting]:
    """Open hand-overs of the own body: by priority, then age; with the last resident words."""
    last_words = (
        select(Message.text)
        .where(
            Message.conversation_id == Handover.conversation_id,
            Message.author == Author.RESIDENT,
        )
        .order_by(Message.seq.desc())
        .limit(1)
        .scalar_subquery()
    )
    rows = await db.execute(
        select(Handover, last_words, Staff.name)
        .outerjoin(Staff, Staff.id == Handover.claimed_by)
        .where(Handover.state.in_([HandoverState.WAITING, HandoverState.CLAIMED]))
        .order_by(Handover.priority.desc(), Handover.created_at)
    )
    return [Waiting(handover, words or "", name) for handover, words, name in rows]
