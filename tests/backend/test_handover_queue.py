"""The queue: who comes before whom, and what the inbox shows of each."""

from datetime import timedelta

from backend.conversation import Author, Conversation, append, find_conversation
from backend.db import Database
from backend.handover import (
    Handover,
    claim,
    count_waiting,
    list_open,
    people_before,
    put_back,
)
from backend.reply import Kind, Reply
from backend.staff import Colleague
from tests.conftest import NOW
from tests.people import Town, arrive, asks_for_person, colleague

LATER = NOW + timedelta(minutes=10)


async def say(
    database: Database, town: Town, resident: Conversation, words: str, author: Author
) -> None:
    async with database.transaction(town.system) as db:
        found = await find_conversation(db, resident.id)
        assert found is not None
        await append(db, found, author, Reply(words), at=NOW)


async def claims(
    database: Database, town: Town, who: Colleague, handover: Handover, version: int = 1
) -> Handover:
    async with database.transaction(town.staff()) as db:
        return await claim(db, who, handover.id, version, LATER)


async def waits(database: Database, town: Town, handover: Handover) -> int:
    async with database.transaction(town.resident(handover.conversation_id)) as db:
        return await people_before(db, handover)


async def test_higher_priority_comes_first_then_age(
    shared_database: Database, lindby: Town
) -> None:
    waiting = []
    for minute, priority in ((0, 0), (1, 0), (2, 10), (3, 10)):
        resident = await arrive(shared_database, lindby)
        now = NOW + timedelta(minutes=minute)
        waiting.append(
            await asks_for_person(shared_database, lindby, resident, now=now, priority=priority)
        )
    before = [await waits(shared_database, lindby, handover) for handover in waiting]
    assert before == [2, 3, 0, 1]
    async with shared_database.transaction(lindby.staff()) as db:
        listed = [line.handover.id for line in await list_open(db)]
        assert await count_waiting(db) == 4
    assert listed == [waiting[place].id for place in (2, 3, 0, 1)]


async def test_people_in_another_bodys_queue_are_not_before_me(
    shared_database: Database, lindby: Town
) -> None:
    amina, yusuf = [await arrive(shared_database, lindby) for _ in range(2)]
    await asks_for_person(shared_database, lindby, amina, body="benefits")
    mine = await asks_for_person(shared_database, lindby, yusuf, now=LATER)
    assert await waits(shared_database, lindby, mine) == 0


async def test_who_is_claimed_no_longer_waits_before_me(
    shared_database: Database, lindby: Town
) -> None:
    maria = await colleague(shared_database, lindby, "Maria")
    amina, yusuf = [await arrive(shared_database, lindby) for _ in range(2)]
    first = await asks_for_person(shared_database, lindby, amina)
    mine = await asks_for_person(shared_database, lindby, yusuf, now=LATER)
    assert await waits(shared_database, lindby, mine) == 1
    await claims(shared_database, lindby, maria, first)
    assert await waits(shared_database, lindby, mine) == 0


async def test_what_is_put_back_keeps_its_age(shared_database: Database, lindby: Town) -> None:
    maria = await colleague(shared_database, lindby, "Maria")
    amina, yusuf = [await arrive(shared_database, lindby) for _ in range(2)]
    first = await asks_for_person(shared_database, lindby, amina)
    await asks_for_person(shared_database, lindby, yusuf, now=LATER)
    await claims(shared_database, lindby, maria, first)
    async with shared_database.transaction(lindby.staff()) as db:
        await put_back(db, maria, amina.id)
        lines = [(line.handover.conversation_id, line.claimed_by) for line in await list_open(db)]
    assert lines == [(amina.id, None), (yusuf.id, None)]


async def test_the_inbox_shows_the_last_words_and_whose_turn_it_is(
    shared_database: Database, lindby: Town
) -> None:
    maria = await colleague(shared_database, lindby, "Maria")
    amina = await arrive(shared_database, lindby)
    await say(shared_database, lindby, amina, "first", Author.RESIDENT)
    await say(shared_database, lindby, amina, "an answer", Author.BOT)
    handover = await asks_for_person(shared_database, lindby, amina)
    await claims(shared_database, lindby, maria, handover)
    seen = []
    for words, author in (("hello", Author.CASEWORKER), ("thank you", Author.RESIDENT)):
        await say(shared_database, lindby, amina, words, author)
        async with shared_database.transaction(lindby.staff()) as db:
            (line,) = await list_open(db)
        seen.append((line.first_words, line.claimed_by, line.is_answered, line.answered_at))
    assert seen == [
        ("first", "Maria Lindqvist", True, NOW),
        ("thank you", "Maria Lindqvist", False, NOW),
    ]


async def test_a_pressed_button_does_not_hide_the_question(
    shared_database: Database, lindby: Town
) -> None:
    amina, yusuf = [await arrive(shared_database, lindby) for _ in range(2)]
    await say(shared_database, lindby, amina, "the landlord keeps my deposit", Author.RESIDENT)
    for resident in (amina, yusuf):
        async with shared_database.transaction(lindby.system) as db:
            pressed = Reply("Talk to a person", kind=Kind.TAP)
            await append(db, resident, Author.RESIDENT, pressed)
    await asks_for_person(shared_database, lindby, amina)
    await asks_for_person(shared_database, lindby, yusuf, now=LATER)
    async with shared_database.transaction(lindby.staff()) as db:
        words = [line.first_words for line in await list_open(db)]
    assert words == ["the landlord keeps my deposit", "Talk to a person"]


async def test_the_inbox_does_not_show_words_that_are_not_shared(
    shared_database: Database, lindby: Town
) -> None:
    amina = await arrive(shared_database, lindby)
    await say(shared_database, lindby, amina, "to the bot alone", Author.RESIDENT)
    await asks_for_person(shared_database, lindby, amina, is_shared=False)
    async with shared_database.transaction(lindby.staff()) as db:
        (line,) = await list_open(db)
    assert (line.first_words, line.resident_seq) == ("", 0)
