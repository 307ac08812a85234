"""What the inbox shows: lines of the queue and entries of a conversation, ready to be read."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.console_desk import Desk
from backend.console_phrases import are_reviewed, gloss
from backend.console_topics import answered_topic, handover_title, topic_name
from backend.conversation import Author, Conversation, Message, Owner
from backend.handover import URGENT, Handover, HandoverState, Waiting
from backend.outbox import OutboxState
from backend.reply import Kind, reply_from
from backend.resident_notices import Notice
from backend.staff import Staff, spoken_languages
from content.languages import language_name
from content.locale_format import local_day, moment_text, time_text
from content.texts import Texts

FIRST_WORDS = 140


class Group(StrEnum):
    URGENT = "urgent"
    WAITING = "waiting"
    MINE = "mine"
    COLLEAGUES = "colleagues"


class EntryKind(StrEnum):
    RESIDENT = "resident"
    BOT = "bot"
    MINE = "mine"
    COLLEAGUE = "colleague"
    EVENT = "event"


@dataclass(frozen=True)
class Line:
    conversation_id: UUID
    group: Group
    title: str
    age: str
    is_late: bool
    is_urgent: bool
    is_new: bool  # mine, and the resident has written since
    first_words: str
    language: str
    language_code: str
    is_shared: bool
    answer_by: str
    claimed_by: str


@dataclass(frozen=True)
class Entry:
    seq: int
    kind: EntryKind
    who: str
    at: str
    text: str
    language: str
    title: str = ""
    delivery: OutboxState | None = None
    gloss: str = ""  # the phrases in it, in the reader's language
    is_reviewed: bool = False  # the phrases, in the resident's language


def queue_lines(desk: Desk, waiting: list[Waiting]) -> dict[Group, list[Line]]:
    """Groups in the order of the page; each keeps priority, then age."""
    lines = [_line(desk, item) for item in waiting]
    return {group: [line for line in lines if line.group == group] for group in Group}


def _line(desk: Desk, item: Waiting) -> Line:
    handover, language = item.handover, desk.colleague.language
    group = _group(desk, handover)
    now = desk.now()
    age = age_text(desk.texts, handover.created_at, now)
    if group is Group.MINE and item.is_answered and item.answered_at:
        time = time_text(item.answered_at, language, desk.zone)
        age = desk.texts.gettext("Answered {time}", time=time)
    is_waiting = handover.state == HandoverState.WAITING
    return Line(
        conversation_id=handover.conversation_id,
        group=group,
        title=handover_title(desk.texts, handover),
        age=age,
        is_late=is_waiting and now > handover.answer_by,
        is_urgent=handover.priority >= URGENT,
        is_new=group is Group.MINE and item.resident_seq > item.caseworker_seq > 0,
        first_words=item.first_words[:FIRST_WORDS],
        language=language_label(desk, handover.language),
        language_code=handover.language,
        is_shared=handover.is_shared,
        answer_by=short_moment(desk, handover.answer_by) if is_waiting else "",
        claimed_by=item.claimed_by or "",
    )


def _group(desk: Desk, handover: Handover) -> Group:
    if handover.state == HandoverState.CLAIMED:
        mine = handover.claimed_by == desk.colleague.staff_id
        return Group.MINE if mine else Group.COLLEAGUES
    return Group.URGENT if handover.priority >= URGENT else Group.WAITING


def entries(
    desk: Desk,
    messages: list[Message],
    names: Mapping[UUID, str],
    undelivered: Mapping[int, OutboxState],
) -> list[Entry]:
    """With the mark of those that a messenger did not take."""
    return [
        replace(_entry(desk, message, names), delivery=undelivered.get(message.seq))
        for message in messages
    ]


def _entry(desk: Desk, message: Message, names: Mapping[UUID, str]) -> Entry:
    at = short_moment(desk, message.created_at)
    name = names.get(message.staff_id, "") if message.staff_id else ""
    match message.author:
        case Author.RESIDENT:
            kind, who = EntryKind.RESIDENT, desk.texts.gettext("Resident")
        case Author.CASEWORKER if message.staff_id == desk.colleague.staff_id:
            kind, who = EntryKind.MINE, desk.texts.gettext("You")
        case Author.CASEWORKER:
            kind, who = EntryKind.COLLEAGUE, name
        case Author.BOT:
            return _bot_entry(desk, message, at)
        case _:
            return _event_entry(desk, message, name, at)
    entry = Entry(message.seq, kind, who, at, message.text, message.language)
    return _glossed(entry, message, desk.colleague.language)


def _glossed(entry: Entry, message: Message, language: str) -> Entry:
    spoken = reply_from(message.text, message.payload).phrases
    if not spoken or message.language == language:
        return entry
    is_reviewed = are_reviewed(spoken, message.language)
    return replace(entry, gloss=gloss(message.text, spoken, language), is_reviewed=is_reviewed)


def _bot_entry(desk: Desk, message: Message, at: str) -> Entry:
    """One line: the topic answered, in the caseworker's words, else what the bot began with."""
    title = str(message.payload.get("title", ""))
    if message.payload.get("kind") == Kind.ANSWER:
        country = desk.municipality.country
        topic = answered_topic(desk.core, country, message.language, title)
        title = topic_name(desk.texts, topic) if topic else title
    return Entry(message.seq, EntryKind.BOT, "", at, message.text, message.language, title=title)


