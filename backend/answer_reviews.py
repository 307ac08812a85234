"""Who of a municipality has reviewed which text of an answer, and what the source texts said
before they were changed. Both belong to a text, not to a file: a changed text is a new one."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import and_, delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.sql import ColumnElement

from backend.app_state import Core
from backend.db import Id, MunicipalityId, Table
from backend.staff import Staff
from content.answer_file import Review
from content.answers import Answer, Answers

KEPT = timedelta(days=183)


class AnswerReview(Table):
    __tablename__ = "answer_review"
    municipality_id: Mapped[MunicipalityId]
    id: Mapped[Id]
    country: Mapped[str]
    topic: Mapped[str]
    language: Mapped[str]
    text_hash: Mapped[str]
    reviewer_id: Mapped[UUID]
    reviewed_at: Mapped[datetime]


class SourceText(Table):
    """The same for all municipalities, because the files are."""

    __tablename__ = "source_text"
    country: Mapped[str] = mapped_column(primary_key=True)
    topic: Mapped[str] = mapped_column(primary_key=True)
    section: Mapped[str] = mapped_column(primary_key=True)
    hash: Mapped[str] = mapped_column(primary_key=True)
    text: Mapped[str]
    seen_at: Mapped[datetime]


@dataclass(frozen=True)
class ReviewMark:
    """`name` is empty for somebody of another body, whose accounts are behind its wall."""

    id: UUID
    name: str
    at: datetime


async def is_reviewed(db: AsyncSession, answer: Answer) -> bool:
    """By the mark in its file, or by an editor of this municipality for exactly this text."""
    if answer.review is not Review.NONE:
        return True
    return await db.scalar(select(AnswerReview.id).where(*_of(answer))) is not None


async def find_review(db: AsyncSession, answer: Answer) -> ReviewMark | None:
    reviewer = and_(
        Staff.id == AnswerReview.reviewer_id,
        Staff.municipality_id == AnswerReview.municipality_id,
    )
    query = select(AnswerReview, Staff.name).outerjoin(Staff, reviewer).where(*_of(answer))
    row = (await db.execute(query)).first()
    if row is None:
        return None
    return ReviewMark(row.AnswerReview.id, row.name or "", row.AnswerReview.reviewed_at)


async def reviewed_texts(db: AsyncSession, country: str) -> frozenset[str]:
    """Hashes of all texts that the municipality has reviewed."""
    query = select(AnswerReview.text_hash).where(AnswerReview.country == country)
    return frozenset(await db.scalars(query))


async def mark_reviewed(
    db: AsyncSession, answer: Answer, reviewer_id: UUID, now: datetime
) -> UUID | None:
    """The id of the new mark; None where somebody was quicker, whose mark stays."""
    row = {
        "country": answer.country,
        "topic": answer.topic,
        "language": answer.language,
        "text_hash": answer.text_hash,
        "reviewer_id": reviewer_id,
        "reviewed_at": now,
    }
    statement = insert(AnswerReview).values(row).on_conflict_do_nothing()
    done: UUID | None = await db.scalar(statement.returning(AnswerReview.id))
    return done


async def take_back_review(db: AsyncSession, answer: Answer, review_id: UUID) -> bool:
    """Exactly the mark that the reader saw; False when it has gone already."""
    statement = delete(AnswerReview).where(AnswerReview.id == review_id, *_of(answer))
    return await db.scalar(statement.returning(AnswerReview.id)) is not None


async def forget_gone_texts(db: AsyncSession, answers: Answers, now: datetime) -> None:
    """A mark names a colleague, so it goes with its text: half a year after it was made, as long
    as the text was valid, if no answer says it any more."""
    current = {answer.text_hash for answer in answers}
    gone = (AnswerReview.reviewed_at < now - KEPT, AnswerReview.text_hash.not_in(current))
    await db.execute(delete(AnswerReview).where(*gone))


async def remember_sources(core: Core) -> None:
    """Keeps every source text that an app has ever started with."""
    rows = [
        {
            "country": answer.country,
            "topic": answer.topic,
            "section": section.id,
            "hash": section.hash,
            "text": section.written,
            "seen_at": core.clock(),
        }
        for answer in core.answers
        if answer.translated_from is None
        for section in answer.sections
    ]
    async with core.database.outside_walls() as db:
        if rows:
            await db.execute(insert(SourceText).on_conflict_do_nothing(), rows)


async def find_source_texts(
    db: AsyncSession, country: str, topic: str
) -> dict[tuple[str, str], str]:
    """What the sections of a source have said so far, by section and hash."""
    query = select(SourceText.section, SourceText.hash, SourceText.text).where(
        SourceText.country == country, SourceText.topic == topic
    )
    return {(row.section, row.hash): row.text for row in await db.execute(query)}


async def earlier_texts(db: AsyncSession, country: str) -> dict[tuple[str, str, str], str]:
    """What all sources have said so far, by topic, section and hash."""
    columns = (SourceText.topic, SourceText.section, SourceText.hash, SourceText.text)
    rows = await db.execute(select(*columns).where(SourceText.country == country))
    return {(row.topic, row.section, row.hash): row.text for row in rows}


async def source_days(db: AsyncSession, country: str) -> dict[tuple[str, str, str], datetime]:
    """Since when a source has said what it says, by topic, section and hash."""
    columns = (SourceText.topic, SourceText.section, SourceText.hash, SourceText.seen_at)
    rows = await db.execute(select(*columns).where(SourceText.country == country))
    return {(row.topic, row.section, row.hash): row.seen_at for row in rows}


def _of(answer: Answer) -> tuple[ColumnElement[bool], ...]:
    return (
        AnswerReview.country == answer.country,
        AnswerReview.topic == answer.topic,
        AnswerReview.language == answer.language,
        AnswerReview.text_hash == answer.text_hash,
    )
