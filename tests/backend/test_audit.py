"""Who looked at or changed what: written in the deed's own transaction, read by the own body."""

from contextlib import suppress
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from backend.audit import ReadBy, record, who_has_read
from backend.db import Database
from backend.request_id import current_request_id
from tests.people import Town, arrive, colleague

ROWS = text(
    "select actor, action, subject, subject_id, body_id, staff_id, request_id from audit"
    " where subject_id = :subject order by id"
)


async def rows(database: Database, town: Town, subject: UUID) -> list[tuple[object, ...]]:
    async with database.transaction(town.system) as db:
        return [tuple(row) for row in await db.execute(ROWS, {"subject": str(subject)})]


async def reads(database: Database, town: Town, name: str, subject: UUID) -> None:
    who = await colleague(database, town, name)
    async with database.transaction(town.staff()) as db:
        body_id = town.bodies["integration"]
        await record(db, "read", "conversation", subject, body_id=body_id, staff_id=who.staff_id)


async def readers(database: Database, town: Town, subject: UUID) -> list[ReadBy]:
    async with database.transaction(town.staff()) as db:
        return await who_has_read(db, "conversation", subject)


async def test_a_row_says_who_did_what_to_what_in_which_request(
    shared_database: Database, lindby: Town
) -> None:
    subject = uuid4()
    maria = await colleague(shared_database, lindby, "Maria")
    body_id = lindby.bodies["integration"]
    token = current_request_id.set("request 7")
    async with shared_database.transaction(lindby.staff()) as db:
        await record(db, "claim", "conversation", subject, body_id=body_id, staff_id=maria.staff_id)
    current_request_id.reset(token)
    assert await rows(shared_database, lindby, subject) == [
        ("staff", "claim", "conversation", str(subject), body_id, maria.staff_id, "request 7")
    ]


async def test_the_actor_is_the_one_of_the_transaction(
    shared_database: Database, lindby: Town
) -> None:
    """Nobody writes under another's name."""
    subject = uuid4()
    amina = await arrive(shared_database, lindby)
    for scope in (lindby.resident(amina), lindby.system):
        async with shared_database.transaction(scope) as db:
            await record(db, "erase", "conversation", subject)
    assert [row[0] for row in await rows(shared_database, lindby, subject)] == [
        "resident",
        "system",
    ]


async def test_a_deed_that_is_rolled_back_leaves_no_row(
    shared_database: Database, lindby: Town
) -> None:
    subject = uuid4()
    with suppress(ZeroDivisionError):
        async with shared_database.transaction(lindby.staff()) as db:
            await record(db, "claim", "conversation", subject)
            raise ZeroDivisionError
    assert await rows(shared_database, lindby, subject) == []


async def test_a_read_whose_row_cannot_be_written_does_not_happen(
    shared_database: Database, lindby: Town
) -> None:
    async with shared_database.transaction(lindby.staff()) as db:
        with pytest.raises(DBAPIError, match="not-null"):
            await record(db, "read", None, uuid4())  # type: ignore[arg-type] # the fault
        with pytest.raises(DBAPIError, match="aborted"):
            await db.execute(text("select 1"))


async def test_readers_are_named_once_with_their_last_look_newest_first(
    shared_database: Database, lindby: Town
) -> None:
    subject = uuid4()
    for name in ("Maria", "Johan", "Maria"):
        await reads(shared_database, lindby, name, subject)
    found = await readers(shared_database, lindby, subject)
    assert [reader.name for reader in found] == ["Maria Lindqvist", "Johan Ek"]
    assert timedelta(0) < found[0].age < found[1].age < timedelta(minutes=5)


async def test_only_reading_counts_as_reading(shared_database: Database, lindby: Town) -> None:
    subject = uuid4()
    maria = await colleague(shared_database, lindby, "Maria")
    async with shared_database.transaction(lindby.staff()) as db:
        body_id = lindby.bodies["integration"]
        await record(db, "claim", "conversation", subject, body_id=body_id, staff_id=maria.staff_id)
    assert await readers(shared_database, lindby, subject) == []


async def test_readers_of_another_matter_are_not_named(
    shared_database: Database, lindby: Town
) -> None:
    await reads(shared_database, lindby, "Maria", uuid4())
    assert await readers(shared_database, lindby, uuid4()) == []


async def test_another_body_does_not_learn_who_has_read(
    shared_database: Database, lindby: Town
) -> None:
    subject = uuid4()
    await reads(shared_database, lindby, "Maria", subject)
    async with shared_database.transaction(lindby.staff("benefits")) as db:
        assert await who_has_read(db, "conversation", subject) == []
