"""Live updates: what was committed is told, in order, to those who may know it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import psycopg
import pytest
from sqlalchemy import text

from backend import live
from backend.db import Database
from backend.live import Hints, announce, latest_event, news, topic_news, wake_workers
from tests.conftest import Urls
from tests.people import Town


@pytest.fixture
async def hints(module_urls: Urls) -> AsyncIterator[Hints]:
    async with listening(module_urls) as listener:
        yield listener


@asynccontextmanager
async def listening(urls: Urls) -> AsyncIterator[Hints]:
    listener = Hints(urls.app)
    task = asyncio.create_task(listener.run())
    await listening_process(urls)
    yield listener
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


LISTENING = "select pid from pg_stat_activity where query = 'listen landa_work'"


async def listening_process(urls: Urls, other_than: int = 0) -> int:
    """Process id of the listening connection, as soon as there is one."""
    async with await psycopg.AsyncConnection.connect(urls.owner, autocommit=True) as owner:
        for _ in range(200):
            for (found,) in await (await owner.execute(LISTENING)).fetchall():
                if found != other_than:
                    return int(found)
            await asyncio.sleep(0.05)
    raise AssertionError("nobody listens")


async def tell(
    database: Database, town: Town, topic: str, reference: str = "", body: str = "integration"
) -> None:
    async with database.transaction(town.system) as db:
        await announce(db, topic, reference, town.bodies[body])


async def first(stream: AsyncIterator[tuple[int, frozenset[str]]]) -> frozenset[str]:
    return (await asyncio.wait_for(anext(stream), timeout=10))[1]


def stream(
    database: Database, hints: Hints, town: Town, *topics: str, after: int, body: str = ""
) -> AsyncIterator[tuple[int, frozenset[str]]]:
    scope = town.staff(body) if body else town.system
    return topic_news(database, hints, scope, topics, after)


async def test_what_was_committed_is_told(
    shared_database: Database, lindby: Town, hints: Hints
) -> None:
    before = await latest_event(shared_database, lindby.id)
    await tell(shared_database, lindby, "queue")
    await tell(shared_database, lindby, "day")
    heard = stream(shared_database, hints, lindby, "queue", "day", after=before)
    assert await first(heard) == {"queue", "day"}


async def test_only_topics_that_were_asked_for_are_told(
    shared_database: Database, lindby: Town, hints: Hints
) -> None:
    before = await latest_event(shared_database, lindby.id)
    await tell(shared_database, lindby, "queue")
    await tell(shared_database, lindby, "day")
    assert await first(stream(shared_database, hints, lindby, "day", after=before)) == {"day"}


async def test_what_was_rolled_back_is_not_told(
    shared_database: Database, lindby: Town, hints: Hints
) -> None:
    before = await latest_event(shared_database, lindby.id)
    async with shared_database.transaction(lindby.system) as db:
        await announce(db, "queue")
        await db.rollback()
    assert await latest_event(shared_database, lindby.id) == before
    quiet = stream(shared_database, hints, lindby, "queue", after=before)
    assert await first(quiet) == frozenset()


async def test_staff_of_another_body_are_not_told(
    shared_database: Database, lindby: Town, hints: Hints
) -> None:
    before = await latest_event(shared_database, lindby.id)
    await tell(shared_database, lindby, "queue", body="benefits")
    mine = stream(shared_database, hints, lindby, "queue", after=before, body="integration")
    theirs = stream(shared_database, hints, lindby, "queue", after=before, body="benefits")
    assert await first(mine) == frozenset()
    assert await first(theirs) == {"queue"}


async def test_a_reader_waits_for_transactions_that_began_earlier(
    shared_database: Database, lindby: Town, hints: Hints
) -> None:
    """Event 1 is not committed yet, event 2 is: telling 2 now would lose 1 for good."""
    before = await latest_event(shared_database, lindby.id)
    async with shared_database.transaction(lindby.system) as db:
        await announce(db, "slow")
        await tell(shared_database, lindby, "fast")
        assert await latest_event(shared_database, lindby.id) == before
        early = stream(shared_database, hints, lindby, "slow", "fast", after=before)
        assert await first(early) == frozenset()
    assert await first(early) == {"slow", "fast"}


async def test_a_stream_goes_on_after_the_last_event_it_told(
    shared_database: Database, lindby: Town, hints: Hints
) -> None:
    before = await latest_event(shared_database, lindby.id)
    for _ in range(3):
        await tell(shared_database, lindby, "queue")
    heard = news(shared_database, hints, lindby.id, ("queue",), before)
    third = await asyncio.wait_for(anext(heard), timeout=5)
    assert third == before + 3
    await tell(shared_database, lindby, "queue")
    assert await asyncio.wait_for(anext(heard), timeout=5) == third + 1


async def test_a_quiet_stream_comes_back_so_that_its_right_can_be_checked(
    shared_database: Database, lindby: Town, hints: Hints
) -> None:
    latest = await latest_event(shared_database, lindby.id)
    quiet = news(shared_database, hints, lindby.id, ("queue",), latest)
    ids = [await asyncio.wait_for(anext(quiet), timeout=10) for _ in range(2)]
    assert ids == [latest, latest]


async def test_a_hint_ends_the_waiting_at_once(
    shared_database: Database, lindby: Town, hints: Hints
) -> None:
    waiting = asyncio.create_task(hints.wait(("queue", "day"), seconds=30))
    await asyncio.sleep(0)
    await tell(shared_database, lindby, "day")
    await asyncio.wait_for(waiting, timeout=5)


async def test_a_hint_for_another_topic_does_not_end_the_waiting(
    shared_database: Database, lindby: Town, hints: Hints
) -> None:
    waiting = asyncio.create_task(hints.wait(("queue",), seconds=30))
    await asyncio.sleep(0)
    await tell(shared_database, lindby, "day")
    done, _ = await asyncio.wait([waiting], timeout=0.3)
    assert not done
    waiting.cancel()
    with suppress(asyncio.CancelledError):
        await waiting
    assert hints._waiting == {}


async def test_without_a_hint_the_waiting_ends_by_itself(hints: Hints) -> None:
    await asyncio.wait_for(hints.wait(("queue",), seconds=0.05), timeout=5)
    assert hints._waiting == {}


async def test_work_wakes_the_workers(
    shared_database: Database, lindby: Town, hints: Hints
) -> None:
    assert not hints.work.is_set()
    async with shared_database.transaction(lindby.system) as db:
        await wake_workers(db)
    await asyncio.wait_for(hints.work.wait(), timeout=5)


async def test_a_lost_connection_is_made_again(
    shared_database: Database,
    lindby: Town,
    hints: Hints,
    module_urls: Urls,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(live, "POLL_SECONDS", 0.05)
    lost = await listening_process(module_urls)
    with psycopg.connect(module_urls.owner, autocommit=True) as owner:
        owner.execute("select pg_terminate_backend(%s)", [lost])
    await listening_process(module_urls, other_than=lost)
    waiting = asyncio.create_task(hints.wait(("queue",), seconds=30))
    await asyncio.sleep(0)
    await tell(shared_database, lindby, "queue")
    await asyncio.wait_for(waiting, timeout=5)


async def test_events_may_be_tidied_by_the_system_only(
    shared_database: Database, lindby: Town
) -> None:
    await tell(shared_database, lindby, "queue")
    tidy = text("delete from event returning 1")
    async with shared_database.transaction(lindby.staff()) as db:
        assert (await db.execute(tidy)).all() == []
    async with shared_database.transaction(lindby.system) as db:
        assert len((await db.execute(tidy)).all()) >= 1
