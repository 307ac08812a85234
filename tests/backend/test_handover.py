"""From the bot to the queue, to one caseworker, and back."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from backend.conversation import Author, Channel, Conversation, Message, append, find_conversation
from backend.db import Database
from backend.handover import (
    AlreadyClaimed,
    Handover,
    NotYours,
    Request,
    announce_blocked,
    ask_for_person,
    claim,
    give_back,
    latest_handover,
    list_open,
    lock_own,
    open_handover,
    put_back,
    put_back_all,
    withdraw,
)
from backend.reply import Reply
from backend.staff import Colleague
from tests.conftest import NOW
from tests.people import Town, arrive, asks_for_person, colleague

LATER = NOW + timedelta(minutes=10)


async def state_of(database: Database, town: Town, resident: Conversation) -> tuple[object, ...]:
    """Owner, body's queue, caseworker and the messages that staff may read."""
    async with database.transaction(town.system) as db:
        found = await find_conversation(db, resident.id)
        assert found is not None
        bodies = {body: key for key, body in town.bodies.items()}
        return (
            found.owner,
            bodies.get(found.body_id) if found.body_id else None,
            found.staff_id,
            (found.shared_from_seq, found.shared_to_seq),
        )


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


async def test_who_asks_for_a_person_waits_in_the_queue_of_a_body(
    shared_database: Database, lindby: Town
) -> None:
    amina = await arrive(shared_database, lindby)
    handover = await asks_for_person(shared_database, lindby, amina)
    assert await state_of(shared_database, lindby, amina) == (
        "queue",
        "integration",
        None,
        (1, None),
    )
    assert (handover.state, handover.reason, handover.topic, handover.language) == (
        "waiting",
        "asked",
        "bank_account",
        "ar",
    )
    assert (handover.created_at, handover.answer_by) == (NOW, NOW + timedelta(hours=1))


async def test_asking_twice_is_asking_once(shared_database: Database, lindby: Town) -> None:
    amina = await arrive(shared_database, lindby)
    first = await asks_for_person(shared_database, lindby, amina)
    again = await asks_for_person(shared_database, lindby, amina, now=LATER, priority=10)
    assert (again.id, again.created_at, again.priority) == (first.id, NOW, 0)


async def test_the_database_allows_one_open_request_per_conversation(
    shared_database: Database, lindby: Town
) -> None:
    amina = await arrive(shared_database, lindby)
    await asks_for_person(shared_database, lindby, amina)
    twin = Handover(
        body_id=lindby.bodies["benefits"],
        conversation_id=amina.id,
        reason="asked",
        language="ar",
        is_shared=True,
        answer_by=NOW,
    )
    with pytest.raises(IntegrityError, match="handover_open"):
        async with shared_database.transaction(lindby.system) as db:
            db.add(twin)


async def test_what_was_said_before_stays_unread_when_it_is_not_shared(
    shared_database: Database, lindby: Town
) -> None:
    amina = await arrive(shared_database, lindby)
    await say(shared_database, lindby, amina, "to the bot alone", Author.RESIDENT)
    await asks_for_person(shared_database, lindby, amina, is_shared=False)
    await say(shared_database, lindby, amina, "to a person", Author.RESIDENT)
    assert await read_by_staff(shared_database, lindby) == ["to a person"]


async def test_what_was_said_before_is_read_when_it_is_shared(
    shared_database: Database, lindby: Town
) -> None:
    amina = await arrive(shared_database, lindby)
    await say(shared_database, lindby, amina, "to the bot", Author.RESIDENT)
    await asks_for_person(shared_database, lindby, amina)
    assert await read_by_staff(shared_database, lindby) == ["to the bot"]


async def read_by_staff(database: Database, town: Town) -> list[str]:
    async with database.transaction(town.staff()) as db:
        return list(await db.scalars(select(Message.text).order_by(Message.seq)))


async def test_who_leaves_the_queue_is_with_the_bot_again(
    shared_database: Database, lindby: Town
) -> None:
    amina = await arrive(shared_database, lindby)
    handover = await asks_for_person(shared_database, lindby, amina)
    async with shared_database.transaction(lindby.resident(amina)) as db:
        found = await find_conversation(db, amina.id)
        assert found is not None
        await withdraw(db, found, LATER)
    assert await state_of(shared_database, lindby, amina) == ("bot", None, None, (1, None))
    async with shared_database.transaction(lindby.system) as db:
        latest = await latest_handover(db, amina.id)
        assert latest is not None
        assert (latest.id, latest.state, latest.closed_at) == (handover.id, "withdrawn", LATER)
    assert await read_by_staff(shared_database, lindby) == []


