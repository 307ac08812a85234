"""Brings a municipality's file into the database: its places, services, hours and people.

Loading again updates what the file says and keeps ids, so bookings and links stay valid.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from backend.db import Database, Table, system
from backend.places import Body, Closure, Municipality, Office, OpeningHours, Service
from backend.staff import Role, Staff, WorkingTime, add_staff, first_console_language
from content import municipality as file
from content.opening import Calendar
from content.wording import Wording


@dataclass(frozen=True)
class Loaded:
    """Ids by the keys of the file."""

    municipality_id: UUID
    bodies: Mapping[str, UUID]
    offices: Mapping[str, UUID]
    services: Mapping[str, UUID]


class NotLoaded(LookupError):
    """The file says more than the database; the message names the first thing that is missing."""


async def load_municipality(database: Database, source: file.Municipality) -> Loaded:
    municipality_id = await _load_tenant(database, source)
    async with database.transaction(system(municipality_id)) as db:
        bodies = {
            body.key: await _upsert(db, Body, body.key, name=_names(body.name))
            for body in source.bodies
        }
        offices = {office.key: await _load_office(db, office) for office in source.offices}
        services = {
            service.key: await _load_service(db, service, bodies, offices)
            for service in source.services
        }
    return Loaded(municipality_id, bodies, offices, services)


async def load_staff(
    db: AsyncSession,
    source: file.Municipality,
    loaded: Loaded,
    passwords: Mapping[str, str],
) -> dict[str, UUID]:
    """Accounts that are missing are made with the given passwords (by sign-in name);
    those that exist are left alone. Returns ids by the keys of the file."""
    ids = await find_staff(db, source, loaded)
    for member in source.staff:
        if member.key not in ids:
            ids[member.key] = await _add_member(db, source, loaded, member, passwords)
    return ids


async def find_loaded(
    db: AsyncSession, source: file.Municipality, municipality_id: UUID
) -> tuple[Loaded, dict[str, UUID]]:
    """What loading the file returned, with the staff, and without changing anything.
    Raises NotLoaded."""
    loaded = Loaded(
        municipality_id,
        await _find_ids(db, Body, [body.key for body in source.bodies]),
        await _find_ids(db, Office, [office.key for office in source.offices]),
        await _find_ids(db, Service, [service.key for service in source.services]),
    )
    people = await find_staff(db, source, loaded)
    _require([member.key for member in source.staff], people)
    return loaded, people


async def find_staff(
    db: AsyncSession, source: file.Municipality, loaded: Loaded
) -> dict[str, UUID]:
    """Ids, by the keys of the file, of those who are in the database; of namesakes the active."""
    rows = await db.execute(
        select(Staff.body_id, Staff.name, Staff.id).order_by(Staff.is_active, Staff.created_at)
    )
    known = {(row.body_id, row.name): row.id for row in rows}
    wanted = {member.key: (loaded.bodies[member.body], member.name) for member in source.staff}
    return {key: known[person] for key, person in wanted.items() if person in known}


async def _find_ids(
    db: AsyncSession, table: type[Body | Office | Service], keys: list[str]
) -> dict[str, UUID]:
    rows = await db.execute(select(table.key, table.id))
    found = {row.key: row.id for row in rows}
    _require(keys, found)
    return found


def _require(keys: list[str], found: Mapping[str, UUID]) -> None:
    missing = [key for key in keys if key not in found]
    if missing:
        raise NotLoaded(missing[0])


async def _load_tenant(database: Database, source: file.Municipality) -> UUID:
    values = {
        "name": _names(source.name),
        "name_in": _names(source.name_in),
        "country": source.country,
        "time_zone": source.time_zone.key,
        "default_language": source.default_language,
        "theme": source.theme,
        "is_demo": source.demo,
        "keeps_unanswered": source.keeps_unanswered,
    }
    async with database.outside_walls() as db:
        return (
            await db.scalars(
                insert(Municipality)
                .values(slug=source.slug, **values)
                .on_conflict_do_update(index_elements=["slug"], set_=values)
                .returning(Municipality.id)
            )
        ).one()


async def _upsert(db: AsyncSession, table: type[Table], key: str, **values: Any) -> UUID:
    row_id: UUID = (
        await db.execute(
            insert(table)
            .values(key=key, **values)
            .on_conflict_do_update(index_elements=["municipality_id", "key"], set_=values)
            .returning(table.__table__.c.id)
        )
    ).scalar_one()
    return row_id


async def _load_office(db: AsyncSession, office: file.Office) -> UUID:
    office_id = await _upsert(
        db,
        Office,
        office.key,
        name=_names(office.name),
        address=office.address,
        room=_names(office.room),
        directions=_names(office.directions),
        time_zone=office.calendar.time_zone.key,
    )
    await db.execute(
        delete(OpeningHours).where(
            OpeningHours.office_id == office_id, OpeningHours.service_id.is_(None)
        )
    )
    await db.execute(delete(Closure).where(Closure.office_id == office_id))
    _add_hours(db, office.calendar, office_id, None)
    db.add_all(
        Closure(
            office_id=office_id,
            first_day=closure.first_day,
            last_day=closure.last_day,
            reason=_names(closure.reason),
        )
        for closure in office.calendar.closures
    )
    return office_id


async def _load_service(
    db: AsyncSession,
    service: file.Service,
    bodies: Mapping[str, UUID],
    offices: Mapping[str, UUID],
) -> UUID:
    form = service.form
    service_id = await _upsert(
        db,
        Service,
        service.key,
        body_id=bodies[service.body],
        office_id=offices[service.office],
        kind=service.kind,
        name=_names(service.name),
        slot_minutes=form.slot_minutes if isinstance(form, file.InterpreterDay) else None,
        average_minutes=form.minutes_per_visit if isinstance(form, file.DropIn) else None,
        answer_minutes=form.answer_minutes if isinstance(form, file.Queue) else None,
        chairs=list(form.chairs) if isinstance(form, file.InterpreterDay) else [],
    )
    await db.execute(delete(OpeningHours).where(OpeningHours.service_id == service_id))
    _add_hours(db, service.calendar, offices[service.office], service_id)
    return service_id


def _add_hours(
    db: AsyncSession, calendar: Calendar, office_id: UUID, service_id: UUID | None
) -> None:
    db.add_all(
        OpeningHours(
            office_id=office_id,
            service_id=service_id,
            rrule=hours.rrule,
            opens=hours.opens,
            closes=hours.closes,
        )
        for hours in calendar.hours
    )


async def _add_member(
    db: AsyncSession,
    source: file.Municipality,
    loaded: Loaded,
    member: file.StaffMember,
    passwords: Mapping[str, str],
) -> UUID:
    account = Staff(
        municipality_id=loaded.municipality_id,
        body_id=loaded.bodies[member.body],
        name=member.name,
        sign_in_name=member.sign_in,
        languages=list(member.languages),
        console_language=first_console_language(source.default_language),
    )
    await add_staff(
        db,
        loaded.municipality_id,
        account,
        roles=[Role(role) for role in member.roles],
        password=passwords.get(member.sign_in or ""),
    )
    db.add_all(
        WorkingTime(
            body_id=account.body_id,
            staff_id=account.id,
            rrule=hours.rrule,
            starts=hours.opens,
            ends=hours.closes,
        )
        for hours in member.hours
    )
    return account.id


def _names(wording: Wording) -> dict[str, str]:
    return dict(wording.by_language)
