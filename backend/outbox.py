"""What still has to be pushed to a messenger; web and API read the committed message itself."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from backend.db import MunicipalityId, Table
from backend.live import wake_workers


class OutboxState(StrEnum):
    READY = "ready"
    LEASED = "leased"
    SENT = "sent"
    DEAD = "dead"
    UNKNOWN = "unknown"


# Settled without Telegram's word that the message arrived.
UNDELIVERED = (OutboxState.DEAD, OutboxState.UNKNOWN)


class Outbox(Table):
    __tablename__ = "outbox"
    municipality_id: Mapped[MunicipalityId]
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    conversation_id: Mapped[UUID]
    seq: Mapped[int]
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB)
    parts_sent: Mapped[int] = mapped_column(default=0)
    is_plain: Mapped[bool] = mapped_column(default=False)
    state: Mapped[str] = mapped_column(default=OutboxState.READY)
    attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime] = mapped_column(server_default=func.now())
    external_message_id: Mapped[str | None]
    last_error: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    done_at: Mapped[datetime | None]


async def undelivered(db: AsyncSession, conversation_id: UUID) -> dict[int, OutboxState]:
    """Messages by number that did not arrive, or of which nobody knows."""
    rows = await db.execute(
        select(Outbox.seq, Outbox.state).where(
            Outbox.conversation_id == conversation_id, Outbox.state.in_(UNDELIVERED)
        )
    )
    return {row.seq: OutboxState(row.state) for row in rows}


async def queue_message(
    db: AsyncSession, conversation_id: UUID, seq: int, text: str, payload: dict[str, Any]
) -> None:
    """One row per message; the sender makes parts of a long text and adds documents."""
    await db.execute(
        insert(Outbox).values(
            conversation_id=conversation_id,
            seq=seq,
            payload={"text": text, **payload},
        )
    )
    await wake_workers(db)
