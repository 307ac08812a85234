"""Staff accounts, what each role may do, and the log-in of a browser (sign-in)."""

import asyncio
import secrets
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from sqlalchemy import ARRAY, Text, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.sql import ColumnElement

from backend.db import Id, MunicipalityId, Table
from backend.places import Route, RouteKind, add_route, sha256
from content.person_name import check_person_name

IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=12)
MIN_PASSWORD_LENGTH = 15

# 46 MiB, one pass: about 43 ms; four at a time so that a rush of log-ins leaves a core for chats.
hasher = PasswordHasher(time_cost=1, memory_cost=46 * 1024, parallelism=1)
hash_workers = ThreadPoolExecutor(max_workers=4, thread_name_prefix="argon2")
# Compared against for unknown names, so that the answer takes the same time.
NOBODY = hasher.hash(secrets.token_hex(16))


class Role(StrEnum):
    RECEPTIONIST = "receptionist"
    CASEWORKER = "caseworker"
    ADMIN = "admin"
    CONTENT_EDITOR = "content_editor"


class Permission(StrEnum):
    SEE_DAY = "see_day"
    CHANGE_SEATS = "change_seats"
    SERVE_DROP_IN = "serve_drop_in"
    SEE_QUEUE = "see_queue"
    ANSWER = "answer"
    SEE_AUDIT = "see_audit"
    MANAGE_STAFF = "manage_staff"
    TEACH = "teach"
    REVIEW = "review"


PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.RECEPTIONIST: frozenset(
        {Permission.SEE_DAY, Permission.CHANGE_SEATS, Permission.SERVE_DROP_IN}
    ),
    Role.CASEWORKER: frozenset(
        {Permission.SEE_DAY, Permission.CHANGE_SEATS, Permission.SEE_QUEUE, Permission.ANSWER}
    ),
    Role.ADMIN: frozenset({Permission.SEE_DAY, Permission.SEE_AUDIT, Permission.MANAGE_STAFF}),
    Role.CONTENT_EDITOR: frozenset({Permission.TEACH, Permission.REVIEW}),
}


class Staff(Table):
    __tablename__ = "staff"
    municipality_id: Mapped[MunicipalityId]
    body_id: Mapped[UUID]
    id: Mapped[Id]
    name: Mapped[str]
    sign_in_name: Mapped[str | None]
    password_hash: Mapped[str | None]
    languages: Mapped[list[str]] = mapped_column(ARRAY(Text))
    console_language: Mapped[str] = mapped_column(default="sv")
    is_active: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class WorkingTime(Table):
    __tablename__ = "working_time"
    municipality_id: Mapped[MunicipalityId]
    body_id: Mapped[UUID]
    id: Mapped[Id]
    staff_id: Mapped[UUID]
    rrule: Mapped[str]
    starts: Mapped[time]
    ends: Mapped[time]


class StaffRole(Table):
    __tablename__ = "staff_role"
    municipality_id: Mapped[MunicipalityId]
    body_id: Mapped[UUID]
    staff_id: Mapped[UUID] = mapped_column(primary_key=True)
    role: Mapped[str] = mapped_column(primary_key=True)


class SignIn(Table):
    __tablename__ = "sign_in"
    municipality_id: Mapped[MunicipalityId]
    body_id: Mapped[UUID]
    id: Mapped[Id]
    staff_id: Mapped[UUID]
    token_sha256: Mapped[bytes]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    seen_at: Mapped[datetime] = mapped_column(server_default=func.now())
    ended_at: Mapped[datetime | None]


@dataclass(frozen=True)
class Colleague:
    """Who is signed in, as pages and functions need it."""

    municipality_id: UUID
    body_id: UUID
    staff_id: UUID
    sign_in_id: UUID
    name: str
    language: str
    permissions: frozenset[Permission]


class WrongPassword(Exception):
    """Name or password is wrong; which of them is not said."""


class AccountRefused(Exception):
    """The account cannot be made or changed like this; the message says why."""


