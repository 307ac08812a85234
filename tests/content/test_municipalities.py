from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from content.entry import ContentError
from content.languages import RELEASED
from content.municipalities import MUNICIPALITIES_FOLDER, load_municipalities, read_municipality
from content.municipality import (
    Chair,
    DropIn,
    InterpreterDay,
    Lane,
    Municipality,
    Queue,
    Role,
    ServiceKind,
)
from content.opening import Interval, next_opening, opening_on
from content.texts import Domain
from content.wording import Wording
from tests.content.example_pack import change

ALL = load_municipalities()
LINDBY = ALL["lindby"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    text = (MUNICIPALITIES_FOLDER / "lindby.toml").read_text(encoding="utf-8")
    (tmp_path / "lindby.toml").write_text(text, encoding="utf-8")
    return tmp_path


def test_there_are_three_demo_municipalities() -> None:
    assert [
        (place.slug, place.country, place.time_zone, place.default_language, place.theme)
        for place in ALL.values()
    ] == [
        ("lindby", "se", ZoneInfo("Europe/Stockholm"), "sv", "lindby"),
        ("saarela", "fi", ZoneInfo("Europe/Helsinki"), "fi", "saarela"),
        ("strandby", "dk", ZoneInfo("Europe/Copenhagen"), "da", "strandby"),
    ]
    assert all(place.demo for place in ALL.values())


def test_lindby_has_two_bodies_and_two_offices() -> None:
    assert [body.key for body in LINDBY.bodies] == ["integration", "benefits"]
    assert [office.key for office in LINDBY.offices] == ["citizen_office", "school"]
    assert LINDBY.name_in.text("ar") == "في ليندبي"


def test_the_interpreter_day_is_on_mondays_with_a_lunch_break_and_short_on_tuesdays() -> None:
    service = LINDBY.service("interpreter_day")
    assert opening_on(service.calendar, date(2026, 11, 23)) == (
        Interval(datetime(2026, 11, 23, 8, tzinfo=UTC), datetime(2026, 11, 23, 11, tzinfo=UTC)),
        Interval(datetime(2026, 11, 23, 12, tzinfo=UTC), datetime(2026, 11, 23, 14, tzinfo=UTC)),
    )
    assert opening_on(service.calendar, date(2026, 11, 24)) == (
        Interval(datetime(2026, 11, 24, 14, tzinfo=UTC), datetime(2026, 11, 24, 15, tzinfo=UTC)),
    )
    assert isinstance(service.form, InterpreterDay)
    assert service.form.slot_minutes == 30
    assert service.form.chairs == tuple(Chair)
    interpreted = ("ar", "so", "ti", "fa", "uk", "ru", "th", "da", "et", "fi")
    assert service.form.languages == interpreted


def test_drop_in_is_on_friday_afternoons_in_six_lanes() -> None:
    service = LINDBY.service("drop_in")
    opening = next_opening(service.calendar, datetime(2026, 11, 23, tzinfo=UTC))
    assert opening == Interval(
        datetime(2026, 11, 27, 12, tzinfo=UTC), datetime(2026, 11, 27, 15, tzinfo=UTC)
    )
    assert isinstance(service.form, DropIn)
    assert service.form.minutes_per_visit == 12
    assert [lane.letter for lane in service.form.lanes] == ["A", "B", "C", "D", "E", "F"]
    assert service.form.lane_for("ru") == Lane("C", ("uk", "ru"))
    assert service.form.lane_for("pl") is None


def test_the_queue_promises_an_answer_within_an_hour_of_open_time() -> None:
    service = LINDBY.service("queue")
    assert service.form == Queue(answer_minutes=60)
    assert LINDBY.services_of(ServiceKind.QUEUE) == (service,)


def test_a_service_is_closed_when_its_office_is() -> None:
    assert opening_on(LINDBY.service("drop_in").calendar, date(2027, 2, 12)) == ()
    assert opening_on(LINDBY.office("school").calendar, date(2027, 2, 12)) != ()


def test_staff_have_roles_bodies_and_chairs() -> None:
    maria, anders, samira = (LINDBY.staff_member(key) for key in ("maria", "anders", "samira"))
    assert (maria.sign_in, maria.roles, maria.chairs) == (
        "maria@lindby.example",
        (Role.CASEWORKER,),
        (Chair.SOCIAL_WORKER,),
    )
    assert (anders.body, anders.chairs) == ("benefits", (Chair.BENEFITS_OFFICER,))
    assert (samira.sign_in, samira.roles, samira.chairs) == (None, (), (Chair.INTERPRETER,))


@pytest.mark.parametrize("place", ALL.values(), ids=ALL)
def test_every_role_and_chair_is_filled(place: Municipality) -> None:
    assert {role for member in place.staff for role in member.roles} == set(Role)
    assert {chair for member in place.staff for chair in member.chairs} == set(Chair)


@pytest.mark.parametrize("place", ALL.values(), ids=ALL)
def test_sign_in_names_are_reserved_addresses(place: Municipality) -> None:
    names = [member.sign_in for member in place.staff if member.sign_in]
    assert all(name.endswith(f"@{place.slug}.example") for name in names)
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("place", ALL.values(), ids=ALL)
def test_interpreters_work_when_their_block_is(place: Municipality) -> None:
    for service in place.services_of(ServiceKind.INTERPRETER_DAY):
        assert isinstance(service.form, InterpreterDay)
        for block in service.form.blocks:
            interpreter = place.staff_member(block.interpreter)
            assert Chair.INTERPRETER in interpreter.chairs
            assert set(block.languages) <= set(interpreter.languages)
            assert any(
                hours.opens <= block.opens and block.closes <= hours.closes
                for hours in interpreter.hours
            )


@pytest.mark.parametrize("place", ALL.values(), ids=ALL)
def test_interpreter_blocks_lie_within_the_hours_and_do_not_overlap(place: Municipality) -> None:
    for service in place.services_of(ServiceKind.INTERPRETER_DAY):
        assert isinstance(service.form, InterpreterDay)
        blocks = sorted(service.form.blocks, key=lambda block: block.opens)
        assert all(first.closes <= then.opens for first, then in pairwise(blocks))
        assert all(
            any(
                hours.opens <= block.opens and block.closes <= hours.closes
                for hours in service.calendar.hours
            )
            for block in blocks
        )


@pytest.mark.parametrize("place", ALL.values(), ids=ALL)
def test_everything_is_named_in_the_released_languages(place: Municipality) -> None:
    needed = {*RELEASED[Domain.RESIDENT], place.default_language}
    missing = [
        (wording.text("en"), language)
        for wording in _wordings(place)
        for language in needed
        if len(wording.by_language) > 1 and language not in wording.by_language
    ]
    assert missing == []


def _wordings(place: Municipality) -> Iterator[Wording]:
    yield place.name_in
    yield from (body.name for body in place.bodies)
    for office in place.offices:
        yield from (office.name, office.room, office.directions)
        yield from (closure.reason for closure in office.calendar.closures)
    for service in place.services:
        yield from (service.name, *service.does, *service.does_not)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('slug = "lindby"', 'slug = "lund"', "make 'slug' the name of the file, 'lindby'"),
        ('substitute = "johan"', 'substitute = "maria"', "name a substitute who is somebody else"),
        ('substitute = "johan"', 'substitute = "olof"', "no contact or substitute 'olof'"),
        ('substitute = "johan"\n', "", "add 'substitute' (a text in quotes)"),
        ('interpreter = "samira"', 'interpreter = "sam"', "there is no interpreter 'sam'"),
        ('office = "citizen_office"', 'office = "moon"', "there is no office 'moon'"),
        ('body = "integration"', 'body = "police"', "there is no body 'police'"),
        ('"caseworker"', '"boss"', "choose 'roles' from: receptionist, caseworker, admin"),
        ("FREQ=WEEKLY", "FREQ=YEARLY", "is not a DAILY, WEEKLY or MONTHLY rule"),
        ('country = "se"', 'country = "no"', "choose 'country' from: se, dk, fi"),
        ("Europe/Stockholm", "Europe/Lund", "there is no time zone 'Europe/Lund'"),
        ("Europe/Stockholm", "../Lund", "there is no time zone '../Lund'"),
        ("Johan Ek", "Johan  Ek", "'Johan  Ek' needs one space between words"),
        ('"09:00-16:00"', '"9-16"', "write '9-16' like 09:00-12:00"),
        ('"09:00-16:00"', '"16:00-09:00"', "let '16:00-09:00' end after it begins"),
        ('theme = "lindby"', 'theme = "lindby"\nphone = "1"', "the unknown key 'phone'"),
    ],
)
def test_a_mistake_is_named(folder: Path, old: str, new: str, message: str) -> None:
    change(folder, "lindby.toml", old, new)
    with pytest.raises(ContentError) as refusal:
        load_municipalities(folder)
    assert str(refusal.value).startswith("lindby.toml")
    assert message in str(refusal.value)


def test_hours_are_wall_times(folder: Path) -> None:
    office = read_municipality(folder / "lindby.toml").office("citizen_office")
    assert [(hours.opens, hours.closes) for hours in office.calendar.hours] == [(time(9), time(16))]
