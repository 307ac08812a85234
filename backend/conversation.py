"""Conversations and their messages: who owns one, and what has been said in it."""

import secrets
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.orm.attributes import set_committed_value

from backend.db import Id, MunicipalityId, Table
from backend.live import announce
from backend.outbox import queue_message
from backend.places import Route, RouteKind, add_route, sha256
from backend.reply import Reply


class Owner(StrEnum):
    BOT = "bot"
    QUEUE = "queue"
    CASEWORKER = "caseworker"


class Channel(StrEnum):
    WEB = "web"
    API = "api"
    TELEGRAM = "telegram"


class Author(StrEnum):
    RESIDENT = "resident"
    BOT = "bot"
    CASEWORKER = "caseworker"
    EVENT = "event"


class Conversation(Table):
    __tablename__ = "conversation"
    municipality_id: Mapped[MunicipalityId]
    body_id: Mapped[UUID | None]
    id: Mapped[Id]
    channel: Mapped[str]
    bot_id: Mapped[str] = mapped_column(default="")
    external_id: Mapped[str | None]
    token_sha256: Mapped[bytes | None]
    language: Mapped[str]
    language_chosen: Mapped[bool] = mapped_column(default=False)
    owner: Mapped[str] = mapped_column(default=Owner.BOT)
    staff_id: Mapped[UUID | None]
    flow: Mapped[str | None]
    flow_state: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    misses: Mapped[int] = mapped_column(default=0)
    last_seq: Mapped[int] = mapped_column(default=0)
    shared_from_seq: Mapped[int] = mapped_column(default=1)
    shared_to_seq: Mapped[int | None]
    is_blocked: Mapped[bool] = mapped_column(default=False)
    lease_token: Mapped[UUID | None]
    lease_until: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    seen_at: Mapped[datetime] = mapped_column(server_default=func.now())
    version: Mapped[int] = mapped_column(default=1)


class Message(Table):
    __tablename__ = "message"
    municipality_id: Mapped[MunicipalityId]
    id: Mapped[Id]
    conversation_id: Mapped[UUID]
    seq: Mapped[int]
    author: Mapped[str]
    staff_id: Mapped[UUID | None]
    language: Mapped[str]
    text: Mapped[str]
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    client_msg_id: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Consent(Table):
    __tablename__ = "consent"
    municipality_id: Mapped[MunicipalityId]
    id: Mapped[Id]
    conversation_id: Mapped[UUID]
    purpose: Mapped[str]
    is_given: Mapped[bool]
    text_sha256: Mapped[bytes]
    language: Mapped[str]
    channel: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    withdrawn_at: Mapped[datetime | None]


async def start_conversation(
    db: AsyncSession, municipality_id: UUID, channel: Channel, language: str
) -> tuple[Conversation, str]:
    """A new conversation and its 256-bit token, of which only the hash is stored."""
    token = secrets.token_urlsafe(32)
    conversation = Conversation(channel=channel, language=language, token_sha256=sha256(token))
    db.add(conversation)
    await db.flush()
    await add_route(db, municipality_id, token, RouteKind.CONVERSATION)
    return conversation, token


async def open_chat(
    db: AsyncSession, channel: Channel, bot_id: str, external_id: str, language: str
) -> UUID:
    """The conversation of a chat in a messenger, made at its first message."""
    key = {"channel": channel, "bot_id": bot_id, "external_id": external_id}
    find = select(Conversation.id).filter_by(**key)
    # Looked for first: an insert that meets the same chat waits until a turn in it is over.
    found = await db.scalar(find)
    if found is None:
        make = insert(Conversation).values(language=language, **key).on_conflict_do_nothing()
        await db.execute(make)
        found = await db.scalar(find)
    assert found is not None  # noqa: S101 -- inserted above in the same transaction
    return found


