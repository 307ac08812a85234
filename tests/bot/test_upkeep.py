"""What is done every hour: outdated rows go, the others stay, and broken promises are counted."""

import asyncio
from contextlib import suppress

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import select, text

from backend import unanswered
from backend.app_state import Core
from backend.clock import make_clock
from backend.db import Database
from backend.live import Hints
from backend.settings import read_settings
from backend.unanswered import Reason, Unanswered
from booking.bookings import Booking
from booking.sessions import Seat
from bot import upkeep
from bot.upkeep import job_queue, run_upkeep, tidy_all
from content.answers import Answers
from tests.conftest import NOW, Urls
from tests.live import SECRET_KEY
from tests.people import Town, arrive, find_town, hold_time, open_slots, run_out

PLANT = """
    insert into inbox (channel, bot_id, external_id, conversation_id, payload, request_sha256,
            state, done_at)
        select 'api', '1', state || days, :conversation, '{}', '', state, now() - days * day
        from (values ('done', 6), ('done', 8), ('dead', 8), ('dead', 31)) rows (state, days),
            (select interval '1 day' as day) one;
    insert into outbox (conversation_id, seq, payload, state, done_at)
        select :conversation, seq, '{}', state, now() - days * interval '1 day'
        from (values (1, 'sent', 6), (2, 'sent', 8), (3, 'dead', 8)) rows (seq, state, days);
    insert into event (topic, reference, created_at)
        select 'x', hours::text, now() - hours * interval '1 hour'
        from (values (23), (25)) rows (hours);
    insert into idempotency (actor, key, request_sha256, status, response, created_at)
        select 'x', days::text, '', 200, '{}', now() - days * interval '1 day'
        from (values (6), (8)) rows (days);
    insert into rate_counter (key, window_start, count)
        select 'x', now() - days * interval '1 day', 1 from (values (7), (9)) rows (days)
"""
LEFT = {
    "select external_id from inbox order by 1": ["dead8", "done6"],
    "select seq from outbox order by 1": [1, 3],
    "select reference from event where topic = 'x'": ["23"],
    "select key from idempotency": ["6"],
    "select extract(day from now() - window_start)::int from rate_counter where key = 'x'": [7],
}


@pytest.fixture
def core(database: Database, urls: Urls, answers: Answers) -> Core:
    settings = read_settings({"APP_DATABASE_URL": urls.app, "SECRET_KEY": SECRET_KEY})
    return Core(settings, database, Hints(urls.app), make_clock(NOW), answers)


@pytest.fixture
async def lindby(database: Database) -> Town:
    return await find_town(database)


def broken(kind: str) -> float | None:
    labels = {"municipality": "lindby", "kind": kind}
    return REGISTRY.get_sample_value("landa_broken_promises", labels)


async def test_outdated_rows_go_and_the_others_stay(core: Core, lindby: Town) -> None:
    amina = await arrive(core.database, lindby)
    async with core.database.transaction(lindby.system) as db:
        for statement in PLANT.split(";"):
            await db.execute(text(statement), {"conversation": amina.id})
    await tidy_all(core)
    async with core.database.transaction(lindby.system) as db:
        left = {query: (await db.scalars(text(query))).all() for query in LEFT}
    assert left == LEFT


async def test_marks_of_texts_that_are_gone_go_and_the_others_stay(
    core: Core, lindby: Town
) -> None:
    plant = (
        "insert into answer_review (country, topic, language, text_hash, reviewer_id, reviewed_at)"
        " select 'se', 'id_card', 'ar', days::text, (select id from staff limit 1),"
        " cast(:now as timestamptz) - days * interval '1 day'"
        " from (values (182), (184)) rows (days)"
    )
    async with core.database.transaction(lindby.system) as db:
        await db.execute(text(plant), {"now": core.clock()})
    await tidy_all(core)
    async with core.database.transaction(lindby.system) as db:
        left = (await db.scalars(text("select text_hash from answer_review"))).all()
    assert left == ["182"]


