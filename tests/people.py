"""The people of the demo municipalities as tests meet them: newcomers who arrive in a chat, and
staff who work in one body."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import select, text

from backend.conversation import Channel, Conversation, start_conversation
from backend.db import Actor, Database, Scope
from backend.handover import Handover, Request, ask_for_person
from backend.places import Body, RouteKind, Service, enter_by_token, find_municipality
from backend.staff import PERMISSIONS, Colleague, Role, Staff
from booking.bookings import Booking
from booking.drop_in import Ticket, take_ticket
from booking.free_times import free_times
from booking.hold import confirm, hold_slot
from booking.sessions import Seat
from tests.conftest import NOW


@dataclass(frozen=True)
class Town:
    """A municipality, with the ids of its bodies and services by their keys."""

    id: UUID
    bodies: Mapping[str, UUID]
    services: Mapping[str, UUID]

    @property
    def system(self) -> Scope:
        return Scope(self.id, Actor.SYSTEM)

    def staff(self, body: str = "integration") -> Scope:
        return Scope(self.id, Actor.STAFF, body_id=self.bodies[body])

    def resident(self, conversation: Conversation | UUID) -> Scope:
        found = conversation if isinstance(conversation, UUID) else conversation.id
        return Scope(self.id, Actor.RESIDENT, conversation_id=found)


async def find_town(database: Database, slug: str = "lindby") -> Town:
    municipality = await find_municipality(database, slug)
    async with database.transaction(Scope(municipality.id, Actor.SYSTEM)) as db:
        bodies = await db.execute(select(Body.key, Body.id))
        services = await db.execute(select(Service.key, Service.id))
        return Town(
            municipality.id,
            {row.key: row.id for row in bodies},
            {row.key: row.id for row in services},
        )


async def municipality_of(database: Database, token: str, kind: RouteKind) -> UUID | None:
    """Where a token or sign-in name leads to."""
    async with database.outside_walls() as db:
        found = await enter_by_token(db, token, kind)
    return found.id if found else None


async def arrive(
    database: Database, town: Town, language: str = "ar", channel: Channel = Channel.WEB
) -> Conversation:
    """A newcomer opens a chat and has not said anything yet."""
    async with database.transaction(town.system) as db:
        conversation, _ = await start_conversation(db, town.id, channel, language)
    return conversation


async def colleague(database: Database, town: Town, name: str) -> Colleague:
    """Somebody of the staff, as if signed in; `name` is the first name."""
    async with database.transaction(town.system) as db:
        account = (await db.scalars(select(Staff).where(Staff.name.startswith(name + " ")))).one()
    return Colleague(
        municipality_id=town.id,
        body_id=account.body_id,
        staff_id=account.id,
        sign_in_id=uuid4(),
        name=account.name,
        language=account.console_language,
        permissions=PERMISSIONS[Role.CASEWORKER],
    )


async def asks_for_person(
    database: Database,
    town: Town,
    conversation: Conversation,
    *,
    now: datetime = NOW,
    priority: int = 0,
    is_shared: bool = True,
    body: str = "integration",
) -> Handover:
    request = Request(
        body_id=town.bodies[body],
        reason="asked",
        topic="bank_account",
        is_shared=is_shared,
        answer_by=now + timedelta(hours=1),
        priority=priority,
    )
    async with database.transaction(town.system) as db:
        merged = await db.merge(conversation, load=False)
        await db.refresh(merged)
        return await ask_for_person(db, merged, request, now)


async def find_service(database: Database, town: Town, key: str) -> Service:
    async with database.transaction(town.system) as db:
        return (await db.scalars(select(Service).where(Service.key == key))).one()


async def open_slots(database: Database, town: Town, language: str = "ar") -> list[UUID]:
    """Interpreter-day slots with a free seat for the language, soonest first."""
    async with database.transaction(town.system) as db:
        times = await free_times(db, town.services["interpreter_day"], language, NOW)
    return [time.slot_id for time in times]


async def add_seats(database: Database, town: Town, slot_id: UUID, count: int) -> None:
    """More seats like the first one of the slot."""
    async with database.transaction(town.system) as db:
        first = (
            await db.scalars(select(Seat).where(Seat.slot_id == slot_id, Seat.seat_no == 1))
        ).one()
        db.add_all(
            Seat(
                body_id=first.body_id,
                slot_id=slot_id,
                seat_no=number,
                languages=first.languages,
                staff_languages=first.staff_languages,
            )
            for number in range(2, count + 2)
        )


async def run_out(database: Database, town: Town, booking_id: UUID) -> None:
    """The ten minutes of a hold are over."""
    async with database.transaction(town.system) as db:
        await db.execute(
            text("update seat set hold_until = now() - interval '1 second' where booking_id = :id"),
            {"id": booking_id},
        )


async def hold_time(
    database: Database,
    town: Town,
    resident: Conversation,
    slot_id: UUID,
    *,
    now: datetime = NOW,
    topic: str | None = None,
) -> Booking:
    async with database.transaction(town.resident(resident)) as db:
        return await hold_slot(db, resident, slot_id, now, topic)


async def confirm_time(
    database: Database, town: Town, resident: Conversation, booking: Booking, now: datetime = NOW
) -> Booking:
    async with database.transaction(town.resident(resident)) as db:
        return await confirm(db, booking.id, now)


async def book_time(
    database: Database, town: Town, resident: Conversation, slot_id: UUID, now: datetime = NOW
) -> Booking:
    booking = await hold_time(database, town, resident, slot_id, now=now)
    return await confirm_time(database, town, resident, booking, now)


async def take_number(
    database: Database, town: Town, language: str, now: datetime, resident: UUID | None = None
) -> Ticket:
    """At the drop-in; without a resident it is a paper number."""
    service = await find_service(database, town, "drop_in")
    scope = town.resident(resident) if resident else town.staff()
    async with database.transaction(scope) as db:
        return await take_ticket(db, service, language, now, resident)


EMPTY = """
    update seat set booking_id = null, hold_until = null, is_ready = true
      where booking_id is not null or not is_ready;
    delete from seat where id not in (select seat_id from chair_assignment);
    delete from booking;
    delete from ticket;
    update lane set last_number = 0 where last_number > 0;
    delete from conversation;
    delete from rate_counter
"""


async def everybody_leaves(database: Database, town: Town) -> None:
    """Places, staff and times stay as they were loaded."""
    async with database.transaction(town.system) as db:
        for statement in EMPTY.split(";"):
            await db.execute(text(statement))