async def find_by_token(db: AsyncSession, token: str) -> Conversation | None:
    query = select(Conversation).where(Conversation.token_sha256 == sha256(token))
    return (await db.scalars(query)).first()


async def find_conversation(db: AsyncSession, conversation_id: UUID) -> Conversation | None:
    query = select(Conversation).where(Conversation.id == conversation_id)
    return (await db.scalars(query)).first()


async def append(
    db: AsyncSession,
    conversation: Conversation,
    author: Author,
    reply: Reply,
    *,
    staff_id: UUID | None = None,
    client_msg_id: str | None = None,
    at: datetime | None = None,
) -> Message:
    """Adds a message under the next number; the row lock makes number order commit order.
    `at` is the time that people read beside it, by default the database's."""
    seq = await db.scalar(
        update(Conversation)
        .where(Conversation.id == conversation.id)
        .values(last_seq=Conversation.last_seq + 1)
        .returning(Conversation.last_seq)
        .execution_options(synchronize_session=False)
    )
    assert seq is not None  # noqa: S101 -- the conversation is in this transaction's scope
    set_committed_value(conversation, "last_seq", seq)
    message = Message(
        conversation_id=conversation.id,
        seq=seq,
        author=author,
        staff_id=staff_id,
        language=reply.language or conversation.language,
        text=reply.text,
        payload=reply.payload(),
        client_msg_id=client_msg_id,
    )
    if at is not None:
        message.created_at = at
    db.add(message)
    await db.flush()
    if conversation.channel == Channel.TELEGRAM and author is not Author.RESIDENT:
        await queue_message(db, conversation.id, seq, reply.text, message.payload)
    await announce(db, f"conversation:{conversation.id}", str(seq), conversation.body_id)
    if conversation.owner != Owner.BOT:  # The inbox shows the last words and who is to answer.
        await announce(db, "queue", str(conversation.id), conversation.body_id)
    return message


async def messages_after(
    db: AsyncSession, conversation_id: UUID, seq: int, up_to: int | None = None
) -> list[Message]:
    query = select(Message).where(Message.conversation_id == conversation_id, Message.seq > seq)
    if up_to is not None:
        query = query.where(Message.seq <= up_to)
    return list(await db.scalars(query.order_by(Message.seq)))


async def find_sent(db: AsyncSession, conversation_id: UUID, client_msg_id: str) -> Message | None:
    """The message that a form or client has already sent under its own id."""
    return (
        await db.scalars(
            select(Message).filter_by(conversation_id=conversation_id, client_msg_id=client_msg_id)
        )
    ).first()


async def label_of(db: AsyncSession, conversation_id: UUID, action: str) -> str | None:
    """What the pressed button said, from the newest message that offered it."""
    payloads = await db.scalars(
        select(Message.payload)
        .where(
            Message.conversation_id == conversation_id,
            Message.payload.contains({"buttons": [{"action": action}]}),
        )
        .order_by(Message.seq.desc())
        .limit(1)
    )
    for payload in payloads:
        for button in payload["buttons"]:
            if button["action"] == action:
                return " ".join(filter(None, (button.get("group"), button["label"])))
    return None


async def record_consent(
    db: AsyncSession, conversation: Conversation, purpose: str, text: str, *, is_given: bool
) -> None:
    db.add(
        Consent(
            conversation_id=conversation.id,
            purpose=purpose,
            is_given=is_given,
            text_sha256=sha256(text),
            language=conversation.language,
            channel=conversation.channel,
        )
    )


async def erase_conversation(db: AsyncSession, conversation: Conversation) -> None:
    """Removes the conversation with all that hangs on it; bookings and tickets stay nameless."""
    if conversation.token_sha256:
        await db.execute(delete(Route).where(Route.token_sha256 == conversation.token_sha256))
    await db.execute(delete(Conversation).where(Conversation.id == conversation.id))
    if conversation.body_id:
        await announce(db, "queue", str(conversation.id), conversation.body_id)
