"""Counters that all processes share: so many in a window, then a refusal that says until when."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import text

from backend.db import Database
from backend.rate_limit import TooMany, count
from tests.people import Town, find_town

HOUR = timedelta(hours=1)
WEEK = timedelta(weeks=1)


async def come(
    database: Database, town: Town, key: str, limit: int, window: timedelta = WEEK
) -> str:
    try:
        async with database.transaction(town.system) as db:
            await count(db, key, limit=limit, window=window)
    except TooMany:
        return "refused"
    return "welcome"


async def test_so_many_are_welcome_and_no_more(shared_database: Database, lindby: Town) -> None:
    came = [await come(shared_database, lindby, "amina", 3) for _ in range(5)]
    assert came == ["welcome"] * 3 + ["refused"] * 2


async def test_of_many_at_once_exactly_so_many_are_welcome(
    shared_database: Database, lindby: Town
) -> None:
    came = await asyncio.gather(*(come(shared_database, lindby, "rush", 10) for _ in range(25)))
    assert Counter(came) == {"welcome": 10, "refused": 15}


async def test_keys_and_municipalities_are_counted_apart(
    shared_database: Database, lindby: Town
) -> None:
    strandby = await find_town(shared_database, "strandby")
    assert await come(shared_database, lindby, "one", 1) == "welcome"
    assert await come(shared_database, lindby, "two", 1) == "welcome"
    assert await come(shared_database, strandby, "one", 1) == "welcome"
    assert await come(shared_database, lindby, "one", 1) == "refused"


async def test_a_new_window_begins_at_nothing(shared_database: Database, lindby: Town) -> None:
    assert await come(shared_database, lindby, "amina", 1, HOUR) == "welcome"
    async with shared_database.transaction(lindby.system) as db:
        earlier = text("update rate_counter set window_start = window_start - interval '1 hour'")
        await db.execute(earlier)
    assert await come(shared_database, lindby, "amina", 1, HOUR) == "welcome"


async def test_windows_begin_at_whole_hours_for_every_process(
    shared_database: Database, lindby: Town
) -> None:
    await come(shared_database, lindby, "amina", 1, HOUR)
    async with shared_database.transaction(lindby.system) as db:
        same = await db.scalar(
            text("select window_start = date_trunc('hour', window_start) from rate_counter")
        )
    assert same is True


async def test_a_refusal_says_when_to_come_back(shared_database: Database, lindby: Town) -> None:
    await come(shared_database, lindby, "amina", 1, HOUR)
    async with shared_database.transaction(lindby.system) as db:
        left = await db.scalar(
            text("select 3600 - extract(epoch from now() - date_trunc('hour', now()))")
        )
        with pytest.raises(TooMany) as refusal:
            await count(db, "amina", limit=1, window=HOUR)
    assert abs(refusal.value.retry_after - float(left or 0)) <= 3
    assert 1 <= refusal.value.retry_after <= 3601


async def test_what_is_rolled_back_does_not_count(shared_database: Database, lindby: Town) -> None:
    async with shared_database.transaction(lindby.system) as db:
        await count(db, "amina", limit=1, window=WEEK)
        await db.rollback()
    assert await come(shared_database, lindby, "amina", 1) == "welcome"
