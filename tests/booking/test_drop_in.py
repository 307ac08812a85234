"""The drop-in queue: one order in each language lane, for phones and for paper."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, text

from backend.db import Database
from booking.drop_in import (
    Lane,
    NoLane,
    NoNumbersNow,
    Place,
    Ticket,
    TicketGone,
    TicketState,
    add_lane,
    call_again,
    call_next,
    end_ticket,
    next_session,
    open_ticket,
    place_of,
    take_ticket,
)
from booking.sessions import Session
from tests.conftest import NOW
from tests.people import Town, arrive, find_service, take_number

# Friday 27 November, doors open 13:00 to 16:00 in Stockholm.
DOORS_OPEN = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
DOORS_CLOSE = datetime(2026, 11, 27, 15, 0, tzinfo=UTC)


async def place(database: Database, town: Town, ticket: Ticket) -> Place:
    scope = town.resident(ticket.conversation_id) if ticket.conversation_id else town.staff()
    async with database.transaction(scope) as db:
        return await place_of(db, ticket, 12)


async def call(database: Database, town: Town, lane_id: UUID, now: datetime) -> int | None:
    async with database.transaction(town.staff()) as db:
        ticket = await call_next(db, lane_id, now)
        return ticket.number if ticket else None


async def end(database: Database, town: Town, ticket: Ticket, state: TicketState) -> Ticket:
    async with database.transaction(town.staff()) as db:
        return await end_ticket(db, ticket.id, state, DOORS_OPEN)


async def refused_until(database: Database, town: Town, now: datetime) -> datetime | None:
    """When the session starts that a refusal names."""
    service = await find_service(database, town, "drop_in")
    async with database.transaction(town.system) as db:
        with pytest.raises(NoNumbersNow) as refusal:
            await take_ticket(db, service, "ar", now)
        return refusal.value.session.starts if refusal.value.session else None


async def test_the_first_number_of_each_lane_is_one(
    shared_database: Database, lindby: Town
) -> None:
    found = []
    for language in ("ar", "sv", "ar", "uk", "ar", "en"):
        ticket = await take_number(shared_database, lindby, language, DOORS_OPEN)
        found.append((await place(shared_database, lindby, ticket)).label)
    assert found == ["B1", "A1", "B2", "C1", "B3", "A2"]


async def test_a_phone_and_a_paper_number_stand_in_one_order(
    shared_database: Database, lindby: Town
) -> None:
    amina = await arrive(shared_database, lindby)
    await take_number(shared_database, lindby, "ar", DOORS_OPEN)
    hers = await take_number(shared_database, lindby, "ar", DOORS_OPEN, amina.id)
    paper = await take_number(shared_database, lindby, "ar", DOORS_OPEN)
    assert await place(shared_database, lindby, hers) == Place("B2", 1, "", 12)
    assert await place(shared_database, lindby, paper) == Place("B3", 2, "", 24)


async def test_a_resident_who_has_a_number_keeps_it(
    shared_database: Database, lindby: Town
) -> None:
    amina = await arrive(shared_database, lindby)
    first = await take_number(shared_database, lindby, "ar", DOORS_OPEN, amina.id)
    again = await take_number(shared_database, lindby, "sv", DOORS_OPEN, amina.id)
    assert (again.id, again.number) == (first.id, 1)


async def test_who_left_gets_a_new_number_at_the_end(
    shared_database: Database, lindby: Town
) -> None:
    amina = await arrive(shared_database, lindby)
    hers = await take_number(shared_database, lindby, "ar", DOORS_OPEN, amina.id)
    await take_number(shared_database, lindby, "ar", DOORS_OPEN)
    async with shared_database.transaction(lindby.resident(amina)) as db:
        await end_ticket(db, hers.id, TicketState.LEFT, DOORS_OPEN)
        assert await open_ticket(db, amina.id) is None
    new = await take_number(shared_database, lindby, "ar", DOORS_OPEN, amina.id)
    assert await place(shared_database, lindby, new) == Place("B3", 1, "", 12)


async def test_numbers_are_given_from_two_hours_before_the_doors_open(
    shared_database: Database, lindby: Town
) -> None:
    two_hours_before = DOORS_OPEN - timedelta(hours=2)
    earlier = two_hours_before - timedelta(seconds=1)
    assert await refused_until(shared_database, lindby, earlier) == DOORS_OPEN
    ticket = await take_number(shared_database, lindby, "ar", two_hours_before)
    assert (ticket.number, ticket.created_at) == (1, two_hours_before)


async def test_numbers_are_given_until_the_doors_close(
    shared_database: Database, lindby: Town
) -> None:
    last_second = DOORS_CLOSE - timedelta(seconds=1)
    assert (await take_number(shared_database, lindby, "ar", last_second)).number == 1
    next_friday = DOORS_OPEN + timedelta(weeks=1)
    assert await refused_until(shared_database, lindby, DOORS_CLOSE) == next_friday


async def test_without_any_session_nothing_is_promised(
    shared_database: Database, lindby: Town
) -> None:
    assert await refused_until(shared_database, lindby, NOW + timedelta(weeks=30)) is None


async def test_a_language_without_a_lane_is_refused(
    shared_database: Database, lindby: Town
) -> None:
    with pytest.raises(NoLane):
        await take_number(shared_database, lindby, "pl", DOORS_OPEN)


async def test_the_running_session_comes_before_the_next(
    shared_database: Database, lindby: Town
) -> None:
    service = lindby.services["drop_in"]
    async with shared_database.transaction(lindby.system) as db:
        found = [
            await next_session(db, service, now)
            for now in (NOW, DOORS_OPEN, DOORS_CLOSE - timedelta(seconds=1), DOORS_CLOSE)
        ]
    starts = [session.starts if session else None for session in found]
    assert starts == [DOORS_OPEN, DOORS_OPEN, DOORS_OPEN, DOORS_OPEN + timedelta(weeks=1)]


async def test_the_lowest_waiting_number_is_called(shared_database: Database, lindby: Town) -> None:
    tickets = [await take_number(shared_database, lindby, "ar", DOORS_OPEN) for _ in range(3)]
    await end(shared_database, lindby, tickets[0], TicketState.LEFT)
    lane = tickets[0].lane_id
    called = [await call(shared_database, lindby, lane, DOORS_OPEN) for _ in range(3)]
    assert called == [2, 3, None]


async def test_the_place_moves_when_somebody_is_called(
    shared_database: Database, lindby: Town
) -> None:
    tickets = [await take_number(shared_database, lindby, "ar", DOORS_OPEN) for _ in range(3)]
    third, lane = tickets[2], tickets[2].lane_id
    seen = [await place(shared_database, lindby, third)]
    for minute in (1, 2, 3):
        await call(shared_database, lindby, lane, DOORS_OPEN + timedelta(minutes=minute))
        seen.append(await place(shared_database, lindby, third))
    assert seen == [
        Place("B3", 2, "", 24),
        Place("B3", 1, "B1", 12),
        Place("B3", 0, "B2", 0),
        Place("B3", 0, "B3", 0),
    ]


async def test_other_lanes_do_not_move_the_place(shared_database: Database, lindby: Town) -> None:
    hers = await take_number(shared_database, lindby, "ar", DOORS_OPEN)
    swedish = await take_number(shared_database, lindby, "sv", DOORS_OPEN)
    await call(shared_database, lindby, swedish.lane_id, DOORS_OPEN)
    assert await place(shared_database, lindby, hers) == Place("B1", 0, "", 0)


async def test_a_number_can_be_called_again(shared_database: Database, lindby: Town) -> None:
    first, second = [await take_number(shared_database, lindby, "ar", DOORS_OPEN) for _ in range(2)]
    await call(shared_database, lindby, first.lane_id, DOORS_OPEN)
    await call(shared_database, lindby, first.lane_id, DOORS_OPEN + timedelta(minutes=1))
    async with shared_database.transaction(lindby.staff()) as db:
        again = await call_again(db, first.id, DOORS_OPEN + timedelta(minutes=2))
    assert (again.state, again.called_at) == ("called", DOORS_OPEN + timedelta(minutes=2))
    assert (await place(shared_database, lindby, second)).called_label == "B1"


async def test_only_a_called_number_can_be_called_again(
    shared_database: Database, lindby: Town
) -> None:
    waiting = await take_number(shared_database, lindby, "ar", DOORS_OPEN)
    for ticket_id in (waiting.id, uuid4()):
        with pytest.raises(TicketGone):
            async with shared_database.transaction(lindby.staff()) as db:
                await call_again(db, ticket_id, DOORS_OPEN)


@pytest.mark.parametrize("state", [TicketState.SERVED, TicketState.NO_SHOW, TicketState.LEFT])
async def test_a_number_ends_once(
    shared_database: Database, lindby: Town, state: TicketState
) -> None:
    ticket = await take_number(shared_database, lindby, "ar", DOORS_OPEN)
    ended = await end(shared_database, lindby, ticket, state)
    again = await end(shared_database, lindby, ticket, state)
    assert (ended.state, ended.ended_at, ended.version) == (state, DOORS_OPEN, 2)
    assert again.version == 2
    other = TicketState.LEFT if state is not TicketState.LEFT else TicketState.SERVED
    with pytest.raises(TicketGone):
        await end(shared_database, lindby, ticket, other)


async def test_another_residents_number_cannot_be_ended(
    shared_database: Database, lindby: Town
) -> None:
    amina, yusuf = [await arrive(shared_database, lindby) for _ in range(2)]
    hers = await take_number(shared_database, lindby, "ar", DOORS_OPEN, amina.id)
    with pytest.raises(TicketGone):
        async with shared_database.transaction(lindby.resident(yusuf)) as db:
            await end_ticket(db, hers.id, TicketState.LEFT, DOORS_OPEN)


async def test_staff_of_another_body_can_call_nobody(
    shared_database: Database, lindby: Town
) -> None:
    ticket = await take_number(shared_database, lindby, "ar", DOORS_OPEN)
    async with shared_database.transaction(lindby.staff("benefits")) as db:
        assert await call_next(db, ticket.lane_id, DOORS_OPEN) is None


async def test_every_change_is_told_to_the_lane_and_the_desk(
    shared_database: Database, lindby: Town
) -> None:
    ticket = await take_number(shared_database, lindby, "ar", DOORS_OPEN)
    await call(shared_database, lindby, ticket.lane_id, DOORS_OPEN)
    await end(shared_database, lindby, ticket, TicketState.SERVED)
    async with shared_database.transaction(lindby.staff()) as db:
        topics = await db.scalars(
            text("select topic from event where reference = :ticket order by id"),
            {"ticket": str(ticket.id)},
        )
        assert topics.all() == [f"lane:{ticket.lane_id}", "drop_in"] * 3


async def test_a_lane_is_added_once(shared_database: Database, lindby: Town) -> None:
    service = await find_service(shared_database, lindby, "drop_in")
    async with shared_database.transaction(lindby.system) as db:
        session = await next_session(db, service.id, NOW)
        assert session is not None
        await add_lane(db, session, "B", ["th"])
        lanes = await db.scalars(select(Lane).where(Lane.session_id == session.id))
        assert sorted((lane.letter, tuple(lane.languages)) for lane in lanes) == [
            ("A", ("sv", "en", "da", "fi", "et")),
            ("B", ("ar",)),
            ("C", ("uk", "ru")),
            ("D", ("so", "ti")),
            ("E", ("fa",)),
            ("F", ("th",)),
        ]


async def test_a_number_belongs_to_the_lanes_body_and_session(
    shared_database: Database, lindby: Town
) -> None:
    ticket = await take_number(shared_database, lindby, "ar", DOORS_OPEN)
    service = await find_service(shared_database, lindby, "drop_in")
    async with shared_database.transaction(lindby.system) as db:
        session = (await db.scalars(select(Session).where(Session.id == ticket.session_id))).one()
        later = await take_ticket(db, service, "ar", DOORS_OPEN + timedelta(weeks=1))
    assert (session.starts, ticket.body_id) == (DOORS_OPEN, lindby.bodies["integration"])
    assert (later.number, later.session_id != session.id) == (1, True)
