"""Files become bookable times: once by the operator, then every day by themselves."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from backend.db import Database
from backend.places import Service
from backend.staff import check_password
from booking.bring_in import bring_in, roll_all_forward
from booking.sessions import Session
from content.municipalities import MUNICIPALITIES_FOLDER, load_municipalities, read_municipality
from tests.conftest import NOW, PASSWORD
from tests.people import find_town

WEEK = timedelta(days=7)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The municipalities' files, for a test to change."""
    for path in MUNICIPALITIES_FOLDER.glob("*.toml"):
        (tmp_path / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    return tmp_path


def change(folder: Path, slug: str, old: str, new: str) -> None:
    path = folder / f"{slug}.toml"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")


async def count_sessions(database: Database, slug: str) -> int:
    town = await find_town(database, slug)
    async with database.transaction(town.system) as db:
        return await db.scalar(select(func.count()).select_from(Session)) or 0


async def test_every_loaded_municipality_gains_the_days_that_have_come_in_sight(
    database: Database,
) -> None:
    slugs = sorted(load_municipalities())
    before = {slug: await count_sessions(database, slug) for slug in slugs}
    made = await roll_all_forward(database, NOW + WEEK)
    assert sorted(made) == slugs
    assert min(made.values()) > 0
    after = {slug: await count_sessions(database, slug) for slug in slugs}
    assert after == {slug: before[slug] + made[slug] for slug in slugs}
    assert await roll_all_forward(database, NOW + WEEK) == dict.fromkeys(slugs, 0)


async def test_rolling_forward_changes_nothing_else(database: Database, folder: Path) -> None:
    """A file that has changed waits for the operator, except for its hours."""
    change(folder, "lindby", 'name = { sv = "Drop-in', 'name = { sv = "Öppet hus')
    lindby = await find_town(database)
    everything = text(
        "select (select count(*) from staff), (select count(*) from audit),"
        " (select count(*) from opening_hours)"
    )
    async with database.transaction(lindby.system) as db:
        names = (await db.scalars(select(Service.name).order_by(Service.key))).all()
        before = (await db.execute(everything)).one()
    await roll_all_forward(database, NOW + WEEK, folder)
    async with database.transaction(lindby.system) as db:
        assert (await db.scalars(select(Service.name).order_by(Service.key))).all() == names
        assert (await db.execute(everything)).one() == before


async def test_a_municipality_without_a_file_or_without_a_row_is_left_out(
    database: Database, folder: Path
) -> None:
    (folder / "saarela.toml").rename(folder / "vikby.toml")
    made = await roll_all_forward(database, NOW + WEEK, folder)
    assert sorted(made) == ["lindby", "strandby"]


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('name = "Maria Lindqvist"', 'name = "Maria Holm"', "NotLoaded"),
        ('key = "drop_in"', 'key = "open_house"', "NotLoaded"),
        ('key = "school"', 'key = "college"', "NotLoaded"),
        ('theme = "lindby"', "theme = 1", "ContentError"),
    ],
)
async def test_a_file_that_does_not_fit_stops_only_its_own_municipality(
    database: Database,
    folder: Path,
    caplog: pytest.LogCaptureFixture,
    old: str,
    new: str,
    reason: str,
) -> None:
    change(folder, "lindby", old, new)
    before = await count_sessions(database, "lindby")
    made = await roll_all_forward(database, NOW + WEEK, folder)
    assert sorted(made) == ["saarela", "strandby"]
    assert await count_sessions(database, "lindby") == before
    assert caplog.messages == [
        f"lindby is not rolled forward ({reason}): run landa municipality load"
    ]


async def test_bringing_in_tells_who_and_what_is_new(database: Database, folder: Path) -> None:
    source = read_municipality(folder / "lindby.toml")
    nothing = await bring_in(database, source, {}, NOW)
    assert (nothing.new_staff, nothing.new_sessions) == ((), 0)
    change(folder, "lindby", "Karin", "Kerstin")
    change(folder, "lindby", "karin@", "kerstin@")
    source = read_municipality(folder / "lindby.toml")
    passwords = {"kerstin@lindby.example": PASSWORD}
    made = await bring_in(database, source, passwords, NOW + WEEK)
    assert [member.key for member in made.new_staff] == ["karin"]
    assert made.new_sessions > 0
    lindby = await find_town(database)
    async with database.transaction(lindby.system) as db:
        kerstin = await check_password(db, "kerstin@lindby.example", PASSWORD)
        audit = text("select actor, action, subject_id, body_id from audit")
        assert [tuple(row) for row in await db.execute(audit)] == [
            ("system", "add", str(kerstin.id), kerstin.body_id)
        ]
