"""Tells a resident in the chat that the number is called; not everybody watches the ticket page."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.conversation import Author, append, find_conversation
from backend.db import as_system
from backend.places import Office, in_language
from backend.reply import Kind, Reply
from booking.drop_in import Lane, Ticket
from booking.sessions import Session
from content.texts import Domain, load_texts


async def tell_called(db: AsyncSession, ticket: Ticket, now: datetime) -> None:
    """Reception gives the message on without seeing the conversation; paper numbers have none."""
    if ticket.conversation_id is None:
        return
    number = await _label(db, ticket)
    office = await _office(db, ticket)
    async with as_system(db):
        conversation = await find_conversation(db, ticket.conversation_id)
        if conversation is None:
            return
        language = conversation.language
        text = load_texts(Domain.RESIDENT, language).gettext(
            "{number}: it is your turn now. Please come in. {place}",
            number=number,
            place=f"{in_language(office.name, language)}, {in_language(office.room, language)}.",
        )
        await append(db, conversation, Author.EVENT, Reply(text, kind=Kind.EVENT), at=now)


async def _label(db: AsyncSession, ticket: Ticket) -> str:
    lane = (await db.scalars(select(Lane).where(Lane.id == ticket.lane_id))).one()
    return f"{lane.letter}{ticket.number}"


async def _office(db: AsyncSession, ticket: Ticket) -> Office:
    found = await db.scalars(
        select(Office)
        .join(Session, Session.office_id == Office.id)
        .where(Session.id == ticket.session_id)
    )
    return found.one()
