"""Any order of holding, confirming, running out, cancelling and moving ends as a few lines of
plain Python say it should."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from uuid import UUID

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy.ext.asyncio import AsyncSession

from backend.conversation import Conversation
from backend.db import Database
from backend.rate_limit import TooMany
from backend.settings import sqlalchemy_url
from booking.bookings import Booking, BookingGone
from booking.cancel_booking import cancel_booking
from booking.hold import (
    BOOKINGS_PER_WEEK,
    HOLDS_PER_HOUR,
    AlreadyBooked,
    HoldExpired,
    SlotTaken,
    confirm,
    hold_slot,
)
from booking.move_booking import move_booking
from tests.conftest import NOW, Urls
from tests.people import Town, add_seats, arrive, find_town, open_slots

CAPACITY = [1, 2]  # Seats of the two slots that everybody wants.
RESIDENTS = 3

EVERYBODY_LEAVES = (
    "update seat set booking_id = null, hold_until = null where booking_id is not null",
    "delete from booking",
    "delete from rate_counter",
)
BOOKINGS = """
    select booking.id, state, booking.slot_id, seat.slot_id from booking
    left join seat on seat.booking_id = booking.id
      and (hold_until is null or hold_until > now())
"""
TAKEN = """
    select slot_id, count(*) from seat
    where booking_id is not null and (hold_until is null or hold_until > now())
    group by slot_id