class ShortPassword(AccountRefused):
    def __init__(self) -> None:
        super().__init__(f"a password needs at least {MIN_PASSWORD_LENGTH} characters")


class SignInNameTaken(AccountRefused):
    def __init__(self, sign_in_name: str) -> None:
        super().__init__(f"the sign-in name {sign_in_name} is taken")


class NameTaken(AccountRefused):
    def __init__(self, name: str) -> None:
        super().__init__(f"the body has somebody called {name} already; tell them apart")


async def add_staff(
    db: AsyncSession,
    municipality_id: UUID,
    account: Staff,
    *,
    roles: list[Role],
    password: str | None,
) -> None:
    """Raises ConfusableName or AccountRefused."""
    await _check_name(db, account)
    if account.sign_in_name:
        account.sign_in_name = account.sign_in_name.lower()
        await _take_sign_in_name(db, municipality_id, account.sign_in_name)
    if password is not None:
        account.password_hash = await _hash(password)
    db.add(account)
    await db.flush()
    db.add_all(StaffRole(body_id=account.body_id, staff_id=account.id, role=role) for role in roles)


async def _check_name(db: AsyncSession, account: Staff) -> None:
    check_person_name(account.name)
    namesake = select(Staff.id).where(
        Staff.body_id == account.body_id,
        func.lower(Staff.name) == func.lower(account.name),
        Staff.is_active,
    )
    if await db.scalar(namesake):
        raise NameTaken(account.name)


async def _take_sign_in_name(db: AsyncSession, municipality_id: UUID, sign_in_name: str) -> None:
    """One name leads to one municipality, so it is taken when any of them has it."""
    check_person_name(sign_in_name)
    await add_route(db, municipality_id, sign_in_name, RouteKind.STAFF)
    leads_to = select(Route.municipality_id).where(Route.token_sha256 == sha256(sign_in_name))
    holder = select(Staff.id).where(Staff.sign_in_name == sign_in_name)
    if await db.scalar(leads_to) != municipality_id or await db.scalar(holder):
        raise SignInNameTaken(sign_in_name)


async def _hash(password: str) -> str:
    if len(password) < MIN_PASSWORD_LENGTH:
        raise ShortPassword
    return await asyncio.get_running_loop().run_in_executor(hash_workers, hasher.hash, password)


def random_password() -> str:
    """64 bits, in groups that can be read out and typed."""
    return "-".join(secrets.token_hex(2) for _ in range(4))


async def check_password(db: AsyncSession, sign_in_name: str, password: str) -> Staff:
    """Raises WrongPassword, for an unknown name in the same time as for a wrong password."""
    account = await db.scalar(
        select(Staff).where(Staff.sign_in_name == sign_in_name.lower(), Staff.is_active)
    )
    known = account.password_hash if account and account.password_hash else NOBODY
    loop = asyncio.get_running_loop()
    is_right = await loop.run_in_executor(hash_workers, _verify, known, password)
    if account is None or not is_right:
        raise WrongPassword
    if hasher.check_needs_rehash(known):
        account.password_hash = await loop.run_in_executor(hash_workers, hasher.hash, password)
    return account


def _verify(known: str, password: str) -> bool:
    try:
        return hasher.verify(known, password)
    except VerificationError:
        return False


async def sign_in(db: AsyncSession, account: Staff) -> str:
    """Opens a log-in and returns its token, of which only the hash is stored."""
    token = secrets.token_urlsafe(32)
    db.add(SignIn(body_id=account.body_id, staff_id=account.id, token_sha256=sha256(token)))
    await add_route(db, account.municipality_id, token, RouteKind.SIGN_IN)
    return token


