"""The only place that opens and commits transactions, each inside the walls of one scope."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated
from uuid import UUID, uuid4

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, mapped_column


class Actor(StrEnum):
    RESIDENT = "resident"
    STAFF = "staff"
    SYSTEM = "system"


@dataclass(frozen=True)
class Scope:
    """Who acts, where: row-level security shows nothing outside it."""

    municipality_id: UUID
    actor: Actor
    body_id: UUID | None = None
    conversation_id: UUID | None = None


def system(municipality_id: UUID) -> Scope:
    return Scope(municipality_id, Actor.SYSTEM)


def resident(municipality_id: UUID, conversation_id: UUID | None = None) -> Scope:
    return Scope(municipality_id, Actor.RESIDENT, conversation_id=conversation_id)


def staff(municipality_id: UUID, body_id: UUID) -> Scope:
    return Scope(municipality_id, Actor.STAFF, body_id=body_id)


class Table(DeclarativeBase):
    """Base of all tables."""


MunicipalityId = Annotated[UUID, mapped_column(primary_key=True, server_default=text("tenant()"))]
Id = Annotated[UUID, mapped_column(primary_key=True, default=uuid4)]

SET_SCOPE = text(
    "select set_config('app.municipality', :municipality, true),"
    " set_config('app.actor', :actor, true),"
    " set_config('app.body', :body, true),"
    " set_config('app.conversation', :conversation, true)"
)


class Database:
    def __init__(self, url: str, *, pool_size: int = 20) -> None:
        self.engine = create_async_engine(
            url,
            pool_size=pool_size,
            max_overflow=10,
            # A rush waits its turn here; each transaction is short.
            pool_timeout=60,
            pool_pre_ping=True,
            connect_args={"options": "-c lock_timeout=5s -c statement_timeout=15s -c timezone=UTC"},
        )
        self._sessions = async_sessionmaker(self.engine, expire_on_commit=False)

    @asynccontextmanager
    async def transaction(self, scope: Scope) -> AsyncIterator[AsyncSession]:
        """Commits at the end of the block; any exception rolls back."""
        async with self._sessions.begin() as db:
            await enter(db, scope)
            yield db

    @asynccontextmanager
    async def outside_walls(self) -> AsyncIterator[AsyncSession]:
        """For what belongs to no municipality: every other table raises an error here."""
        async with self._sessions.begin() as db:
            yield db

    async def close(self) -> None:
        await self.engine.dispose()


async def enter(db: AsyncSession, scope: Scope) -> None:
    await db.execute(
        SET_SCOPE,
        {
            "municipality": str(scope.municipality_id),
            "actor": scope.actor,
            "body": str(scope.body_id or ""),
            "conversation": str(scope.conversation_id or ""),
        },
    )


@asynccontextmanager
async def as_system(db: AsyncSession) -> AsyncIterator[None]:
    """Counts over other people's rows (a place in a queue), never their content."""
    actor = await db.scalar(text("select current_setting('app.actor')"))
    # Rolled back to its start, the savepoint gives the actor back also after an exception.
    async with db.begin_nested():
        await db.execute(text("select set_config('app.actor', 'system', true)"))
        yield
        await db.execute(text("select set_config('app.actor', :actor, true)"), {"actor": actor})