"""
RUN_OUT = "update seat set hold_until = now() - interval '1 second' where booking_id = %s"


@dataclass
class World:
    """The real thing: one database, three residents, two slots."""

    runner: asyncio.Runner
    database: Database
    onlooker: psycopg.Connection
    town: Town
    residents: list[Conversation]
    slots: list[UUID]

    def begin(self) -> None:
        for statement in EVERYBODY_LEAVES:
            self.onlooker.execute(statement)

    def do(self, resident: int, deed: Callable[[AsyncSession], Awaitable[Booking]]) -> Booking:
        async def alone() -> Booking:
            scope = self.town.resident(self.residents[resident])
            async with self.database.transaction(scope) as db:
                return await deed(db)

        return self.runner.run(alone())

    def run_out(self, booking_id: UUID) -> None:
        self.onlooker.execute(RUN_OUT, [booking_id])

    def bookings(self) -> dict[UUID, tuple[str, int, int | None]]:
        """State, slot, and slot of the seat."""
        place = {slot: number for number, slot in enumerate(self.slots)}
        return {
            booking_id: (state, place[slot], place.get(seat))
            for booking_id, state, slot, seat in self.onlooker.execute(BOOKINGS)
        }

    def taken(self) -> dict[int, int]:
        """How many seats of each slot are taken."""
        return {self.slots.index(slot): count for slot, count in self.onlooker.execute(TAKEN)}


@dataclass
class Entry:
    """What the model knows of one booking."""

    id: UUID
    resident: int
    slot: int
    state: str = "held"
    has_run_out: bool = False

    @property
    def has_seat(self) -> bool:
        return self.state == "confirmed" or (self.state == "held" and not self.has_run_out)


class BookingMachine(RuleBasedStateMachine):
    entries = Bundle("entries")
    booked = Bundle("booked")  # Were confirmed once.
    some_resident = st.integers(0, RESIDENTS - 1)
    some_slot = st.integers(0, len(CAPACITY) - 1)

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world = world
        self.known: list[Entry] = []
        self.holds: Counter[int] = Counter()
        self.confirmed: Counter[int] = Counter()
        world.begin()

    def free(self, slot: int) -> int:
        return CAPACITY[slot] - sum(entry.has_seat and entry.slot == slot for entry in self.known)

    def active(self, resident: int) -> Entry | None:
        mine = (entry for entry in self.known if entry.resident == resident)
        return next((entry for entry in mine if entry.state in ("held", "confirmed")), None)

    @rule(target=entries, resident=some_resident, slot=some_slot)
    def hold(self, resident: int, slot: int) -> object:
        former = self.active(resident)
        own = bool(former and former.has_seat and former.slot == slot)
        refusal: type[Exception] | None = None
        if former and former.state == "confirmed":
            refusal = AlreadyBooked
        elif self.holds[resident] == HOLDS_PER_HOUR:
            refusal = TooMany
        elif not self.free(slot) + own:
            refusal = SlotTaken
        held = self.attempt(
            resident,
            refusal,
            lambda db: hold_slot(
                db, self.world.residents[resident], self.world.slots[slot], NOW, None
            ),
        )
        if held is None:
            return multiple()
        if former:
            former.state = "expired"
        self.holds[resident] += 1
        entry = Entry(held.id, resident, slot)
        self.known.append(entry)
        return entry

    @rule(target=booked, entry=entries)
    def confirm(self, entry: Entry) -> object:
        refusal: type[Exception] | None = None
        if entry.state == "held" and self.confirmed[entry.resident] == BOOKINGS_PER_WEEK:
            refusal = TooMany
        elif entry.state != "confirmed" and not entry.has_seat:
            refusal = HoldExpired
        if self.attempt(entry.resident, refusal, lambda db: confirm(db, entry.id, NOW)) is None:
            return multiple()
        self.confirmed[entry.resident] += entry.state == "held"
        entry.state = "confirmed"
        return entry

    @rule(entry=consumes(entries))
    def cancel(self, entry: Entry) -> None:
        refusal = BookingGone if entry.state == "expired" else None
        if self.attempt(entry.resident, refusal, lambda db: cancel_booking(db, entry.id, NOW)):
            entry.state = "cancelled"

    @rule(entry=booked, slot=some_slot)
    def move(self, entry: Entry, slot: int) -> None:
        refusal: type[Exception] | None = None
        if entry.state != "confirmed":
            refusal = BookingGone
        elif slot != entry.slot and not self.free(slot):
            refusal = SlotTaken
        target = self.world.slots[slot]
        if self.attempt(
            entry.resident, refusal, lambda db: move_booking(db, entry.id, target, NOW)
        ):
            entry.slot = slot

    @rule(entry=entries)
    def run_out(self, entry: Entry) -> None:
        if entry.state == "held":
            self.world.run_out(entry.id)
            entry.has_run_out = True

    def attempt(
        self,
        resident: int,
        refusal: type[Exception] | None,
        deed: Callable[[AsyncSession], Awaitable[Booking]],
    ) -> Booking | None:
        """Does it, or expects the refusal that the model foresees."""
        if refusal is None:
            return self.world.do(resident, deed)
        with pytest.raises(refusal):
            self.world.do(resident, deed)
        return None

    @invariant()
    def the_database_agrees(self) -> None:
        assert self.world.bookings() == {
            entry.id: (entry.state, entry.slot, entry.slot if entry.has_seat else None)
            for entry in self.known
        }
        full = {slot: CAPACITY[slot] - self.free(slot) for slot in range(len(CAPACITY))}
        assert self.world.taken() == {slot: count for slot, count in full.items() if count}


@pytest.fixture
def world(module_urls: Urls) -> Iterator[World]:
    with asyncio.Runner() as runner, psycopg.connect(module_urls.app, autocommit=True) as onlooker:
        database = Database(sqlalchemy_url(module_urls.app), pool_size=1)
        town = runner.run(find_town(database))
        slots = runner.run(open_slots(database, town))[: len(CAPACITY)]
        for slot, seats in zip(slots, CAPACITY, strict=True):
            runner.run(add_seats(database, town, slot, seats - 1))
        residents = [runner.run(arrive(database, town)) for _ in range(RESIDENTS)]
        context = {"municipality": str(town.id), "actor": "system", "body": "", "conversation": ""}
        for name, value in context.items():
            onlooker.execute("select set_config(%s, %s, false)", [f"app.{name}", value])
        yield World(runner, database, onlooker, town, residents, slots)
        runner.run(database.close())


def test_any_order_of_deeds_ends_as_the_model_says(world: World) -> None:
    class Here(BookingMachine):
        def __init__(self) -> None:
            super().__init__(world)

    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=40,
            stateful_step_count=25,
            deadline=None,
            derandomize=True,
            database=None,
            report_multiple_bugs=False,
            phases=[Phase.generate],  # Shrinking takes minutes; 25 steps can be read.
            suppress_health_check=list(HealthCheck),
        ),
    )
