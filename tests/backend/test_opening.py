"""Opening hours as the database has them, and the honest promise of an answer."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from backend.db import Database
from backend.opening import answer_by, office_calendar
from backend.places import Service, find_municipality
from content.municipalities import load_municipalities
from content.opening import Calendar, closed_reason, is_open
from tests.people import Town, find_service, find_town


async def offices(database: Database, town: Town) -> dict[str, UUID]:
    async with database.transaction(town.system) as db:
        services = await db.scalars(select(Service))
        return {service.key: service.office_id for service in services}


async def calendar(database: Database, slug: str, service: str | None = None) -> Calendar:
    """Of the citizen office, or of a service there."""
    town = await find_town(database, slug)
    municipality = await find_municipality(database, slug)
    office_id = (await offices(database, town))["queue"]
    service_id = town.services[service] if service else None
    async with database.transaction(town.system) as db:
        return await office_calendar(db, municipality, office_id, service_id)


async def promise(database: Database, now: datetime) -> datetime:
    lindby = await find_town(database)
    queue = await find_service(database, lindby, "queue")
    return answer_by(await calendar(database, "lindby", "queue"), queue, now)


@pytest.mark.parametrize("slug", ["lindby", "strandby", "saarela"])
async def test_the_calendar_of_an_office_is_the_one_of_its_file(
    shared_database: Database, slug: str
) -> None:
    expected = load_municipalities()[slug].office("citizen_office").calendar
    found = await calendar(shared_database, slug)
    assert (found.country, found.time_zone) == (expected.country, expected.time_zone)
    assert set(found.hours) == set(expected.hours)
    assert [(closure.first_day, closure.last_day) for closure in found.closures] == [
        (closure.first_day, closure.last_day) for closure in expected.closures
    ]


@pytest.mark.parametrize("service", ["interpreter_day", "drop_in", "queue"])
async def test_a_service_has_its_own_hours_and_the_closures_of_its_office(
    shared_database: Database, service: str
) -> None:
    expected = load_municipalities()["lindby"].service(service).calendar
    found = await calendar(shared_database, "lindby", service)
    assert set(found.hours) == set(expected.hours)
    assert closed_reason(found, date(2027, 2, 12)) == closed_reason(expected, date(2027, 2, 12))
    assert closed_reason(found, date(2027, 2, 12)) is not None


async def test_the_drop_in_is_open_when_its_doors_are(shared_database: Database) -> None:
    drop_in = await calendar(shared_database, "lindby", "drop_in")
    moments = ["2026-11-27T11:59", "2026-11-27T12:00", "2026-11-27T14:59", "2026-11-27T15:00"]
    opened = [is_open(drop_in, datetime.fromisoformat(f"{moment}+00:00")) for moment in moments]
    assert opened == [False, True, True, False]


@pytest.mark.parametrize(
    ("now", "promised"),
    [
        # Open 09:00-16:00 in Stockholm, an answer within sixty open minutes.
        ("2026-11-25T09:00", "2026-11-25T10:00"),
        ("2026-11-25T14:30", "2026-11-26T08:30"),
        ("2026-11-25T18:00", "2026-11-26T09:00"),
        ("2026-11-27T14:45", "2026-11-30T08:45"),
        ("2026-11-28T12:00", "2026-11-30T09:00"),
        ("2026-12-23T14:30", "2026-12-28T08:30"),
        ("2027-02-11T14:30", "2027-02-15T08:30"),
        ("2027-03-25T14:30", "2027-03-30T07:30"),
    ],
)
async def test_the_promise_counts_open_minutes_only(
    shared_database: Database, now: str, promised: str
) -> None:
    """Over night, week-end, Christmas, the planning day, Easter and the change of clocks."""
    moment = datetime.fromisoformat(now).replace(tzinfo=UTC)
    found = await promise(shared_database, moment)
    assert f"{found.astimezone(UTC):%Y-%m-%dT%H:%M}" == promised


async def test_a_queue_that_never_opens_promises_a_week(shared_database: Database) -> None:
    lindby = await find_town(shared_database)
    queue = await find_service(shared_database, lindby, "queue")
    hours = await calendar(shared_database, "lindby", "queue")
    never = Calendar(hours.country, hours.time_zone, (), ())
    now = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
    assert answer_by(never, queue, now) == now + timedelta(days=7)
