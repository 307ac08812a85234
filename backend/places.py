"""Municipalities, bodies, offices and what is offered there; the way from a token to a tenant."""

import hashlib
from datetime import date, time
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Text, select
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from backend.db import Database, Id, MunicipalityId, Table, enter, system


class ServiceKind(StrEnum):
    INTERPRETER_DAY = "interpreter_day"
    DROP_IN = "drop_in"
    QUEUE = "queue"


class RouteKind(StrEnum):
    CONVERSATION = "conversation"
    BOOKING = "booking"
    TICKET = "ticket"
    SIGN_IN = "sign_in"
    STAFF = "staff"


class Municipality(Table):
    __tablename__ = "municipality"
    id: Mapped[Id]
    slug: Mapped[str]
    name: Mapped[dict[str, str]] = mapped_column(JSONB)
    name_in: Mapped[dict[str, str]] = mapped_column(JSONB)
    country: Mapped[str]
    time_zone: Mapped[str]
    default_language: Mapped[str]
    theme: Mapped[str]
    is_demo: Mapped[bool]
    keeps_unanswered: Mapped[bool]


class Route(Table):
    __tablename__ = "route"
    token_sha256: Mapped[bytes] = mapped_column(primary_key=True)
    municipality_id: Mapped[UUID]
    kind: Mapped[str]


class Body(Table):
    __tablename__ = "body"
    municipality_id: Mapped[MunicipalityId]
    id: Mapped[Id]
    key: Mapped[str]
    name: Mapped[dict[str, str]] = mapped_column(JSONB)


class Office(Table):
    __tablename__ = "office"
    municipality_id: Mapped[MunicipalityId]
    id: Mapped[Id]
    key: Mapped[str]
    name: Mapped[dict[str, str]] = mapped_column(JSONB)
    address: Mapped[str]
    room: Mapped[dict[str, str]] = mapped_column(JSONB)
    directions: Mapped[dict[str, str]] = mapped_column(JSONB)
    time_zone: Mapped[str]


class Service(Table):
    __tablename__ = "service"
    municipality_id: Mapped[MunicipalityId]
    body_id: Mapped[UUID]
    id: Mapped[Id]
    office_id: Mapped[UUID]
    key: Mapped[str]
    kind: Mapped[str]
    name: Mapped[dict[str, str]] = mapped_column(JSONB)
    slot_minutes: Mapped[int | None]
    average_minutes: Mapped[int | None]
    answer_minutes: Mapped[int | None]
    chairs: Mapped[list[str]] = mapped_column(ARRAY(Text))


class OpeningHours(Table):
    __tablename__ = "opening_hours"
    municipality_id: Mapped[MunicipalityId]
    id: Mapped[Id]
    office_id: Mapped[UUID]
    service_id: Mapped[UUID | None]
    rrule: Mapped[str]
    opens: Mapped[time]
    closes: Mapped[time]


class Closure(Table):
    __tablename__ = "closure"
    municipality_id: Mapped[MunicipalityId]
    id: Mapped[Id]
    office_id: Mapped[UUID]
    first_day: Mapped[date]
    last_day: Mapped[date]
    reason: Mapped[dict[str, str]] = mapped_column(JSONB)


class UnknownMunicipality(LookupError):
    """No municipality has this slug."""


def sha256(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


async def list_municipalities(database: Database) -> list[Municipality]:
    async with database.outside_walls() as db:
        return list(await db.scalars(select(Municipality).order_by(Municipality.slug)))


async def find_municipality(database: Database, slug: str) -> Municipality:
    async with database.outside_walls() as db:
        return await enter_by_slug(db, slug)


async def enter_by_token(db: AsyncSession, token: str, kind: RouteKind) -> Municipality | None:
    """From outside the walls into the municipality that a token or sign-in name belongs to."""
    query = (
        select(Municipality)
        .join(Route, Route.municipality_id == Municipality.id)
        .where(Route.token_sha256 == sha256(token), Route.kind == kind)
    )
    found = (await db.scalars(query)).first()
    if found is not None:
        await enter(db, system(found.id))
    return found


async def enter_by_slug(db: AsyncSession, slug: str) -> Municipality:
    """From outside the walls into the municipality with this slug. Raises UnknownMunicipality."""
    found = await db.scalar(select(Municipality).where(Municipality.slug == slug))
    if found is None:
        raise UnknownMunicipality(slug)
    await enter(db, system(found.id))
    return found


async def add_route(db: AsyncSession, municipality_id: UUID, token: str, kind: RouteKind) -> None:
    row: dict[str, Any] = {
        "token_sha256": sha256(token),
        "municipality_id": municipality_id,
        "kind": kind,
    }
    await db.execute(insert(Route).values(row).on_conflict_do_nothing())


def in_language(names: dict[str, str], language: str) -> str:
    """A name in the reader's language, else in English, else as the place itself writes it."""
    return names.get(language) or names.get("en") or next(iter(names.values()))
