"""Two caseworkers press "claim" at once: one has the conversation, the other learns who has it."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend.conversation import Channel, Conversation, Owner
from backend.db import Database
from backend.handover import AlreadyClaimed, Handover, HandoverState, claim, withdraw
from backend.staff import Colleague
from tests.conftest import NOW
from tests.people import Town, arrive, asks_for_person, colleague

ROUNDS = 200
Claim = Callable[[AsyncSession, Colleague, Handover], Awaitable[Handover]]


async def queue_of(database: Database, town: Town, count: int) -> list[Handover]:
    """So many residents who wait."""
    async with database.transaction(town.system) as db:
        people = [
            Conversation(
                channel=Channel.WEB,
                language="ar",
                owner=Owner.QUEUE,
                body_id=town.bodies["integration"],
            )
            for _ in range(count)
        ]
        db.add_all(people)
        await db.flush()
        waiting = [
            Handover(
                body_id=town.bodies["integration"],
                conversation_id=resident.id,
                reason="asked",
                language="ar",
                is_shared=True,
                answer_by=NOW + timedelta(hours=1),
                created_at=NOW,
            )
            for resident in people
        ]
        db.add_all(waiting)
    return waiting


async def press(
    database: Database, town: Town, who: Colleague, handover: Handover, deed: Claim
) -> str:
    """What the colleague sees: "mine", or the name of whoever was first."""
    try:
        async with database.transaction(town.staff()) as db:
            await deed(db, who, handover)
    except AlreadyClaimed as refusal:
        return str(refusal.name)
    return "mine"


async def guarded(db: AsyncSession, who: Colleague, handover: Handover) -> Handover:
    return await claim(db, who, handover.id, 1, NOW)


async def check_then_claim(db: AsyncSession, who: Colleague, handover: Handover) -> Handover:
    """What a naive program does: sees that it waits, then takes it."""
    state = await db.scalar(select(Handover.state).where(Handover.id == handover.id))
    if state != HandoverState.WAITING:
        raise AlreadyClaimed(None, None)
    await asyncio.sleep(0.05)
    await db.execute(
        update(Handover)
        .where(Handover.id == handover.id)
        .values(state=HandoverState.CLAIMED, claimed_by=who.staff_id)
    )
    return handover


async def test_of_two_who_claim_at_once_one_wins_in_each_of_two_hundred_rounds(
    shared_database: Database, lindby: Town
) -> None:
    maria = await colleague(shared_database, lindby, "Maria")
    johan = await colleague(shared_database, lindby, "Johan")
    rounds = await queue_of(shared_database, lindby, ROUNDS)
    ends = [
        tuple(
            await asyncio.gather(
                press(shared_database, lindby, maria, handover, guarded),
                press(shared_database, lindby, johan, handover, guarded),
            )
        )
        for handover in rounds
    ]
    won_by_maria = ("mine", "Maria Lindqvist")
    won_by_johan = ("Johan Ek", "mine")
    assert ends.count(won_by_maria) + ends.count(won_by_johan) == ROUNDS
    async with shared_database.transaction(lindby.system) as db:
        owners = await db.execute(
            text(
                "select count(*) from conversation c join handover h on h.conversation_id = c.id"
                " where c.owner = 'caseworker' and h.state = 'claimed' and h.version = 2"
                " and c.staff_id = h.claimed_by"
            )
        )
        assert owners.scalar() == ROUNDS


async def test_without_the_guard_both_believe_that_it_is_theirs(
    shared_database: Database, lindby: Town
) -> None:
    """The negative control of the test above."""
    maria = await colleague(shared_database, lindby, "Maria")
    johan = await colleague(shared_database, lindby, "Johan")
    (handover,) = await queue_of(shared_database, lindby, 1)
    ends = await asyncio.gather(
        press(shared_database, lindby, maria, handover, check_then_claim),
        press(shared_database, lindby, johan, handover, check_then_claim),
    )
    assert tuple(ends) == ("mine", "mine")


async def test_a_claim_and_the_residents_leaving_end_with_one_owner(
    shared_database: Database, lindby: Town
) -> None:
    """Both lock the conversation first, so neither waits for the other in a circle."""
    maria = await colleague(shared_database, lindby, "Maria")

    async def leave(resident: Conversation) -> str:
        async with shared_database.transaction(lindby.resident(resident)) as db:
            found = await db.scalar(
                select(Conversation).where(Conversation.id == resident.id).with_for_update()
            )
            assert found is not None
            if found.owner != Owner.QUEUE:
                return "claimed"
            await withdraw(db, found, NOW)
            return "left"

    for _ in range(10):
        amina = await arrive(shared_database, lindby)
        handover = await asks_for_person(shared_database, lindby, amina)
        ends = await asyncio.gather(
            press(shared_database, lindby, maria, handover, guarded), leave(amina)
        )
        assert tuple(ends) in (("mine", "claimed"), ("None", "left"))