async def test_a_claimed_conversation_belongs_to_the_caseworker(
    shared_database: Database, lindby: Town
) -> None:
    maria = await colleague(shared_database, lindby, "Maria")
    amina = await arrive(shared_database, lindby)
    handover = await asks_for_person(shared_database, lindby, amina)
    claimed = await claims(shared_database, lindby, maria, handover)
    assert (claimed.state, claimed.claimed_by, claimed.claimed_at, claimed.version) == (
        "claimed",
        maria.staff_id,
        LATER,
        2,
    )
    expected = ("caseworker", "integration", maria.staff_id, (1, None))
    assert await state_of(shared_database, lindby, amina) == expected


async def test_who_claims_too_late_learns_who_was_first(
    shared_database: Database, lindby: Town
) -> None:
    maria = await colleague(shared_database, lindby, "Maria")
    johan = await colleague(shared_database, lindby, "Johan")
    amina = await arrive(shared_database, lindby)
    handover = await asks_for_person(shared_database, lindby, amina)
    await claims(shared_database, lindby, maria, handover)
    with pytest.raises(AlreadyClaimed) as refusal:
        await claims(shared_database, lindby, johan, handover)
    assert (refusal.value.name, refusal.value.at) == ("Maria Lindqvist", LATER)
    with pytest.raises(AlreadyClaimed):
        await claims(shared_database, lindby, johan, handover, version=2)


async def test_who_left_meanwhile_cannot_be_claimed(
    shared_database: Database, lindby: Town
) -> None:
    maria = await colleague(shared_database, lindby, "Maria")
    amina = await arrive(shared_database, lindby)
    handover = await asks_for_person(shared_database, lindby, amina)
    async with shared_database.transaction(lindby.resident(amina)) as db:
        found = await find_conversation(db, amina.id)
        assert found is not None
        await withdraw(db, found, LATER)
    for version in (1, 2):
        with pytest.raises(AlreadyClaimed) as refusal:
            await claims(shared_database, lindby, maria, handover, version)
        assert refusal.value.name is None


async def test_a_page_that_is_too_old_claims_nothing(
    shared_database: Database, lindby: Town
) -> None:
    """Maria put it back; what Johan's page shows is no longer what waits."""
    maria = await colleague(shared_database, lindby, "Maria")
    johan = await colleague(shared_database, lindby, "Johan")
    amina = await arrive(shared_database, lindby)
    handover = await asks_for_person(shared_database, lindby, amina)
    await claims(shared_database, lindby, maria, handover)
    async with shared_database.transaction(lindby.staff()) as db:
        await put_back(db, maria, amina.id)
    expected = ("queue", "integration", None, (1, None))
    assert await state_of(shared_database, lindby, amina) == expected
    with pytest.raises(AlreadyClaimed):
        await claims(shared_database, lindby, johan, handover, version=1)
    assert (await claims(shared_database, lindby, johan, handover, version=3)).state == "claimed"


async def test_a_caseworker_of_another_body_cannot_claim(
    shared_database: Database, lindby: Town
) -> None:
    anders = await colleague(shared_database, lindby, "Anders")
    amina = await arrive(shared_database, lindby)
    handover = await asks_for_person(shared_database, lindby, amina)
    async with shared_database.transaction(lindby.staff("benefits")) as db:
        with pytest.raises(AlreadyClaimed) as refusal:
            await claim(db, anders, handover.id, 1, LATER)
        assert refusal.value.name is None
        assert await list_open(db) == []
    expected = ("queue", "integration", None, (1, None))
    assert await state_of(shared_database, lindby, amina) == expected


async def test_only_the_owner_works_in_a_conversation(
    shared_database: Database, lindby: Town
) -> None:
    maria = await colleague(shared_database, lindby, "Maria")
    johan = await colleague(shared_database, lindby, "Johan")
    amina = await arrive(shared_database, lindby)
    handover = await asks_for_person(shared_database, lindby, amina)
    async with shared_database.transaction(lindby.staff()) as db:
        with pytest.raises(NotYours):
            await lock_own(db, maria, amina.id)
    await claims(shared_database, lindby, maria, handover)
    async with shared_database.transaction(lindby.staff()) as db:
        assert (await lock_own(db, maria, amina.id)).id == amina.id
        for deed in (
            lock_own(db, johan, amina.id),
            give_back(db, johan, amina.id, LATER),
            put_back(db, johan, amina.id),
            lock_own(db, maria, uuid4()),
        ):
            with pytest.raises(NotYours):
                await deed


async def test_giving_back_closes_the_matter_and_the_reading(
    shared_database: Database, lindby: Town
) -> None:
    maria = await colleague(shared_database, lindby, "Maria")
    amina = await arrive(shared_database, lindby)
    await say(shared_database, lindby, amina, "for Maria", Author.RESIDENT)
    handover = await asks_for_person(shared_database, lindby, amina)
    await claims(shared_database, lindby, maria, handover)
    async with shared_database.transaction(lindby.staff()) as db:
        await give_back(db, maria, amina.id, LATER)
    await say(shared_database, lindby, amina, "to the bot, later", Author.RESIDENT)
    assert await state_of(shared_database, lindby, amina) == ("bot", "integration", None, (1, 1))
    assert await read_by_staff(shared_database, lindby) == ["for Maria"]
    async with shared_database.transaction(lindby.staff()) as db:
        latest = await latest_handover(db, amina.id)
        assert latest is not None
        assert (latest.state, latest.closed_at, latest.version) == ("closed", LATER, 3)
        assert await list_open(db) == []


