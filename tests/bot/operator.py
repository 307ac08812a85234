"""What tests of the command line look at in the database that a command has used."""

import asyncio
from collections.abc import Callable
from typing import Any

from sqlalchemy import text

from backend.conversation import Conversation
from backend.db import Database
from backend.handover import claim
from backend.settings import sqlalchemy_url
from backend.staff import WrongPassword, check_password, sign_in
from tests.conftest import NOW, PASSWORD, Urls
from tests.people import Town, arrive, asks_for_person, colleague, find_town

MARIA = "maria@lindby.example"


def inside(urls: Urls, work: Callable[[Database, Town], Any], slug: str = "lindby") -> Any:
    async def run() -> Any:
        database = Database(sqlalchemy_url(urls.app), pool_size=1)
        try:
            return await work(database, await find_town(database, slug))
        finally:
            await database.close()

    return asyncio.run(run())


def rows(urls: Urls, query: str, slug: str = "lindby") -> list[tuple[Any, ...]]:
    async def read(database: Database, town: Town) -> list[tuple[Any, ...]]:
        async with database.transaction(town.system) as db:
            return [tuple(row) for row in await db.execute(text(query))]

    found: list[tuple[Any, ...]] = inside(urls, read, slug)
    return found


def audit(urls: Urls) -> list[tuple[Any, ...]]:
    return rows(
        urls,
        "select actor, action, subject, body.key from audit"
        " left join body on body.id = audit.body_id order by audit.id",
    )


def signs_in_twice(urls: Urls, sign_in_name: str = MARIA) -> None:
    async def work(database: Database, town: Town) -> None:
        async with database.transaction(town.system) as db:
            account = await check_password(db, sign_in_name, PASSWORD)
            await sign_in(db, account)
            await sign_in(db, account)

    inside(urls, work)


def open_sign_ins(urls: Urls) -> int:
    return len(rows(urls, "select id from sign_in where ended_at is null"))


def accepts(urls: Urls, sign_in_name: str, password: str, slug: str = "lindby") -> bool:
    async def work(database: Database, town: Town) -> bool:
        async with database.transaction(town.system) as db:
            try:
                await check_password(db, sign_in_name, password)
            except WrongPassword:
                return False
        return True

    return bool(inside(urls, work, slug))


def roles_of(urls: Urls, sign_in_name: str) -> list[str]:
    query = (
        "select role from staff_role join staff on staff.id = staff_id"
        f" where sign_in_name = '{sign_in_name}' order by role"
    )
    return [role for (role,) in rows(urls, query)]


def maria_has_a_conversation(urls: Urls) -> Conversation:
    async def work(database: Database, town: Town) -> Conversation:
        amina = await arrive(database, town)
        handover = await asks_for_person(database, town, amina)
        maria = await colleague(database, town, "Maria")
        async with database.transaction(town.staff()) as db:
            await claim(db, maria, handover.id, handover.version, NOW)
        return amina

    found: Conversation = inside(urls, work)
    return found


def owners(urls: Urls) -> list[tuple[Any, ...]]:
    return rows(urls, "select owner, staff_id from conversation")
