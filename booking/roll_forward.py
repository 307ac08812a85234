"""Keeps sessions, slots, seats and lanes made six weeks ahead, from the series of the services."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy.dialects.postgresql import Range, insert
from sqlalchemy.ext.asyncio import AsyncSession

from backend.load_municipality import Loaded
from booking.closed_days import close_days
from booking.drop_in import add_lane
from booking.free_times import HORIZON
from booking.sessions import ChairAssignment, Seat, Session, Slot
from content.municipality import (
    Chair,
    DropIn,
    InterpreterBlock,
    InterpreterDay,
    Municipality,
    Service,
    StaffMember,
)
from content.opening import Interval, local_interval, occurs_on, opening_on


@dataclass(frozen=True)
class Rolled:
    new_sessions: int
    on_closed_days: list[str]  # codes of bookings


async def roll_forward(
    db: AsyncSession,
    source: Municipality,
    loaded: Loaded,
    people: Mapping[str, UUID],
    now: datetime,
) -> Rolled:
    """Makes what is missing from today on, and closes days that the file has closed since."""
    on_closed_days = await close_days(db, source, loaded.services, now)
    today = now.astimezone(source.time_zone).date()
    days = [today + timedelta(days=n) for n in range(HORIZON.days + 1)]
    made = 0
    for service in source.services:
        for day in days:
            for interval in _sessions_on(service, day):
                session = await _add_session(db, service, loaded, interval)
                if session is None:
                    continue
                made += 1
                await _fill(db, source, service, session, people, day)
    return Rolled(made, on_closed_days)


def _sessions_on(service: Service, day: date) -> Sequence[Interval]:
    """One session per day: breaks in it are hours without slots."""
    if not isinstance(service.form, InterpreterDay | DropIn):
        return ()
    # Hours of the night can fall into the hour that the change of clocks leaves out.
    intervals = [hours for hours in opening_on(service.calendar, day) if hours.starts < hours.ends]
    return (Interval(intervals[0].starts, intervals[-1].ends),) if intervals else ()


async def _add_session(
    db: AsyncSession, service: Service, loaded: Loaded, interval: Interval
) -> Session | None:
    return await db.scalar(
        insert(Session)
        .values(
            body_id=loaded.bodies[service.body],
            service_id=loaded.services[service.key],
            office_id=loaded.offices[service.office],
            starts=interval.starts,
            ends=interval.ends,
        )
        .on_conflict_do_nothing()
        .returning(Session)
    )


async def _fill(
    db: AsyncSession,
    source: Municipality,
    service: Service,
    session: Session,
    people: Mapping[str, UUID],
    day: date,
) -> None:
    form = service.form
    if isinstance(form, DropIn):
        for lane in form.lanes:
            await add_lane(db, session, lane.letter, list(lane.languages))
    elif isinstance(form, InterpreterDay):
        for interval in opening_on(service.calendar, day):
            for starts in _slot_starts(interval, form.slot_minutes):
                slot = await _add_slot(db, source, session, starts, form.slot_minutes)
                await _add_seats(db, source, form, slot, people, day)


def _slot_starts(interval: Interval, minutes: int) -> list[datetime]:
    step = timedelta(minutes=minutes)
    count = (interval.ends - interval.starts) // step
    return [interval.starts + n * step for n in range(count)]


async def _add_slot(
    db: AsyncSession, source: Municipality, session: Session, starts: datetime, minutes: int
) -> Slot:
    local = starts.astimezone(source.time_zone)
    slot = Slot(
        body_id=session.body_id,
        session_id=session.id,
        time_zone=source.time_zone.key,
        local_start=local.replace(tzinfo=None),
        fold=local.fold,
        starts=starts,
        ends=starts + timedelta(minutes=minutes),
    )
    db.add(slot)
    await db.flush()
    return slot


async def _add_seats(
    db: AsyncSession,
    source: Municipality,
    form: InterpreterDay,
    slot: Slot,
    people: Mapping[str, UUID],
    day: date,
) -> None:
    """One seat per interpreter who is there, with a social worker and a benefits officer each."""
    blocks = [block for block in form.blocks if _covers(block, source, slot, day)]
    free = [member for member in source.staff if _works(member, source, slot, day)]
    for seat_no, block in enumerate(blocks, start=1):
        chosen = _choose(form, source, block, free)
        free = [member for member in free if member not in chosen.values()]
        shared = _shared_languages(chosen)
        seat = Seat(
            body_id=slot.body_id,
            slot_id=slot.id,
            seat_no=seat_no,
            languages=sorted(shared | set(block.languages)),
            staff_languages=sorted(shared),
            is_ready=len(chosen) == len(form.chairs),
        )
        db.add(seat)
        await db.flush()
        db.add_all(
            ChairAssignment(
                body_id=slot.body_id,
                seat_id=seat.id,
                chair=chair,
                staff_id=people[member.key],
                during=Range(slot.starts, slot.ends),
            )
            for chair, member in chosen.items()
        )
    await db.flush()


def _choose(
    form: InterpreterDay, source: Municipality, block: InterpreterBlock, free: list[StaffMember]
) -> dict[Chair, StaffMember]:
    chosen: dict[Chair, StaffMember] = {}
    for chair in form.chairs:
        if chair is Chair.INTERPRETER:
            chosen[chair] = source.staff_member(block.interpreter)
            continue
        able = [m for m in free if chair in m.chairs and m not in chosen.values()]
        if able:
            chosen[chair] = able[0]
    return chosen


def _shared_languages(chosen: Mapping[Chair, StaffMember]) -> set[str]:
    """What all at the table speak without the interpreter."""
    spoken = [
        set(member.languages) for chair, member in chosen.items() if chair is not Chair.INTERPRETER
    ]
    return set.intersection(*spoken) if spoken else set()


def _covers(block: InterpreterBlock, source: Municipality, slot: Slot, day: date) -> bool:
    hours = local_interval(day, block.opens, block.closes, source.time_zone)
    return hours.starts <= slot.starts and slot.ends <= hours.ends


def _works(member: StaffMember, source: Municipality, slot: Slot, day: date) -> bool:
    return any(
        occurs_on(hours.rrule, day)
        and local_interval(day, hours.opens, hours.closes, source.time_zone).starts <= slot.starts
        and slot.ends <= local_interval(day, hours.opens, hours.closes, source.time_zone).ends
        for hours in member.hours
    )