async def find_colleague(
    db: AsyncSession, token: str, *, is_activity: bool = True
) -> Colleague | None:
    """The signed-in person, while the log-in is neither ended nor idle nor too old.
    A page that only refreshes itself is no activity: it must not keep the log-in alive."""
    row = await db.scalar(
        update(SignIn)
        .where(SignIn.token_sha256 == sha256(token), *_is_valid())
        .values(seen_at=func.now() if is_activity else SignIn.seen_at)
        .returning(SignIn)
        .execution_options(populate_existing=True)
    )
    if row is None:
        return None
    account = await db.scalar(select(Staff).where(Staff.id == row.staff_id, Staff.is_active))
    if account is None:
        return None
    roles = await db.scalars(select(StaffRole.role).where(StaffRole.staff_id == account.id))
    allowed: frozenset[Permission] = frozenset().union(*(PERMISSIONS[Role(r)] for r in roles))
    return Colleague(
        municipality_id=account.municipality_id,
        body_id=account.body_id,
        staff_id=account.id,
        sign_in_id=row.id,
        name=account.name,
        language=account.console_language,
        permissions=allowed,
    )


async def is_signed_in(db: AsyncSession, sign_in_id: UUID) -> bool:
    """Whether an open stream may go on."""
    found = await db.scalar(
        select(SignIn.id)
        .join(Staff, Staff.id == SignIn.staff_id)
        .where(SignIn.id == sign_in_id, Staff.is_active, *_is_valid())
    )
    return found is not None


def _is_valid() -> tuple[ColumnElement[bool], ...]:
    return (
        SignIn.ended_at.is_(None),
        SignIn.seen_at > text(f"now() - interval '{IDLE.total_seconds()} seconds'"),
        SignIn.created_at > text(f"now() - interval '{ABSOLUTE.total_seconds()} seconds'"),
    )


async def sign_out(db: AsyncSession, *conditions: Any) -> None:
    """Ends the log-ins that meet the conditions; open pages and streams end with them."""
    await db.execute(
        update(SignIn)
        .where(SignIn.ended_at.is_(None), *conditions)
        .values(ended_at=func.now())
        .execution_options(synchronize_session=False)
    )


async def change_roles(db: AsyncSession, staff_id: UUID, roles: set[Role]) -> None:
    """New roles hold from the next click: every log-in of the person ends."""
    account = await db.scalar(select(Staff).where(Staff.id == staff_id))
    assert account is not None  # noqa: S101 -- the caller listed the account in this scope
    for row in await db.scalars(select(StaffRole).where(StaffRole.staff_id == staff_id)):
        await db.delete(row)
    await db.flush()
    db.add_all(StaffRole(body_id=account.body_id, staff_id=staff_id, role=role) for role in roles)
    await sign_out(db, SignIn.staff_id == staff_id)


async def change_password(db: AsyncSession, staff_id: UUID, password: str) -> None:
    """Whoever is signed in with the old one is out. Raises ShortPassword."""
    values = {"password_hash": await _hash(password)}
    await db.execute(update(Staff).where(Staff.id == staff_id).values(values))
    await sign_out(db, SignIn.staff_id == staff_id)


async def deactivate(db: AsyncSession, staff_id: UUID) -> None:
    """Nobody signs in with the account any more; what the person wrote keeps its name."""
    await db.execute(update(Staff).where(Staff.id == staff_id).values(is_active=False))
    await sign_out(db, SignIn.staff_id == staff_id)


def first_console_language(municipality_language: str) -> str:
    """Until the person chooses another; the console is complete in these two."""
    return "sv" if municipality_language == "sv" else "en"


async def change_console_language(db: AsyncSession, staff_id: UUID, language: str) -> None:
    await db.execute(update(Staff).where(Staff.id == staff_id).values(console_language=language))


async def who_may(db: AsyncSession, permission: Permission, body_id: UUID) -> list[Staff]:
    """Active accounts of the body, by name."""
    roles = [role for role, allowed in PERMISSIONS.items() if permission in allowed]
    holders = select(StaffRole.staff_id).where(StaffRole.role.in_(roles))
    query = select(Staff).where(
        Staff.body_id == body_id,
        Staff.is_active,
        Staff.sign_in_name.is_not(None),
        Staff.id.in_(holders),
    )
    return list(await db.scalars(query.order_by(Staff.name)))


async def spoken_languages(db: AsyncSession, staff_id: UUID) -> list[str]:
    return list(await db.scalar(select(Staff.languages).where(Staff.id == staff_id)) or ())
