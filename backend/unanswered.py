"""Lines that the bot had no answer to, kept for learning where the municipality turned that on:
redacted, counted by day, and linked to nobody. Who decides about them is in the audit."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ARRAY, Float, Text, delete, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.sql import ColumnElement

from backend.db import Id, MunicipalityId, Table, as_system

# One statement, which stores nothing where the municipality has not turned it on.
KEEP = text(
    "insert into unanswered_line (language, text, reason, nearest, meant)"
    " select :language, :text, :reason, :nearest, :meant"
    " from municipality where id = tenant() and keeps_unanswered"
    " on conflict (municipality_id, language, text) do update set"
    " times = unanswered_line.times + 1, seen_on = current_date, reason = excluded.reason,"
    " nearest = excluded.nearest, meant = coalesce(excluded.meant, unanswered_line.meant)"
)


class Reason(StrEnum):
    """Not understood; the resident chose among "did you mean"; the resident spoke of the answer."""

    MISSED = "missed"
    CORRECTED = "corrected"
    FEEDBACK = "feedback"


class UnansweredLine(Table):
    __tablename__ = "unanswered_line"
    municipality_id: Mapped[MunicipalityId]
    id: Mapped[Id]
    language: Mapped[str]
    text: Mapped[str]
    reason: Mapped[str]
    nearest: Mapped[list[str]] = mapped_column(ARRAY(Text))
    meant: Mapped[str | None]
    times: Mapped[int] = mapped_column(default=1)
    seen_on: Mapped[date] = mapped_column(server_default=func.current_date())
    vector: Mapped[list[float] | None] = mapped_column(ARRAY(Float(24)))
    intent: Mapped[str | None]
    exported_on: Mapped[date | None]


@dataclass(frozen=True)
class Unanswered:
    """`text` is redacted; `nearest` and `meant` are ids of the taxonomy."""

    text: str
    language: str
    reason: Reason
    nearest: tuple[str, ...]
    meant: str | None = None


async def keep(db: AsyncSession, line: Unanswered) -> None:
    """Equal lines are counted. In a resident's scope too, who may never read them."""
    async with as_system(db):
        await db.execute(KEEP, asdict(line) | {"nearest": list(line.nearest)})


async def count_open(db: AsyncSession) -> dict[str, int]:
    """Lines that nobody has decided about, by language."""
    query = select(UnansweredLine.language, func.count()).where(UnansweredLine.intent.is_(None))
    rows = await db.execute(query.group_by(UnansweredLine.language))
    return dict(rows.tuples().all())


async def list_open(db: AsyncSession, language: str, limit: int) -> list[UnansweredLine]:
    """What was asked most often comes first."""
    query = select(UnansweredLine).where(
        UnansweredLine.language == language, UnansweredLine.intent.is_(None)
    )
    order = (UnansweredLine.times.desc(), UnansweredLine.text)
    return list(await db.scalars(query.order_by(*order).limit(limit)))


async def list_approved(db: AsyncSession) -> list[UnansweredLine]:
    query = select(UnansweredLine).where(UnansweredLine.intent.is_not(None))
    order = (UnansweredLine.intent, UnansweredLine.language, UnansweredLine.text)
    return list(await db.scalars(query.order_by(*order)))


async def approve(db: AsyncSession, ids: Sequence[UUID], intent: str) -> list[UUID]:
    """Makes open lines training lines of an id; returns those that were still open."""
    return await _change(db, ids, UnansweredLine.intent.is_(None), intent=intent)


async def take_back(db: AsyncSession, ids: Sequence[UUID]) -> list[UUID]:
    """Approved lines are open again."""
    approved = UnansweredLine.intent.is_not(None)
    return await _change(db, ids, approved, intent=None, exported_on=None)


async def dismiss(db: AsyncSession, ids: Sequence[UUID]) -> list[UUID]:
    """Nothing is left of them; who writes the same again brings them back."""
    query = delete(UnansweredLine).where(
        UnansweredLine.id.in_(ids), UnansweredLine.intent.is_(None)
    )
    return list(await db.scalars(query.returning(UnansweredLine.id)))


async def mark_exported(db: AsyncSession, lines: Sequence[UnansweredLine]) -> None:
    """They go a month after the first export, so that a lost file can be had again."""
    ids = [line.id for line in lines if line.exported_on is None]
    await _change(db, ids, UnansweredLine.exported_on.is_(None), exported_on=func.current_date())


async def _change(
    db: AsyncSession, ids: Sequence[UUID], condition: ColumnElement[bool], **values: object
) -> list[UUID]:
    query = update(UnansweredLine).where(UnansweredLine.id.in_(ids), condition).values(values)
    return list(await db.scalars(query.returning(UnansweredLine.id)))
