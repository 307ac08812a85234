"""The same request sent twice gives the same answer, and does its deed once."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import func, select

from backend.db import Database
from backend.idempotency import Idempotency, Remembered, once, remember
from backend.inbox import KeyReused
from tests.people import Town, find_town

LEYLA, EVA = "staff:leyla", "staff:eva"


async def ask(
    database: Database, town: Town, key: str, request: bytes, answer: Remembered, actor: str = LEYLA
) -> Remembered:
    async with database.transaction(town.system) as db:
        return await remember(db, actor, key, request, answer)


async def test_the_first_answer_is_remembered(shared_database: Database, lindby: Town) -> None:
    first, second = Remembered(201, {"id": 1}), Remembered(201, {"id": 2})
    assert await ask(shared_database, lindby, "first", b"x", first) == first
    assert await ask(shared_database, lindby, "first", b"x", second) == first


async def test_another_request_under_the_same_key_is_refused(
    shared_database: Database, lindby: Town
) -> None:
    await ask(shared_database, lindby, "refused", b"x", Remembered(201, {"id": 1}))
    with pytest.raises(KeyReused):
        await ask(shared_database, lindby, "refused", b"y", Remembered(201, {"id": 2}))


async def test_keys_belong_to_one_person_of_one_municipality(
    shared_database: Database, lindby: Town
) -> None:
    strandby = await find_town(shared_database, "strandby")
    answers = [Remembered(200, {"id": number}) for number in range(3)]
    assert await ask(shared_database, lindby, "mine", b"x", answers[0]) == answers[0]
    assert await ask(shared_database, lindby, "mine", b"y", answers[1], EVA) == answers[1]
    assert await ask(shared_database, strandby, "mine", b"z", answers[2]) == answers[2]


class Deed:
    """Gives out numbers and counts how often it was done."""

    def __init__(self) -> None:
        self.done = 0

    async def __call__(self) -> dict[str, Any]:
        self.done += 1
        await asyncio.sleep(0.05)
        return {"number": self.done}


async def do(
    database: Database, town: Town, key: str, deed: Deed, request: bytes = b"x"
) -> dict[str, Any]:
    async with database.transaction(town.system) as db:
        return await once(db, LEYLA, key, request, deed)


async def test_twins_at_once_do_the_deed_once_and_get_one_answer(
    shared_database: Database, lindby: Town
) -> None:
    deed = Deed()
    answers = await asyncio.gather(*(do(shared_database, lindby, "twins", deed) for _ in range(10)))
    assert (answers, deed.done) == ([{"number": 1}] * 10, 1)


async def test_other_keys_do_it_again(shared_database: Database, lindby: Town) -> None:
    deed = Deed()
    answers = [await do(shared_database, lindby, f"other {number}", deed) for number in range(2)]
    assert answers == [{"number": 1}, {"number": 2}]


async def test_a_deed_is_not_done_for_another_request_under_its_key(
    shared_database: Database, lindby: Town
) -> None:
    deed = Deed()
    await do(shared_database, lindby, "reused", deed)
    with pytest.raises(KeyReused):
        await do(shared_database, lindby, "reused", deed, b"y")
    assert deed.done == 1


async def test_a_deed_that_failed_can_be_tried_again(
    shared_database: Database, lindby: Town
) -> None:
    async def fail() -> dict[str, Any]:
        raise ConnectionError

    with pytest.raises(ConnectionError):
        async with shared_database.transaction(lindby.system) as db:
            await once(db, LEYLA, "failed", b"x", fail)
    deed = Deed()
    assert await do(shared_database, lindby, "failed", deed) == {"number": 1}
    async with shared_database.transaction(lindby.system) as db:
        kept = await db.scalar(
            select(func.count()).select_from(Idempotency).where(Idempotency.key == "failed")
        )
    assert kept == 1
