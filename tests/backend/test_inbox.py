"""What has been received is stored once, however often and however parallel it comes."""

import asyncio
from collections import Counter
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from backend.conversation import Conversation
from backend.db import Database
from backend.inbox import Inbox, KeyReused, Received, find_received, receive
from tests.people import Town, arrive


def hello(conversation: Conversation, number: str = "1") -> Received:
    return Received("web", str(conversation.id), number, conversation.id, text="hello")


async def store(database: Database, town: Town, received: Received) -> bool:
    async with database.transaction(town.resident(received.conversation_id)) as db:
        return await receive(db, received)


async def stored(database: Database, town: Town) -> int:
    async with database.transaction(town.system) as db:
        return await db.scalar(select(func.count()).select_from(Inbox)) or 0


async def test_a_message_is_stored_as_it_came(shared_database: Database, lindby: Town) -> None:
    amina = await arrive(shared_database, lindby)
    tap = Received("telegram", "4711", "update 9", amina.id, action="topic:id_card", language="ar")
    assert await store(shared_database, lindby, tap) is True
    async with shared_database.transaction(lindby.resident(amina)) as db:
        row = await find_received(db, tap)
    assert row is not None
    assert row.payload == {"text": None, "action": "topic:id_card", "language": "ar"}
    assert (row.state, row.tries, row.conversation_id) == ("ready", 0, amina.id)
    assert (row.done_at, row.first_seq, row.last_seq, row.last_error) == (None, None, None, None)


async def test_the_same_message_again_is_known(shared_database: Database, lindby: Town) -> None:
    amina = await arrive(shared_database, lindby)
    again = [await store(shared_database, lindby, hello(amina)) for _ in range(3)]
    assert again == [True, False, False]
    assert await stored(shared_database, lindby) == 1


async def test_of_many_copies_at_once_one_is_new(shared_database: Database, lindby: Town) -> None:
    amina = await arrive(shared_database, lindby)
    copies = [store(shared_database, lindby, hello(amina)) for _ in range(20)]
    assert Counter(await asyncio.gather(*copies)) == {True: 1, False: 19}
    assert await stored(shared_database, lindby) == 1


async def test_duplicates_among_many_messages_are_counted_exactly(
    shared_database: Database, lindby: Town
) -> None:
    """Thirty of a hundred come twice, in no order."""
    amina = await arrive(shared_database, lindby)
    numbers = [*range(70), *range(30)]
    limit = asyncio.Semaphore(20)

    async def one(number: int) -> bool:
        async with limit:
            return await store(shared_database, lindby, hello(amina, str(number)))

    came = Counter(await asyncio.gather(*map(one, numbers)))
    assert came == {True: 70, False: 30}
    assert await stored(shared_database, lindby) == 70


async def test_the_same_id_with_other_words_is_refused(
    shared_database: Database, lindby: Town
) -> None:
    """Never a silent success for something that was not stored."""
    amina = await arrive(shared_database, lindby)
    await store(shared_database, lindby, hello(amina))
    for other in (
        replace(hello(amina), text="help"),
        replace(hello(amina), text=None, action="hello"),
        replace(hello(amina), language="sv"),
    ):
        with pytest.raises(KeyReused):
            await store(shared_database, lindby, other)
    async with shared_database.transaction(lindby.resident(amina)) as db:
        row = await find_received(db, hello(amina))
    assert row is not None
    assert row.payload["text"] == "hello"


async def test_ids_of_other_bots_channels_and_conversations_do_not_collide(
    shared_database: Database, lindby: Town
) -> None:
    amina, yusuf = [await arrive(shared_database, lindby) for _ in range(2)]
    messages = [
        hello(amina),
        hello(yusuf),
        replace(hello(amina), channel="telegram", bot_id="4711"),
        replace(hello(amina), channel="telegram", bot_id="4712"),
    ]
    assert [await store(shared_database, lindby, one) for one in messages] == [True] * 4


async def test_a_copy_waits_and_is_stored_when_the_first_rolls_back(
    shared_database: Database, lindby: Town
) -> None:
    amina = await arrive(shared_database, lindby)
    async with shared_database.transaction(lindby.resident(amina)) as db:
        assert await receive(db, hello(amina)) is True
        copy = asyncio.create_task(store(shared_database, lindby, hello(amina)))
        done, _ = await asyncio.wait([copy], timeout=0.3)
        assert not done
        await db.rollback()
    assert await copy is True
    assert await stored(shared_database, lindby) == 1


async def test_an_unknown_message_was_not_received(shared_database: Database, lindby: Town) -> None:
    amina = await arrive(shared_database, lindby)
    async with shared_database.transaction(lindby.resident(amina)) as db:
        assert await find_received(db, hello(amina)) is None
