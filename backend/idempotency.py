"""The same request sent twice gives the same answer once."""

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from backend.db import MunicipalityId, Table
from backend.inbox import KeyReused


class Idempotency(Table):
    __tablename__ = "idempotency"
    municipality_id: Mapped[MunicipalityId]
    actor: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    request_sha256: Mapped[bytes]
    status: Mapped[int]
    response: Mapped[dict[str, Any]] = mapped_column(JSONB)


@dataclass(frozen=True)
class Remembered:
    status: int
    response: dict[str, Any]


async def remember(
    db: AsyncSession, actor: str, key: str, request: bytes, answer: Remembered
) -> Remembered:
    """Stores the answer, or returns the one stored before. KeyReused: other request, same key."""
    digest = hashlib.sha256(request).digest()
    await db.execute(
        insert(Idempotency)
        .values(
            actor=actor,
            key=key,
            request_sha256=digest,
            status=answer.status,
            response=answer.response,
        )
        .on_conflict_do_nothing()
    )
    row = await db.scalar(select(Idempotency).filter_by(actor=actor, key=key))
    assert row is not None  # noqa: S101 -- inserted above in the same transaction
    if row.request_sha256 != digest:
        raise KeyReused
    return Remembered(row.status, row.response)


async def once(
    db: AsyncSession,
    actor: str,
    key: str,
    request: bytes,
    deed: Callable[[], Awaitable[dict[str, Any]]],
) -> dict[str, Any]:
    """Does the deed unless this request has done it: a twin waits here and gets its result."""
    digest = hashlib.sha256(request).digest()
    is_new = await db.scalar(
        insert(Idempotency)
        .values(actor=actor, key=key, request_sha256=digest, status=0, response={})
        .on_conflict_do_nothing()
        .returning(Idempotency.key)
    )
    row = (await db.scalars(select(Idempotency).filter_by(actor=actor, key=key))).one()
    if row.request_sha256 != digest:
        raise KeyReused
    if is_new is None:
        return row.response
    row.response = await deed()
    row.status = 200
    return row.response
