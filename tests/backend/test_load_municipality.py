"""A municipality's file comes into the database, and comes again without losing anything."""

from dataclasses import replace
from datetime import date, time

import pytest
from sqlalchemy import select, text

from backend.db import Database, system
from backend.load_municipality import (
    Loaded,
    NotLoaded,
    find_loaded,
    find_staff,
    load_municipality,
    load_staff,
)
from backend.places import Closure, Municipality, Office, OpeningHours, Service, find_municipality
from backend.staff import Staff, WrongPassword, check_password
from content import municipality as file
from content import opening
from content.municipalities import load_municipalities
from content.wording import Wording
from tests.conftest import PASSWORD
from tests.people import find_town

COUNTED = ("body", "office", "service", "opening_hours", "closure", "staff", "working_time")


def source_of(slug: str = "lindby") -> file.Municipality:
    return load_municipalities()[slug]


async def counts(database: Database, slug: str) -> dict[str, int]:
    town = await find_town(database, slug)
    async with database.transaction(town.system) as db:
        return {
            table: await db.scalar(text(f"select count(*) from {table}")) or 0 for table in COUNTED
        }


async def test_the_municipality_is_stored_as_its_file_says(shared_database: Database) -> None:
    found = await find_municipality(shared_database, "saarela")
    assert (found.country, found.time_zone, found.default_language, found.theme, found.is_demo) == (
        "fi",
        "Europe/Helsinki",
        "fi",
        "saarela",
        True,
    )
    assert found.name_in == dict(source_of("saarela").name_in.by_language)
    assert found.name_in["fi"] == "Saarelassa"


async def test_everything_in_the_file_is_there(shared_database: Database) -> None:
    source = source_of()
    assert await counts(shared_database, "lindby") == {
        "body": 2,
        "office": 2,
        "service": len(source.services),
        "opening_hours": sum(len(office.calendar.hours) for office in source.offices)
        + sum(len(service.calendar.hours) for service in source.services),
        "closure": 2,
        "staff": len(source.staff),
        "working_time": sum(len(member.hours) for member in source.staff),
    }


async def test_each_kind_of_service_keeps_what_belongs_to_it(shared_database: Database) -> None:
    lindby = await find_town(shared_database)
    async with shared_database.transaction(lindby.system) as db:
        services = await db.scalars(select(Service).order_by(Service.key))
        kept = {
            row.key: (row.kind, row.slot_minutes, row.average_minutes, row.answer_minutes)
            for row in services
        }
        chairs = await db.scalars(select(Service.chairs).where(Service.key == "interpreter_day"))
        assert chairs.all() == [["social_worker", "benefits_officer", "interpreter"]]
    assert kept == {
        "interpreter_day": ("interpreter_day", 30, None, None),
        "drop_in": ("drop_in", None, 12, None),
        "queue": ("queue", None, None, 60),
    }


async def test_loading_again_keeps_every_id_and_adds_nothing(database: Database) -> None:
    before = await load_municipality(database, source_of())
    numbers = await counts(database, "lindby")
    again = await load_municipality(database, source_of())
    assert again == before
    assert await counts(database, "lindby") == numbers


async def test_what_changed_in_the_file_changes_in_the_database(database: Database) -> None:
    source = source_of()
    office = source.office("citizen_office")
    monday = opening.OpeningHours("FREQ=WEEKLY;BYDAY=MO", time(10), time(12))
    summer = opening.Closure(date(2027, 7, 1), date(2027, 7, 31), Wording({"sv": "Sommar"}))
    moved = replace(
        office,
        address="Nygatan 1, Lindby",
        calendar=replace(office.calendar, hours=(monday,), closures=(summer,)),
    )
    changed = replace(source, theme="plain", offices=(moved, source.office("school")))
    before = await load_municipality(database, source)
    assert await load_municipality(database, changed) == before
    town = await find_town(database)
    async with database.transaction(town.system) as db:
        row = (await db.scalars(select(Office).where(Office.key == "citizen_office"))).one()
        hours = await db.scalars(
            select(OpeningHours).where(
                OpeningHours.office_id == row.id, OpeningHours.service_id.is_(None)
            )
        )
        closures = await db.scalars(select(Closure).where(Closure.office_id == row.id))
        assert row.address == "Nygatan 1, Lindby"
        assert [(hour.rrule, hour.opens, hour.closes) for hour in hours] == [
            ("FREQ=WEEKLY;BYDAY=MO", time(10), time(12))
        ]
        assert [(closure.first_day, closure.reason) for closure in closures] == [
            (date(2027, 7, 1), {"sv": "Sommar"})
        ]
    assert (await find_municipality(database, "lindby")).theme == "plain"


async def test_hours_of_a_service_are_not_those_of_its_office(database: Database) -> None:
    lindby = await find_town(database)
    await load_municipality(database, source_of())
    async with database.transaction(lindby.system) as db:
        rows = await db.scalars(
            select(OpeningHours).where(OpeningHours.service_id == lindby.services["drop_in"])
        )
        assert [(row.rrule, row.opens, row.closes) for row in rows] == [
            ("FREQ=WEEKLY;BYDAY=FR", time(13), time(16))
        ]


