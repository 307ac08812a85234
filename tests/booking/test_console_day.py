"""The day list: who is expected, who came, and taking it back while the day lasts."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from fastapi import FastAPI
from sqlalchemy import select, text

from backend.conversation import Channel, start_conversation
from backend.db import Database, system
from backend.places import find_municipality
from booking.bookings import Booking, BookingState
from booking.free_times import free_times
from booking.hold import confirm, hold_slot
from tests.backend.console_app import MovingClock, audit_of, browser_of, make_console
from tests.conftest import NOW, Urls

LEYLA = "leyla@lindby.example"
ANDERS = "anders@lindby.example"
METTE = "mette@strandby.example"
MONDAY = datetime(2026, 11, 30, 8, 5, tzinfo=UTC)  # 09:05 at the office


@pytest.fixture
def clock() -> MovingClock:
    return MovingClock(MONDAY)


@pytest.fixture
def app(database: Database, urls: Urls, clock: MovingClock) -> FastAPI:
    return make_console(database, urls, clock)


async def booked(database: Database, *, nth: int = 0, language: str = "ar") -> Booking:
    """A confirmed booking on the coming interpreter day."""
    place = await find_municipality(database, "lindby")
    async with database.transaction(system(place.id)) as db:
        service = await db.scalar(text("select id from service where key = 'interpreter_day'"))
        conversation, _ = await start_conversation(db, place.id, Channel.WEB, language)
        times = await free_times(db, service, language, NOW)
        booking = await hold_slot(db, conversation, times[nth].slot_id, NOW, "tenancy_contract")
        return await confirm(db, booking.id, NOW)


async def state_of(database: Database, booking_id: UUID) -> str | None:
    place = await find_municipality(database, "lindby")
    async with database.transaction(system(place.id)) as db:
        found: str | None = await db.scalar(select(Booking.state).where(Booking.id == booking_id))
        return found


async def test_the_day_shows_times_codes_languages_and_chairs(
    app: FastAPI, database: Database
) -> None:
    booking = await booked(database)
    async with browser_of(app, LEYLA) as leyla:
        page = (await leyla.get("/staff/day")).text
    assert "Monday 30 November" in page
    assert "1 of 10 times booked." in page
    assert f"{booking.code[:3]} {booking.code[3:]}" in page
    assert "Rental contract" in page
    assert "Samira Haddad" in page
    assert "From another unit" in page  # the benefits officer's name stays behind the wall


async def test_a_day_without_times_names_the_next_one(
    app: FastAPI, database: Database, clock: MovingClock
) -> None:
    clock.now = NOW
    async with browser_of(app, LEYLA) as leyla:
        page = (await leyla.get("/staff/day")).text
    assert "No bookable times this day" in page
    assert 'href="/staff/day?on=2026-11-30"' in page


@pytest.mark.parametrize("on", ["0001-01-01", "9999-12-31", "2026-13-01", "yesterday"])
async def test_impossible_days_are_not_found(app: FastAPI, on: str) -> None:
    async with browser_of(app, LEYLA) as leyla:
        assert (await leyla.get(f"/staff/day?on={on}")).status_code == 404


async def test_has_come_and_undo(app: FastAPI, database: Database) -> None:
    booking = await booked(database)
    url = f"/staff/bookings/{booking.id}"
    async with browser_of(app, LEYLA) as leyla:
        for _ in range(2):
            assert (await leyla.post(f"{url}/check-in")).status_code == 303
        assert await state_of(database, booking.id) == BookingState.ATTENDED
        assert "Came 09:05" in (await leyla.get("/staff/day")).text
        assert (await leyla.post(f"{url}/undo")).status_code == 303
    assert await state_of(database, booking.id) == BookingState.CONFIRMED
    assert await audit_of(database) == [
        ("sign_in", "staff"),
        ("check_in", "booking"),
        ("check_in", "booking"),
        ("read", "day"),
        ("undo_check_in", "booking"),
    ]


async def test_nobody_is_missed_before_the_time_has_begun(
    app: FastAPI, database: Database, clock: MovingClock
) -> None:
    booking = await booked(database, nth=1)  # 09:30
    url = f"/staff/bookings/{booking.id}/no-show"
    async with browser_of(app, LEYLA) as leyla:
        early = await leyla.post(url)
        clock.now = MONDAY + timedelta(minutes=30)
        late = await leyla.post(url)
    assert (early.status_code, late.status_code) == (409, 303)
    assert await state_of(database, booking.id) == BookingState.NO_SHOW


async def test_nobody_comes_on_another_day_and_nothing_is_undone_later(
    app: FastAPI, database: Database, clock: MovingClock
) -> None:
    booking = await booked(database)
    url = f"/staff/bookings/{booking.id}"
    async with browser_of(app, LEYLA) as leyla:
        clock.now = NOW
        assert (await leyla.post(f"{url}/check-in")).status_code == 409
        clock.now = MONDAY
        await leyla.post(f"{url}/check-in")
        clock.now = MONDAY + timedelta(days=1)
        assert (await leyla.post(f"{url}/undo")).status_code == 409
    assert await state_of(database, booking.id) == BookingState.ATTENDED


async def test_undo_is_refused_when_the_resident_has_booked_again(
    app: FastAPI, database: Database
) -> None:
    booking = await booked(database)
    place = await find_municipality(database, "lindby")
    async with browser_of(app, LEYLA) as leyla:
        await leyla.post(f"/staff/bookings/{booking.id}/no-show")
        async with database.transaction(system(place.id)) as db:
            times = await free_times(db, booking.service_id, "ar", MONDAY)
            slot_id, conversation_id = times[-1].slot_id, booking.conversation_id
            db.add(
                Booking(
                    body_id=booking.body_id,
                    conversation_id=conversation_id,
                    service_id=booking.service_id,
                    slot_id=slot_id,
                    code="AAAAAA",
                    language="ar",
                    state=BookingState.CONFIRMED,
                )
            )
        answer = await leyla.post(f"/staff/bookings/{booking.id}/undo")
    assert answer.status_code == 409
    assert "the resident has booked a new time" in answer.text


@pytest.mark.parametrize("name", [ANDERS, METTE])
async def test_bookings_of_others_are_not_there(
    app: FastAPI, database: Database, name: str
) -> None:
    booking = await booked(database)
    async with browser_of(app, name) as stranger:
        answer = await stranger.post(f"/staff/bookings/{booking.id}/check-in")
        page = (await stranger.get("/staff/day?on=2026-11-30")).text
    assert answer.status_code == 404
    assert booking.code[3:] not in page
    assert await state_of(database, booking.id) == BookingState.CONFIRMED


async def test_a_press_comes_back_to_the_same_day(app: FastAPI, database: Database) -> None:
    booking = await booked(database)
    async with browser_of(app, LEYLA) as leyla:
        answer = await leyla.post(f"/staff/bookings/{booking.id}/check-in", on="2026-11-30")
        odd = await leyla.post(f"/staff/bookings/{booking.id}/check-in", on="//evil.example")
    assert answer.headers["location"] == "/staff/day?on=2026-11-30"
    assert odd.headers["location"] == "/staff/day"


async def test_a_seat_without_all_chairs_stands_out(app: FastAPI, database: Database) -> None:
    place = await find_municipality(database, "lindby")
    async with database.transaction(system(place.id)) as db:
        await db.execute(
            text(
                "delete from chair_assignment where chair = 'interpreter'"
                " and lower(during) = '2026-11-30 08:00+00'"
            )
        )
        await db.execute(
            text(
                "update seat set is_ready = false where slot_id in"
                " (select id from slot where starts = '2026-11-30 08:00+00')"
            )
        )
    async with browser_of(app, LEYLA) as leyla:
        page = (await leyla.get("/staff/day")).text
    assert "Missing: Interpreter" in page
    assert "A chair is empty" in page


async def test_a_look_at_the_day_leaves_one_trace_and_its_refreshing_none(
    app: FastAPI, database: Database
) -> None:
    async with browser_of(app, LEYLA) as leyla:
        await leyla.get("/staff/day?on=2026-12-07")
        await leyla.get("/staff/day?on=2026-12-07", **{"hx-request": "true"})
        await leyla.get("/staff/day", **{"hx-request": "true", "hx-boosted": "true"})
    place = await find_municipality(database, "lindby")
    async with database.transaction(system(place.id)) as db:
        rows = await db.execute(
            text("select action, subject, subject_id from audit where action = 'read' order by id")
        )
        assert [tuple(row) for row in rows] == [
            ("read", "day", "2026-12-07"),
            ("read", "day", "2026-11-30"),
        ]


async def test_a_closed_day_says_so(app: FastAPI, database: Database) -> None:
    booking = await booked(database)
    place = await find_municipality(database, "lindby")
    async with database.transaction(system(place.id)) as db:
        await db.execute(text("update session set is_closed = true"))
    async with browser_of(app, LEYLA) as leyla:
        page = (await leyla.get("/staff/day")).text
    assert "Closed this day. No new times are given" in page
    assert page.count('<td class="sub">Closed</td>') == 9
    assert f"{booking.code[:3]} {booking.code[3:]}" in page