async def test_all_that_a_caseworker_had_goes_back_to_the_queue(
    shared_database: Database, lindby: Town
) -> None:
    maria = await colleague(shared_database, lindby, "Maria")
    johan = await colleague(shared_database, lindby, "Johan")
    amina, bahar = [await arrive(shared_database, lindby) for _ in range(2)]
    for resident, who in ((amina, maria), (bahar, johan)):
        handover = await asks_for_person(shared_database, lindby, resident)
        await claims(shared_database, lindby, who, handover)
    async with shared_database.transaction(lindby.system) as db:
        assert [held.id for held in await put_back_all(db, maria.staff_id)] == [amina.id]
    async with shared_database.transaction(lindby.staff()) as db:
        waiting = await open_handover(db, amina.id)
        assert (waiting.state, waiting.claimed_by, waiting.version) == ("waiting", None, 3)
    states = [await state_of(shared_database, lindby, resident) for resident in (amina, bahar)]
    assert [state[:3] for state in states] == [
        ("queue", "integration", None),
        ("caseworker", "integration", johan.staff_id),
    ]


async def test_asking_again_opens_a_new_request_and_keeps_the_old_one(
    shared_database: Database, lindby: Town
) -> None:
    maria = await colleague(shared_database, lindby, "Maria")
    amina = await arrive(shared_database, lindby)
    first = await asks_for_person(shared_database, lindby, amina)
    await claims(shared_database, lindby, maria, first)
    async with shared_database.transaction(lindby.staff()) as db:
        await give_back(db, maria, amina.id, LATER)
    second = await asks_for_person(shared_database, lindby, amina, now=LATER, is_shared=False)
    async with shared_database.transaction(lindby.staff()) as db:
        latest = await latest_handover(db, amina.id)
        assert latest is not None
        assert (latest.id, (await open_handover(db, amina.id)).id) == (second.id, second.id)
        states = await db.scalars(select(Handover.state).order_by(Handover.created_at))
        assert states.all() == ["closed", "waiting"]


async def test_every_change_of_owner_is_told_to_the_inbox(
    shared_database: Database, lindby: Town
) -> None:
    maria = await colleague(shared_database, lindby, "Maria")
    amina = await arrive(shared_database, lindby)
    handover = await asks_for_person(shared_database, lindby, amina)
    await claims(shared_database, lindby, maria, handover)
    async with shared_database.transaction(lindby.staff()) as db:
        await put_back(db, maria, amina.id)
    await claims(shared_database, lindby, maria, handover, version=3)
    async with shared_database.transaction(lindby.staff()) as db:
        await give_back(db, maria, amina.id, LATER)
    told = text("select topic, body_id from event where reference = :id")
    async with shared_database.transaction(lindby.staff()) as db:
        rows = await db.execute(told, {"id": str(handover.id)})
        assert [tuple(row) for row in rows] == [("queue", lindby.bodies["integration"])] * 5


async def test_a_blocked_channel_is_told_to_the_inbox_and_the_open_page(
    shared_database: Database, lindby: Town
) -> None:
    amina = await arrive(shared_database, lindby, channel=Channel.TELEGRAM)
    await asks_for_person(shared_database, lindby, amina)
    async with shared_database.transaction(lindby.system) as db:
        found = await find_conversation(db, amina.id)
        assert found is not None
        await announce_blocked(db, found)
    told = text("select topic from event where topic = :mine or reference = :id order by topic")
    async with shared_database.transaction(lindby.staff()) as db:
        topics = await db.scalars(told, {"mine": f"conversation:{amina.id}", "id": str(amina.id)})
        assert topics.all() == [f"conversation:{amina.id}", "queue"]


async def test_a_person_is_asked_for_by_a_request_of_the_resident(
    shared_database: Database, lindby: Town
) -> None:
    """A caller that holds the conversation's row; the request keeps its priority."""
    amina = await arrive(shared_database, lindby)
    request = Request(lindby.bodies["benefits"], "danger", None, True, NOW, priority=10)
    async with shared_database.transaction(lindby.resident(amina)) as db:
        found = await find_conversation(db, amina.id)
        assert found is not None
        handover = await ask_for_person(db, found, request, NOW)
    assert (handover.reason, handover.priority) == ("danger", 10)
    expected = ("queue", "benefits", None, (1, None))
    assert await state_of(shared_database, lindby, amina) == expected
