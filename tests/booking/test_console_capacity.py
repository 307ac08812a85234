"""Two forms of the day list: fewer seats at a time, and one more with its reason."""

import re
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from fastapi import FastAPI

from backend.db import Database
from tests.backend.console_app import Browser, MovingClock, audit_of, browser_of, make_console
from tests.conftest import NOW, Urls
from tests.people import Town, arrive, book_time, open_slots

LEYLA, MARIA, EVA = "leyla@lindby.example", "maria@lindby.example", "eva@lindby.example"
ANDERS, METTE = "anders@lindby.example", "mette@strandby.example"
DAY = "/staff/day?on=2026-11-30"


@pytest.fixture
def clock() -> MovingClock:
    return MovingClock(NOW)


@pytest.fixture
def app(database: Database, urls: Urls, clock: MovingClock) -> FastAPI:
    return make_console(database, urls, clock)


def times(page: str) -> list[str]:
    """What may be chosen in the first of the two forms."""
    found = re.search(r'<select id="fewer-time".*?</select>', page, re.DOTALL)
    return re.findall(r">(\d\d:\d\d[^<]+)<", found.group()) if found else []


async def reduce(browser: Browser, slot: object, seats: str) -> httpx.Response:
    return await browser.post("/staff/seats/reduce", slot=str(slot), seats=seats, on="2026-11-30")


async def add(browser: Browser, slot: object, reason: str = "Family of three") -> httpx.Response:
    return await browser.post("/staff/seats/add", slot=str(slot), reason=reason, on="2026-11-30")


async def test_an_extra_seat_shows_with_its_reason_and_asks_for_no_chairs(
    app: FastAPI, database: Database, lindby_anew: Town
) -> None:
    slot, *_ = await open_slots(database, lindby_anew)
    async with browser_of(app, MARIA) as maria:
        answer = await add(maria, slot, " Familj <b>på tre</b> ")
        page = (await maria.get(DAY)).text
    assert (answer.status_code, answer.headers["location"]) == (303, DAY)
    assert "Extra: Familj &lt;b&gt;på tre&lt;/b&gt;" in page
    assert "0 of 11 times booked." in page
    assert times(page)[:2] == ["09:00, 2 seats", "09:30, 1 seat"]
    assert "Missing" not in page


async def test_seats_in_use_are_named_and_free_ones_go(
    app: FastAPI, database: Database, lindby_anew: Town
) -> None:
    slot, *_ = await open_slots(database, lindby_anew)
    booking = await book_time(database, lindby_anew, await arrive(database, lindby_anew), slot)
    async with browser_of(app, LEYLA) as leyla:
        await add(leyla, slot)
        refused = await reduce(leyla, slot, "0")
        done = await reduce(leyla, slot, "1")
        page = (await leyla.get(DAY)).text
    code = f"{booking.code[:3]} {booking.code[3:]}"
    assert refused.status_code == 409
    assert f"No seats were taken away. These bookings are in the way: {code}<" in refused.text
    assert done.status_code == 303
    assert times(page)[0] == "09:00, 1 seat"


async def test_a_time_that_has_begun_is_not_offered_and_not_changed(
    app: FastAPI, database: Database, lindby_anew: Town, clock: MovingClock
) -> None:
    slot, *_ = await open_slots(database, lindby_anew)
    clock.now = datetime(2026, 11, 30, 8, 5, tzinfo=UTC)  # 09:05 at the office
    async with browser_of(app, LEYLA) as leyla:
        page = (await leyla.get(DAY)).text
        answers = [await reduce(leyla, slot, "0"), await add(leyla, slot)]
        clock.now += timedelta(days=1)
        assert "Change the seats" not in (await leyla.get(DAY)).text
    assert times(page)[0] == "09:30, 1 seat"
    assert [answer.status_code for answer in answers] == [409, 409]
    assert 'value="Family of three"' in answers[1].text


async def test_numbers_and_reasons_must_be_there(
    app: FastAPI, database: Database, lindby_anew: Town
) -> None:
    slot, *_ = await open_slots(database, lindby_anew)
    async with browser_of(app, LEYLA) as leyla:
        answers = [
            *[await reduce(leyla, slot, seats) for seats in ("", "-1", "one", "9999")],
            *[await add(leyla, slot, reason) for reason in ("", " \x00 ", "x" * 201)],
        ]
        page = (await leyla.get(DAY)).text
    assert [answer.status_code for answer in answers] == [422] * 7
    assert times(page)[0] == "09:00, 1 seat"


@pytest.mark.parametrize(("name", "status"), [(EVA, 403), (ANDERS, 404), (METTE, 404)])
async def test_other_roles_bodies_and_municipalities_change_nothing(
    app: FastAPI, database: Database, lindby_anew: Town, name: str, status: int
) -> None:
    slot, *_ = await open_slots(database, lindby_anew)
    async with browser_of(app, name) as stranger:
        page = (await stranger.get(DAY)).text
        answers = [await reduce(stranger, slot, "0"), await add(stranger, slot)]
    assert "Change the seats" not in page
    assert [answer.status_code for answer in answers] == [status, status]
    assert (await open_slots(database, lindby_anew))[0] == slot


async def test_unknown_and_broken_ids_are_not_found(app: FastAPI) -> None:
    async with browser_of(app, LEYLA) as leyla:
        assert (await reduce(leyla, "1 or 1=1", "0")).status_code == 404


async def test_both_deeds_are_audited(app: FastAPI, database: Database, lindby_anew: Town) -> None:
    slot, *_ = await open_slots(database, lindby_anew)
    async with browser_of(app, LEYLA) as leyla:
        await add(leyla, slot)
        await reduce(leyla, slot, "1")
    assert await audit_of(database) == [
        ("sign_in", "staff"),
        ("add_seat", "slot"),
        ("reduce_seats", "slot"),
    ]
