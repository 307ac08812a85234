"""What an operator does to staff accounts. Each deed leaves a row in the audit of the account's
body, ends the sign-ins that must not go on, and returns a sentence that says what was done."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend import staff
from backend.audit import record
from backend.db import Database, system
from backend.handover import put_back_all
from backend.places import Body, find_municipality
from backend.resident_notices import Notice, tell
from backend.staff import AccountRefused, Permission, Role, SignIn, Staff

Deed = Callable[[AsyncSession, Staff], Awaitable[str]]


@dataclass(frozen=True)
class NewAccount:
    sign_in_name: str
    name: str
    body: str
    roles: list[Role]


@dataclass(frozen=True)
class Accounts:
    """Those of one municipality."""

    database: Database
    slug: str
    now: datetime

    async def add(self, new: NewAccount, password: str) -> str:
        municipality = await find_municipality(self.database, self.slug)
        language = municipality.default_language
        async with self.database.transaction(system(municipality.id)) as db:
            body_id = await db.scalar(select(Body.id).where(Body.key == new.body))
            if body_id is None:
                raise AccountRefused(f"{self.slug} has no body '{new.body}'")
            account = Staff(
                municipality_id=municipality.id,
                body_id=body_id,
                name=new.name,
                sign_in_name=new.sign_in_name,
                languages=[language],
                console_language=staff.first_console_language(language),
            )
            await staff.add_staff(db, municipality.id, account, roles=new.roles, password=password)
            await record(db, "add", "staff", account.id, body_id=body_id)
        return f"{account.sign_in_name} is added to {new.body} as {_listed(new.roles)}."

    async def change_roles(self, sign_in_name: str, roles: list[Role]) -> str:
        async def deed(db: AsyncSession, account: Staff) -> str:
            await staff.change_roles(db, account.id, set(roles))
            if not any(Permission.ANSWER in staff.PERMISSIONS[role] for role in roles):
                await self._put_back(db, account)
            return f"{account.sign_in_name} is now {_listed(roles)} and has to sign in again."

        return await self._do("change_roles", sign_in_name, deed)

    async def change_password(self, sign_in_name: str, password: str) -> str:
        async def deed(db: AsyncSession, account: Staff) -> str:
            await staff.change_password(db, account.id, password)
            return f"{account.sign_in_name} has a new password and has to sign in again."

        return await self._do("change_password", sign_in_name, deed)

    async def deactivate(self, sign_in_name: str) -> str:
        async def deed(db: AsyncSession, account: Staff) -> str:
            await staff.deactivate(db, account.id)
            await self._put_back(db, account)
            return f"{account.sign_in_name} can no longer sign in."

        return await self._do("deactivate", sign_in_name, deed)

    async def revoke(self, sign_in_name: str) -> str:
        async def deed(db: AsyncSession, account: Staff) -> str:
            await staff.sign_out(db, SignIn.staff_id == account.id)
            return f"{account.sign_in_name} is signed out everywhere."

        return await self._do("revoke", sign_in_name, deed)

    async def _do(self, action: str, sign_in_name: str, deed: Deed) -> str:
        municipality = await find_municipality(self.database, self.slug)
        async with self.database.transaction(system(municipality.id)) as db:
            account = await db.scalar(
                select(Staff).where(Staff.sign_in_name == sign_in_name.lower(), Staff.is_active)
            )
            if account is None:
                raise AccountRefused(f"{self.slug} has no active account '{sign_in_name}'")
            done = await deed(db, account)
            await record(db, action, "staff", account.id, body_id=account.body_id)
        return done

    async def _put_back(self, db: AsyncSession, account: Staff) -> None:
        """Nobody waits for a caseworker who answers no longer."""
        for conversation in await put_back_all(db, account.id):
            await tell(
                db,
                conversation,
                Notice.PUT_BACK,
                staff_id=account.id,
                name=account.name,
                now=self.now,
            )
            await record(db, "put_back", "conversation", conversation.id, body_id=account.body_id)


def _listed(roles: list[Role]) -> str:
    return ", ".join(roles)