def _event_entry(desk: Desk, message: Message, name: str, at: str) -> Entry:
    """Our own notices in the caseworker's language; others as the resident read them."""
    _ = desk.texts.gettext
    known = {
        Notice.JOINED: _("{name} took the conversation at {time}", name=name, time=at),
        Notice.CLOSED: _("{name} closed the conversation at {time}", name=name, time=at),
        Notice.PUT_BACK: _("{name} put it back in the queue at {time}", name=name, time=at),
        Notice.TRANSFERRED: _(
            "{name} handed the conversation to {receiver} at {time}",
            name=name,
            receiver=message.payload.get("title", ""),
            time=at,
        ),
    }
    text = known.get(message.payload.get("reference", ""))
    language = desk.colleague.language if text else message.language
    return Entry(message.seq, EntryKind.EVENT, "", at, text or message.text, language)


async def about(
    desk: Desk, db: AsyncSession, conversation: Conversation, handover: Handover
) -> dict[str, Any]:
    """What is known about the conversation, under the names that its page uses."""
    owner = await db.scalar(select(Staff.name).where(Staff.id == conversation.staff_id))
    return {
        "conversation": conversation,
        "is_blocked": conversation.is_blocked,
        "handover": handover,
        "title": handover_title(desk.texts, handover),
        "language": language_label(desk, conversation.language),
        "since": short_moment(desk, handover.created_at),
        "age": age_text(desk.texts, handover.created_at, desk.now()),
        "answer_by": short_moment(desk, handover.answer_by),
        "is_late": desk.now() > handover.answer_by,
        "is_mine": conversation.staff_id == desk.colleague.staff_id,
        "is_waiting": handover.state == HandoverState.WAITING,
        "is_over": conversation.owner == Owner.BOT,
        "owner": owner or "",
    }


async def reply_languages(
    desk: Desk, db: AsyncSession, conversation: Conversation, *, has_phrase: bool
) -> list[tuple[str, str, bool]]:
    """Code, name and whether preselected: the resident's own language if the caseworker has it or
    has taken a phrase."""
    spoken = await spoken_languages(db, desk.colleague.staff_id)
    is_shared = conversation.language in spoken or has_phrase
    chosen = conversation.language if is_shared else desk.colleague.language
    codes = dict.fromkeys([chosen, conversation.language, *spoken, desk.colleague.language])
    return [(code, language_label(desk, code), code == chosen) for code in codes]


def language_label(desk: Desk, code: str) -> str:
    return capital(language_name(code, desk.colleague.language))


def capital(text: str) -> str:
    """For words that stand alone; many languages write weekdays and languages small."""
    return text[:1].upper() + text[1:]


def age_text(texts: Texts, since: datetime, now: datetime) -> str:
    """In plain minutes for the first hours."""
    minutes = max(0, int((now - since).total_seconds() // 60))
    if minutes < 120:
        return texts.gettext("{minutes} min", minutes=minutes)
    if minutes < 48 * 60:
        return texts.gettext("{hours} h", hours=minutes // 60)
    return texts.ngettext("{n} day", "{n} days", minutes // (24 * 60))


def short_moment(desk: Desk, moment: datetime) -> str:
    """Only the time when it is today."""
    language = desk.colleague.language
    if local_day(moment, desk.zone) == local_day(desk.now(), desk.zone):
        return time_text(moment, language, desk.zone)
    return moment_text(moment, language, desk.zone)
