"""A transaction stands inside the walls of one scope, and leaves nothing behind."""

from contextlib import suppress

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from backend.db import Database, as_system, resident, staff, system
from backend.settings import sqlalchemy_url
from tests.conftest import Urls
from tests.people import arrive, find_town

CONTEXT = text(
    "select current_setting('app.municipality', true), current_setting('app.actor', true),"
    " current_setting('app.body', true), current_setting('app.conversation', true)"
)
RENAME = text("update office set address = :address where key = 'school'")
ADDRESS = text("select address from office where key = 'school'")


async def context(db: AsyncSession) -> list[str]:
    return list((await db.execute(CONTEXT)).one())


async def actor(db: AsyncSession) -> str:
    return str(await db.scalar(text("select current_setting('app.actor')")))


async def test_a_transaction_commits_at_the_end_of_its_block(database: Database) -> None:
    town = await find_town(database)
    async with database.transaction(town.system) as db:
        await db.execute(RENAME, {"address": "Nygatan 1"})
    async with database.transaction(town.system) as db:
        assert await db.scalar(ADDRESS) == "Nygatan 1"


async def test_an_exception_rolls_back(database: Database) -> None:
    town = await find_town(database)
    with suppress(ZeroDivisionError):
        async with database.transaction(town.system) as db:
            await db.execute(RENAME, {"address": "Nygatan 1"})
            raise ZeroDivisionError
    async with database.transaction(town.system) as db:
        assert await db.scalar(ADDRESS) == "Ekvägen 12, Lindby"


async def test_each_actor_enters_with_its_own_context(shared_database: Database) -> None:
    town = await find_town(shared_database)
    amina = await arrive(shared_database, town)
    body = town.bodies["benefits"]
    async with shared_database.transaction(system(town.id)) as db:
        assert await context(db) == [str(town.id), "system", "", ""]
    async with shared_database.transaction(staff(town.id, body)) as db:
        assert await context(db) == [str(town.id), "staff", str(body), ""]
    async with shared_database.transaction(resident(town.id, amina.id)) as db:
        assert await context(db) == [str(town.id), "resident", "", str(amina.id)]


async def test_a_used_connection_keeps_no_context(module_urls: Urls) -> None:
    database = Database(sqlalchemy_url(module_urls.app), pool_size=1)
    town = await find_town(database)
    async with database.transaction(town.system) as db:
        first = await db.scalar(text("select pg_backend_pid()"))
    async with database.outside_walls() as db:
        assert await db.scalar(text("select pg_backend_pid()")) == first
        assert await context(db) == ["", "", "", ""]
        with pytest.raises(DBAPIError, match="invalid input syntax for type uuid"):
            await db.execute(ADDRESS)
    await database.close()


async def test_outside_the_walls_only_municipality_and_route_can_be_read(
    shared_database: Database,
) -> None:
    async with shared_database.outside_walls() as db:
        slugs = await db.scalars(text("select slug from municipality order by slug"))
        assert slugs.all() == ["lindby", "saarela", "strandby"]
        assert await db.scalar(text("select count(*) > 0 from route"))
        with pytest.raises(DBAPIError, match=r"app\.municipality"):
            await db.execute(ADDRESS)


async def test_as_system_ends_with_its_block(shared_database: Database) -> None:
    town = await find_town(shared_database)
    amina, yusuf = await arrive(shared_database, town), await arrive(shared_database, town, "so")
    both = text("select count(*) from conversation where id in (:amina, :yusuf)")
    people = {"amina": amina.id, "yusuf": yusuf.id}
    async with shared_database.transaction(town.resident(amina)) as db:
        assert await db.scalar(both, people) == 1
        async with as_system(db):
            assert await db.scalar(both, people) == 2
        assert await db.scalar(both, people) == 1
        assert await actor(db) == "resident"


async def test_as_system_ends_with_an_exception_that_is_caught_outside(
    shared_database: Database,
) -> None:
    town = await find_town(shared_database)
    amina = await arrive(shared_database, town)
    async with shared_database.transaction(town.resident(amina)) as db:
        with pytest.raises(LookupError):
            async with as_system(db):
                raise LookupError
        assert await actor(db) == "resident"


async def test_as_system_ends_with_a_statement_that_failed(shared_database: Database) -> None:
    town = await find_town(shared_database)
    amina = await arrive(shared_database, town)
    async with shared_database.transaction(town.resident(amina)) as db:
        with pytest.raises(DBAPIError, match="division by zero"):
            async with as_system(db):
                await db.execute(text("select 1 / 0"))
        assert await actor(db) == "resident"


async def test_a_lock_that_another_transaction_keeps_is_not_waited_for_forever(
    shared_database: Database,
) -> None:
    """Five seconds, then a refusal: a stuck client must not stop the others."""
    town = await find_town(shared_database)
    async with shared_database.transaction(town.system) as db:
        assert await db.scalar(text("show lock_timeout")) == "5s"
        assert await db.scalar(text("show statement_timeout")) == "15s"
        assert await db.scalar(text("show timezone")) == "UTC"