async def test_log_ins_nobody_uses_go_with_the_way_to_them(core: Core, lindby: Town) -> None:
    plant = """
        with planted as (insert into sign_in (body_id, staff_id, token_sha256, seen_at)
            select body_id, id, sha256(days::text::bytea), now() - days * interval '1 day'
            from (select * from staff limit 1) someone, (values (29), (31)) rows (days)
            returning token_sha256)
        insert into route (token_sha256, municipality_id, kind)
            select token_sha256, tenant(), 'sign_in' from planted
    """
    async with core.database.transaction(lindby.system) as db:
        await db.execute(text(plant))
    await tidy_all(core)
    async with core.database.transaction(lindby.system) as db:
        kept = (await db.scalars(text("select token_sha256 from sign_in"))).all()
        ways = await db.scalars(text("select token_sha256 from route where kind = 'sign_in'"))
        assert ways.all() == kept
        assert len(kept) == 1


async def test_a_hold_that_ran_out_is_tidied_and_one_that_runs_stays(
    core: Core, lindby: Town
) -> None:
    amina, yusuf = [await arrive(core.database, lindby) for _ in range(2)]
    first, second, *_ = await open_slots(core.database, lindby)
    over = await hold_time(core.database, lindby, amina, first)
    running = await hold_time(core.database, lindby, yusuf, second)
    await run_out(core.database, lindby, over.id)
    await tidy_all(core)
    async with core.database.transaction(lindby.system) as db:
        states = dict((await db.execute(select(Booking.id, Booking.state))).tuples().all())
        seats = await db.scalars(select(Seat.booking_id).where(Seat.booking_id.is_not(None)))
        assert states == {over.id: "expired", running.id: "held"}
        assert seats.all() == [running.id]


async def test_lines_to_learn_from_get_their_vectors(core: Core, lindby: Town) -> None:
    line = Unanswered("where is the market", "en", Reason.MISSED, ("transport",))
    async with core.database.transaction(lindby.system) as db:
        await unanswered.keep(db, line)
    await tidy_all(core)
    async with core.database.transaction(lindby.system) as db:
        assert await db.scalar(text("select cardinality(vector) from unanswered_line")) == 384


async def test_broken_promises_are_counted(core: Core, lindby: Town) -> None:
    await tidy_all(core)
    assert {kind: broken(kind) for kind in upkeep.BREAKS} == dict.fromkeys(upkeep.BREAKS, 0.0)
    amina = await arrive(core.database, lindby)
    slot, *_ = await open_slots(core.database, lindby)
    booking = await hold_time(core.database, lindby, amina, slot)
    async with core.database.transaction(lindby.system) as db:
        await db.execute(text("update booking set state = 'cancelled'"))
    await tidy_all(core)
    assert broken("seat_of_ended_booking") == 1
    async with core.database.transaction(lindby.system) as db:
        await db.execute(text("update booking set state = 'confirmed', confirmed_at = now()"))
        release = text(
            "update seat set booking_id = null, hold_until = null where booking_id = :id"
        )
        await db.execute(release, {"id": booking.id})
    await tidy_all(core)
    assert (broken("seat_of_ended_booking"), broken("booking_without_seat")) == (0, 1)


async def test_the_job_queue_does_both_as_the_apps_role(core: Core, lindby: Town) -> None:
    async with core.database.transaction(lindby.system) as db:
        old = "insert into event (topic, reference, created_at) values ('x', '', '2020-01-01')"
        await db.execute(text(old))
        await db.execute(text("delete from session"))
    worker = asyncio.create_task(run_upkeep(core))
    async with job_queue(core).open_async() as queue:
        for name in ("tidy", "roll_forward"):
            await queue.configure_task(name).defer_async(timestamp=0)
    async with asyncio.timeout(30):
        while not await is_done(core, lindby):  # noqa: ASYNC110 -- only the database knows
            await asyncio.sleep(0.05)
    worker.cancel()
    with suppress(asyncio.CancelledError):
        await worker


async def is_done(core: Core, lindby: Town) -> bool:
    query = text(
        "select exists (select from session)"
        " and not exists (select from event where topic = 'x' and created_at < '2021-01-01')"
    )
    async with core.database.transaction(lindby.system) as db:
        return bool(await db.scalar(query))


async def test_beginning_again_finds_the_same_tasks(core: Core) -> None:
    queues = [job_queue(core) for _ in range(3)]
    names = [
        sorted(task.name for task in queue.tasks.values() if "builtin" not in task.name)
        for queue in queues
    ]
    assert names == [["roll_forward", "tidy"]] * 3
