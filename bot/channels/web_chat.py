"""Reads a conversation for its web page: what was said, what waits, and who answers now."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.conversation import Conversation, Message, Owner, find_by_token, messages_after
from backend.db import Database, as_system, resident
from backend.handover import open_handover, people_before
from backend.inbox import Inbox, InboxState
from backend.reply import Kind
from backend.staff import Staff
from backend.visitor import Visitor
from booking.drop_in import open_ticket
from booking.resident_cards import Standing, held, is_cancelled, standing
from bot.channels.web_turns import Cards, Reading, TurnView, references, view_turns

SHOWN_AT_ONCE = 60


@dataclass(frozen=True)
class Chat:
    turns: list[TurnView]
    pending: list[str]  # texts that are stored and not answered yet, empty for a button
    person: str | None
    language: str
    last_seq: int
    has_earlier: bool
    before: int | None
    standing: Standing | None
    ticket_id: UUID | None

    @property
    def topics(self) -> tuple[str, ...]:
        """Beside the conversation itself: what else moves on this page."""
        lane = (self.standing.lane_topic,) if self.standing and self.standing.is_open else ()
        queue = ("queue",) if self.before is not None else ()
        return (*lane, *queue)


class ConversationGone(Exception):
    """Erased, or the cookie belongs to another one."""


async def load_chat(
    database: Database, visitor: Visitor, now: datetime, after: int = 0, *, is_whole: bool = False
) -> Chat:
    """The turns after a number; a first load of a long conversation leaves out the oldest."""
    if visitor.conversation is None:
        raise ConversationGone
    scope = resident(visitor.municipality.id, visitor.conversation.id)
    async with database.transaction(scope) as db:
        conversation = await find_by_token(db, visitor.token)
        if conversation is None:
            raise ConversationGone
        return await _load(db, conversation, visitor, now, _first(conversation, after, is_whole))


async def is_still_there(database: Database, visitor: Visitor) -> bool:
    if visitor.conversation is None:
        return False
    scope = resident(visitor.municipality.id, visitor.conversation.id)
    async with database.transaction(scope) as db:
        return await find_by_token(db, visitor.token) is not None


def _first(conversation: Conversation, after: int, is_whole: bool) -> int:  # noqa: FBT001 -- private
    if after or is_whole:
        return after
    return max(0, conversation.last_seq - SHOWN_AT_ONCE)


async def _load(
    db: AsyncSession, conversation: Conversation, visitor: Visitor, now: datetime, after: int
) -> Chat:
    language = conversation.language
    found = await messages_after(db, conversation.id, max(0, after - 1))
    previous = found[0] if found and found[0].seq == after else None
    messages = [message for message in found if message.seq > after]
    names = await _names(db, conversation, messages)
    ticket = await open_ticket(db, conversation.id)
    before = await _before(db, conversation)
    cards = await _cards(db, messages, language, now, before)
    zone = ZoneInfo(visitor.municipality.time_zone)
    return Chat(
        turns=view_turns(messages, Reading(language, zone, names, cards), previous=previous),
        pending=await _pending(db, conversation.id),
        person=names.get(conversation.staff_id) if conversation.staff_id else None,
        language=language,
        last_seq=messages[-1].seq if messages else after,
        has_earlier=after > 0,
        before=before,
        standing=await standing(db, ticket.id, language, now) if ticket else None,
        ticket_id=ticket.id if ticket else None,
    )


async def _names(
    db: AsyncSession, conversation: Conversation, messages: Iterable[Message]
) -> dict[UUID, str]:
    """The names of those who wrote here; residents see no other staff account."""
    ids = {message.staff_id for message in messages} | {conversation.staff_id}
    wanted = [staff_id for staff_id in ids if staff_id]
    if not wanted:
        return {}
    async with as_system(db):
        rows = await db.execute(select(Staff.id, Staff.name).where(Staff.id.in_(wanted)))
        return {row.id: row.name for row in rows}


async def _before(db: AsyncSession, conversation: Conversation) -> int | None:
    if conversation.owner != Owner.QUEUE:
        return None
    return await people_before(db, await open_handover(db, conversation.id))


async def _pending(db: AsyncSession, conversation_id: UUID) -> list[str]:
    payloads = await db.scalars(
        select(Inbox.payload)
        .where(Inbox.conversation_id == conversation_id, Inbox.state == InboxState.READY)
        .order_by(Inbox.id)
    )
    return [payload.get("text") or "" for payload in payloads]


async def _cards(
    db: AsyncSession, messages: list[Message], language: str, now: datetime, before: int | None
) -> Cards:
    held_ids = references(messages, Kind.HOLD)
    booked_ids = references(messages, Kind.BOOKED)
    standings = {
        str(row_id): await standing(db, row_id, language, now)
        for row_id in references(messages, Kind.TICKET)
    }
    return Cards(
        held={str(row_id): await held(db, row_id, language) for row_id in held_ids},
        cancelled=frozenset(
            [str(row_id) for row_id in booked_ids if await is_cancelled(db, row_id)]
        ),
        standing={key: value for key, value in standings.items() if value},
        before=before,
    )
