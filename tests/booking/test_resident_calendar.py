"""The calendar file of a booking, as a calendar program reads it."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from icalendar import Calendar, Component
from sqlalchemy import select

from backend.db import Database
from backend.places import Municipality, find_municipality
from booking.bookings import Booking, BookingState
from booking.cancel_booking import cancel_booking
from booking.move_booking import move_booking
from booking.resident_calendar import Appointment, booking_calendar, calendar_file
from tests.conftest import NOW
from tests.people import Town, arrive, book_time, open_slots

LOCAL_NINE = datetime(2026, 11, 30, 9, 0, tzinfo=ZoneInfo("Europe/Stockholm"))


async def file_of(
    database: Database, town: Town, booking: Booking, slug: str = "lindby"
) -> Calendar:
    municipality: Municipality = await find_municipality(database, slug)
    async with database.transaction(town.system) as db:
        fresh = (await db.scalars(select(Booking).where(Booking.id == booking.id))).one()
        found = Calendar.from_ical(await booking_calendar(db, municipality, fresh, NOW))
    assert isinstance(found, Calendar)
    return found


def event_of(calendar: Calendar) -> Component:
    (event,) = calendar.walk("VEVENT")
    return event


def appointment(time_zone: str = "Europe/Stockholm", starts: datetime = LOCAL_NINE) -> Appointment:
    return Appointment(
        title="A time in Lindby",
        place="Citizen office, Storgatan 4, Lindby",
        starts=starts.astimezone(UTC),
        ends=starts.astimezone(UTC) + timedelta(minutes=30),
        time_zone=time_zone,
    )


async def test_the_file_says_when_and_where_in_the_language_of_the_booking(
    shared_database: Database, lindby: Town
) -> None:
    maria = await arrive(shared_database, lindby, "sv")
    slot, *_ = await open_slots(shared_database, lindby, "sv")
    booking = await book_time(shared_database, lindby, maria, slot)
    event = event_of(await file_of(shared_database, lindby, booking))
    assert str(event["location"]) == "Medborgarkontoret, Storgatan 4, Lindby"
    assert event.decoded("dtstart") == LOCAL_NINE
    assert event.decoded("dtend") == LOCAL_NINE + timedelta(minutes=30)
    assert event.decoded("dtstamp") == NOW
    assert (str(event["status"]), event["sequence"]) == ("CONFIRMED", 0)


async def test_the_title_says_nothing_about_the_matter(
    shared_database: Database, lindby: Town
) -> None:
    """A calendar is seen by others; Swedish, English and Arabic."""
    titles = []
    for language in ("sv", "en", "ar"):
        resident = await arrive(shared_database, lindby, language)
        slot, *_ = await open_slots(shared_database, lindby, language)
        booking = await book_time(shared_database, lindby, resident, slot)
        titles.append(str(event_of(await file_of(shared_database, lindby, booking))["summary"]))
    assert titles == ["Tid i Lindby", "A time in Lindby", "موعد في ليندبي"]


async def test_the_file_names_neither_code_nor_language_nor_service(
    shared_database: Database, lindby: Town
) -> None:
    amina = await arrive(shared_database, lindby)
    slot, *_ = await open_slots(shared_database, lindby)
    booking = await book_time(shared_database, lindby, amina, slot)
    content = (await file_of(shared_database, lindby, booking)).to_ical().decode()
    planted = [booking.code, str(amina.id), "LANGUAGE", "nterpret", "olk", "DESCRIPTION"]
    assert [word for word in planted if word in content] == []


async def test_a_moved_booking_replaces_the_entry(shared_database: Database, lindby: Town) -> None:
    amina = await arrive(shared_database, lindby)
    first, second, *_ = await open_slots(shared_database, lindby)
    booking = await book_time(shared_database, lindby, amina, first)
    before = event_of(await file_of(shared_database, lindby, booking))
    async with shared_database.transaction(lindby.resident(amina)) as db:
        await move_booking(db, booking.id, second, NOW)
    after = event_of(await file_of(shared_database, lindby, booking))
    assert after["uid"] == before["uid"]
    assert (before["sequence"], after["sequence"]) == (0, 1)
    assert after.decoded("dtstart") == LOCAL_NINE + timedelta(minutes=30)


async def test_a_cancelled_booking_takes_the_entry_back(
    shared_database: Database, lindby: Town
) -> None:
    amina = await arrive(shared_database, lindby)
    slot, *_ = await open_slots(shared_database, lindby)
    booking = await book_time(shared_database, lindby, amina, slot)
    async with shared_database.transaction(lindby.resident(amina)) as db:
        await cancel_booking(db, booking.id, NOW)
    calendar = await file_of(shared_database, lindby, booking)
    event = event_of(calendar)
    assert (str(calendar["method"]), str(event["status"])) == ("CANCEL", "CANCELLED")
    assert event["sequence"] == 1


def booked(state: BookingState = BookingState.CONFIRMED) -> Booking:
    return Booking(state=state, sequence=0)


def test_the_file_brings_its_time_zone_with_it() -> None:
    calendar = Calendar.from_ical(calendar_file(booked(), appointment(), NOW))
    (zone,) = calendar.walk("VTIMEZONE")
    assert str(zone["tzid"]) == "Europe/Stockholm"
    assert event_of(calendar)["dtstart"].params["TZID"] == "Europe/Stockholm"
    assert [part.name for part in calendar.walk()].count("DAYLIGHT") >= 1


def test_the_time_in_the_file_is_right_on_both_sides_of_the_change_of_clocks() -> None:
    helsinki = ZoneInfo("Europe/Helsinki")
    for day in (date(2026, 10, 24), date(2026, 10, 26), date(2027, 3, 29)):
        starts = datetime.combine(day, time(9), helsinki)
        content = calendar_file(booked(), appointment("Europe/Helsinki", starts), NOW)
        found = event_of(Calendar.from_ical(content)).decoded("dtstart")
        assert found == starts
        assert f"DTSTART;TZID=Europe/Helsinki:{day:%Y%m%d}T090000" in content.decode()


def test_lines_end_and_fold_as_the_standard_asks() -> None:
    long = Appointment(
        title="موعد " * 40,
        place="Storgatan 4, Lindby; Rum 2",
        **{
            key: value
            for key, value in vars(appointment()).items()
            if key not in ("title", "place")
        },
    )
    content = calendar_file(booked(), long, NOW)
    assert content.startswith(b"BEGIN:VCALENDAR\r\n")
    assert content.endswith(b"END:VCALENDAR\r\n")
    assert max(len(line) for line in content.split(b"\r\n")) <= 75
    assert rb"LOCATION:Storgatan 4\, Lindby\; Rum 2" in content
    calendar = Calendar.from_ical(content)
    assert str(calendar["prodid"]) == "-//Landa//booking//EN"
    assert (str(calendar["version"]), str(calendar["method"])) == ("2.0", "PUBLISH")
