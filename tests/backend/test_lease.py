"""One worker at a time in a conversation, and no writing after the lease is lost."""

import asyncio
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from backend.conversation import Conversation
from backend.db import Database
from backend.lease import LEASE_SECONDS, LeaseLost, lock_leased, release_lease, take_lease
from tests.people import Town, arrive

EXPIRE = text("update conversation set lease_until = now() - interval '1 second' where id = :id")
LEFT = text(
    "select extract(epoch from lease_until - clock_timestamp()) from conversation where id = :id"
)


async def take(database: Database, town: Town, conversation: Conversation) -> UUID | None:
    async with database.transaction(town.resident(conversation)) as db:
        return await take_lease(db, conversation.id)


async def expire(database: Database, town: Town, conversation: Conversation) -> None:
    async with database.transaction(town.system) as db:
        await db.execute(EXPIRE, {"id": conversation.id})


async def release(database: Database, town: Town, conversation: Conversation, token: UUID) -> None:
    async with database.transaction(town.resident(conversation)) as db:
        await release_lease(db, conversation.id, token)


async def test_of_many_workers_exactly_one_gets_the_conversation(
    shared_database: Database, lindby: Town
) -> None:
    amina = await arrive(shared_database, lindby)
    taken = await asyncio.gather(*(take(shared_database, lindby, amina) for _ in range(20)))
    assert len([token for token in taken if token]) == 1


async def test_different_conversations_do_not_wait_for_each_other(
    shared_database: Database, lindby: Town
) -> None:
    people = [await arrive(shared_database, lindby) for _ in range(5)]
    taken = await asyncio.gather(*(take(shared_database, lindby, person) for person in people))
    assert len(set(taken) - {None}) == 5


async def test_who_comes_while_the_lease_is_being_taken_goes_away_at_once(
    shared_database: Database, lindby: Town
) -> None:
    amina = await arrive(shared_database, lindby)
    async with shared_database.transaction(lindby.resident(amina)) as db:
        assert await take_lease(db, amina.id)
        second = asyncio.wait_for(take(shared_database, lindby, amina), timeout=2)
        assert await second is None


async def test_a_lease_lasts_twenty_seconds_of_the_databases_time(
    shared_database: Database, lindby: Town
) -> None:
    amina = await arrive(shared_database, lindby)
    await take(shared_database, lindby, amina)
    async with shared_database.transaction(lindby.system) as db:
        left = float(await db.scalar(LEFT, {"id": amina.id}) or 0)
    assert LEASE_SECONDS - 5 < left <= LEASE_SECONDS == 20


async def test_an_expired_lease_can_be_taken_and_the_old_worker_must_stop(
    shared_database: Database, lindby: Town
) -> None:
    amina = await arrive(shared_database, lindby)
    old = await take(shared_database, lindby, amina)
    await expire(shared_database, lindby, amina)
    new = await take(shared_database, lindby, amina)
    assert old is not None
    assert new is not None
    async with shared_database.transaction(lindby.resident(amina)) as db:
        with pytest.raises(LeaseLost):
            await lock_leased(db, amina.id, old)
        assert (await lock_leased(db, amina.id, new)).id == amina.id


async def test_a_lease_that_a_failure_left_behind_is_taken_again_at_once(
    shared_database: Database, lindby: Town
) -> None:
    amina = await arrive(shared_database, lindby)
    left = await take(shared_database, lindby, amina)
    assert left is not None
    async with shared_database.transaction(lindby.system) as db:
        assert await take_lease(db, amina.id, own=uuid4()) is None
        again = await take_lease(db, amina.id, own=left)
        assert again not in (None, left)
        with pytest.raises(LeaseLost):
            await lock_leased(db, amina.id, left)


async def test_an_expired_lease_that_nobody_took_still_holds(
    shared_database: Database, lindby: Town
) -> None:
    """A slow answer is not thrown away when nobody else has begun."""
    amina = await arrive(shared_database, lindby)
    token = await take(shared_database, lindby, amina)
    assert token is not None
    await expire(shared_database, lindby, amina)
    async with shared_database.transaction(lindby.resident(amina)) as db:
        assert (await lock_leased(db, amina.id, token)).lease_token == token
    assert await take(shared_database, lindby, amina) is None


async def test_writing_extends_the_lease_and_counts_the_version(
    shared_database: Database, lindby: Town
) -> None:
    amina = await arrive(shared_database, lindby)
    token = await take(shared_database, lindby, amina)
    assert token is not None
    await expire(shared_database, lindby, amina)
    async with shared_database.transaction(lindby.resident(amina)) as db:
        locked = await lock_leased(db, amina.id, token)
        assert locked.version == amina.version + 1
        assert float(await db.scalar(LEFT, {"id": amina.id}) or 0) > LEASE_SECONDS - 5


async def test_a_worker_that_writes_keeps_others_out_until_it_commits(
    shared_database: Database, lindby: Town
) -> None:
    amina = await arrive(shared_database, lindby)
    token = await take(shared_database, lindby, amina)
    assert token is not None
    await expire(shared_database, lindby, amina)
    async with shared_database.transaction(lindby.resident(amina)) as db:
        await lock_leased(db, amina.id, token)
        assert await take(shared_database, lindby, amina) is None
    assert await take(shared_database, lindby, amina) is None


async def test_a_released_lease_can_be_taken(shared_database: Database, lindby: Town) -> None:
    amina = await arrive(shared_database, lindby)
    token = await take(shared_database, lindby, amina)
    assert token is not None
    await release(shared_database, lindby, amina, token)
    assert await take(shared_database, lindby, amina) not in (None, token)


async def test_an_old_token_does_not_release_the_new_lease(
    shared_database: Database, lindby: Town
) -> None:
    amina = await arrive(shared_database, lindby)
    old = await take(shared_database, lindby, amina)
    assert old is not None
    await expire(shared_database, lindby, amina)
    await take(shared_database, lindby, amina)
    await release(shared_database, lindby, amina, old)
    assert await take(shared_database, lindby, amina) is None


async def test_a_made_up_token_is_no_lease(shared_database: Database, lindby: Town) -> None:
    amina = await arrive(shared_database, lindby)
    async with shared_database.transaction(lindby.resident(amina)) as db:
        with pytest.raises(LeaseLost):
            await lock_leased(db, amina.id, uuid4())


async def test_an_erased_conversation_has_no_lease_any_more(
    shared_database: Database, lindby: Town
) -> None:
    amina = await arrive(shared_database, lindby)
    token = await take(shared_database, lindby, amina)
    assert token is not None
    async with shared_database.transaction(lindby.system) as db:
        await db.execute(text("delete from conversation where id = :id"), {"id": amina.id})
    async with shared_database.transaction(lindby.resident(amina)) as db:
        with pytest.raises(LeaseLost):
            await lock_leased(db, amina.id, token)
        await release_lease(db, amina.id, token)
        assert await take_lease(db, amina.id) is None
