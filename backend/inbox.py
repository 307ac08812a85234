"""What has been received: stored and committed before anything is acknowledged."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Identity, func, select, text
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from backend.db import MunicipalityId, Table, as_system


class InboxState(StrEnum):
    READY = "ready"
    DONE = "done"
    DEAD = "dead"


class Inbox(Table):
    __tablename__ = "inbox"
    municipality_id: Mapped[MunicipalityId]
    channel: Mapped[str] = mapped_column(primary_key=True)
    bot_id: Mapped[str] = mapped_column(primary_key=True)
    external_id: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[int] = mapped_column(Identity(always=True))
    conversation_id: Mapped[UUID]
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB)
    request_sha256: Mapped[bytes]
    state: Mapped[str] = mapped_column(default=InboxState.READY)
    tries: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime] = mapped_column(server_default=func.now())
    last_error: Mapped[str | None]
    received_at: Mapped[datetime] = mapped_column(server_default=func.now())
    done_at: Mapped[datetime | None]
    first_seq: Mapped[int | None]
    last_seq: Mapped[int | None]


@dataclass(frozen=True)
class Received:
    """A message or tap as it came in; `text` and `action` exclude each other."""

    channel: str
    bot_id: str  # of a messenger's bot; for web and API the conversation's id
    external_id: str
    conversation_id: UUID
    text: str | None = None
    action: str | None = None
    language: str | None = None  # chosen with this message

    def payload(self) -> dict[str, Any]:
        return {"text": self.text, "action": self.action, "language": self.language}


class KeyReused(Exception):
    """The same message id came again with another content."""


async def receive(db: AsyncSession, received: Received) -> bool:
    """Stores it; False when it was stored before."""
    payload = received.payload()
    digest = hashlib.sha256(json.dumps(payload, sort_keys=True).encode()).digest()
    key = {
        "channel": received.channel,
        "bot_id": received.bot_id,
        "external_id": received.external_id,
    }
    inserted = await db.execute(
        insert(Inbox)
        .values(
            conversation_id=received.conversation_id,
            payload=payload,
            request_sha256=digest,
            **key,
        )
        .on_conflict_do_nothing()
        .returning(Inbox.external_id)
    )
    if inserted.first():
        return True
    stored = await db.scalar(select(Inbox.request_sha256).filter_by(**key))
    if stored != digest:
        raise KeyReused
    return False


async def count_dead(db: AsyncSession) -> int:
    """Messages of the last week that the bot could not work through, in all conversations."""
    week = Inbox.done_at > func.now() - text("interval '7 days'")
    query = select(func.count()).select_from(Inbox).where(Inbox.state == InboxState.DEAD, week)
    async with as_system(db):
        return await db.scalar(query) or 0


async def find_received(db: AsyncSession, received: Received) -> Inbox | None:
    return (
        await db.scalars(
            select(Inbox)
            .filter_by(
                channel=received.channel,
                bot_id=received.bot_id,
                external_id=received.external_id,
            )
            .execution_options(populate_existing=True)
        )
    ).first()