async def load(
    database: Database, source: file.Municipality, passwords: dict[str, str]
) -> tuple[Loaded, dict[str, object]]:
    loaded = await load_municipality(database, source)
    async with database.transaction(system(loaded.municipality_id)) as db:
        return loaded, dict(await load_staff(db, source, loaded, passwords))


async def test_accounts_that_exist_are_left_alone(database: Database) -> None:
    """Another password in the next start's environment does not change anybody's."""
    _, before = await load(database, source_of(), {})
    loaded, again = await load(database, source_of(), {"maria@lindby.example": "another one, long"})
    assert again == before
    async with database.transaction(system(loaded.municipality_id)) as db:
        assert (
            await check_password(db, "maria@lindby.example", PASSWORD)
        ).name == "Maria Lindqvist"


async def test_a_new_member_gets_an_account_with_the_given_password(database: Database) -> None:
    source = source_of()
    nadia = replace(
        source.staff_member("maria"),
        key="nadia",
        name="Nadia Saleh",
        sign_in="nadia@lindby.example",
    )
    source = replace(source, staff=(*source.staff, nadia))
    loaded, people = await load(database, source, {"nadia@lindby.example": PASSWORD})
    async with database.transaction(system(loaded.municipality_id)) as db:
        account = await check_password(db, "nadia@lindby.example", PASSWORD)
        days = await db.scalars(
            text("select starts from working_time where staff_id = :id order by starts"),
            {"id": account.id},
        )
        assert days.all() == [time(9), time(13)]
    assert people["nadia"] == account.id


async def test_a_member_without_a_password_cannot_sign_in(database: Database) -> None:
    source = source_of()
    nadia = replace(
        source.staff_member("maria"),
        key="nadia",
        name="Nadia Saleh",
        sign_in="nadia@lindby.example",
    )
    loaded, _ = await load(database, replace(source, staff=(*source.staff, nadia)), {})
    async with database.transaction(system(loaded.municipality_id)) as db:
        for password in ("", PASSWORD):
            with pytest.raises(WrongPassword):
                await check_password(db, "nadia@lindby.example", password)


async def test_what_was_loaded_is_found_without_loading(database: Database) -> None:
    loaded, people = await load(database, source_of(), {})
    async with database.transaction(system(loaded.municipality_id)) as db:
        found = await find_loaded(db, source_of(), loaded.municipality_id)
    assert found == (loaded, people)


async def test_a_file_that_says_more_than_the_database_is_not_loaded(database: Database) -> None:
    source = source_of()
    lindby = await find_town(database)
    school = replace(source.body("benefits"), key="school_board")
    nadia = replace(source.staff_member("samira"), key="nadia", name="Nadia Saleh")
    for grown, missing in (
        (replace(source, bodies=(*source.bodies, school)), "school_board"),
        (replace(source, staff=(*source.staff, nadia)), "nadia"),
    ):
        async with database.transaction(lindby.system) as db:
            with pytest.raises(NotLoaded, match=missing):
                await find_loaded(db, grown, lindby.id)


async def test_of_namesakes_the_one_who_still_works_is_found(database: Database) -> None:
    source = source_of()
    loaded, people = await load(database, source, {})
    scope = system(loaded.municipality_id)
    async with database.transaction(scope) as db:
        again = Staff(body_id=loaded.bodies["integration"], name="Maria Lindqvist", languages=[])
        db.add(again)
        await db.execute(
            text("update staff set is_active = false where id = :id"), {"id": people["maria"]}
        )
    async with database.transaction(scope) as db:
        assert (await find_staff(db, source, loaded))["maria"] == again.id


async def test_the_console_speaks_swedish_where_the_municipality_does(
    shared_database: Database,
) -> None:
    spoken = {}
    for slug in ("lindby", "strandby", "saarela"):
        town = await find_town(shared_database, slug)
        async with shared_database.transaction(town.system) as db:
            languages = await db.scalars(select(Staff.console_language).distinct())
            spoken[slug] = languages.all()
    assert spoken == {"lindby": ["sv"], "strandby": ["en"], "saarela": ["en"]}


async def test_a_new_municipality_is_added_beside_the_others(database: Database) -> None:
    others = await counts(database, "strandby")
    people = tuple(
        replace(member, sign_in=member.sign_in and member.sign_in.replace("lindby", "vikby"))
        for member in source_of().staff
    )
    vikby = replace(source_of(), slug="vikby", name=Wording({"sv": "Vikby"}), staff=people)
    loaded, ids = await load(database, vikby, {})
    async with database.outside_walls() as db:
        slugs = await db.scalars(select(Municipality.slug).order_by(Municipality.slug))
        assert slugs.all() == ["lindby", "saarela", "strandby", "vikby"]
    assert len(ids) == len(vikby.staff)
    assert loaded.municipality_id != (await find_town(database)).id
    assert await counts(database, "vikby") == await counts(database, "lindby")
    assert await counts(database, "strandby") == others
