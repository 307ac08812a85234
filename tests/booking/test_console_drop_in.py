"""The drop-in at the desk: calling numbers in order, and paper numbers given out once."""

import asyncio
import re
from datetime import UTC, datetime
from uuid import UUID

import pytest
from fastapi import FastAPI
from sqlalchemy import select, text

from backend.conversation import Channel, start_conversation
from backend.db import Database, resident, system
from backend.places import Service, find_municipality
from booking.drop_in import Ticket, TicketState, take_ticket
from tests.backend.console_app import Browser, MovingClock, audit_of, browser_of, make_console
from tests.conftest import NOW, Urls

LEYLA = "leyla@lindby.example"
MARIA = "maria@lindby.example"
METTE = "mette@strandby.example"
FRIDAY = datetime(2026, 11, 27, 12, 10, tzinfo=UTC)  # 13:10 at the office, open from 13:00


@pytest.fixture
def clock() -> MovingClock:
    return MovingClock(FRIDAY)


@pytest.fixture
def app(database: Database, urls: Urls, clock: MovingClock) -> FastAPI:
    return make_console(database, urls, clock)


async def from_home(database: Database, language: str = "ar") -> Ticket:
    place = await find_municipality(database, "lindby")
    async with database.transaction(system(place.id)) as db:
        service = (await db.scalars(select(Service).where(Service.key == "drop_in"))).one()
        conversation, _ = await start_conversation(db, place.id, Channel.WEB, language)
        return await take_ticket(db, service, language, FRIDAY, conversation.id)


async def tickets(database: Database) -> list[tuple[int, str]]:
    place = await find_municipality(database, "lindby")
    async with database.transaction(system(place.id)) as db:
        rows = await db.execute(select(Ticket.number, Ticket.state).order_by(Ticket.number))
        return [(row.number, row.state) for row in rows]


async def lane_of(database: Database, language: str = "ar") -> UUID:
    place = await find_municipality(database, "lindby")
    async with database.transaction(system(place.id)) as db:
        lane: UUID = await db.scalar(
            text(
                "select lane.id from lane join session on session.id = session_id"
                " where :language = any(languages) order by starts limit 1"
            ),
            {"language": language},
        )
        return lane


def keys(page: str) -> list[str]:
    return re.findall(r'name="key" value="([^"]+)"', page)


async def page_with_key(browser: Browser) -> tuple[str, str]:
    page = (await browser.get("/staff/drop-in")).text
    return page, keys(page)[0]


async def test_lanes_show_who_waits_in_which_order(app: FastAPI, database: Database) -> None:
    for _ in range(3):
        await from_home(database)
    async with browser_of(app, LEYLA) as leyla:
        page = (await leyla.get("/staff/drop-in")).text
    assert "3 people are waiting." in page
    assert re.findall(r"<li><b>(B\d+)</b>", page) == ["B1", "B2", "B3"]
    assert "Call B1" in page


async def test_before_numbers_are_given_out_the_page_says_when(
    app: FastAPI, clock: MovingClock
) -> None:
    clock.now = NOW
    async with browser_of(app, LEYLA) as leyla:
        page = (await leyla.get("/staff/drop-in")).text
    assert "Numbers are given out from 11:00 that day." in page
    assert "Not open yet" in page


async def test_call_next_serve_and_miss(app: FastAPI, database: Database) -> None:
    first, second = await from_home(database), await from_home(database)
    lane = await lane_of(database)
    async with browser_of(app, LEYLA) as leyla:
        for ticket, action in ((first, "served"), (second, "no-show")):
            _, key = await page_with_key(leyla)
            assert (await leyla.post(f"/staff/lanes/{lane}/call", key=key)).status_code == 303
            assert (await leyla.post(f"/staff/tickets/{ticket.id}/{action}")).status_code == 303
    assert await tickets(database) == [(1, TicketState.SERVED), (2, TicketState.NO_SHOW)]
    assert await audit_of(database) == [
        ("sign_in", "staff"),
        ("call", "ticket"),
        ("served", "ticket"),
        ("call", "ticket"),
        ("no_show", "ticket"),
    ]


async def test_calling_tells_the_resident_in_the_own_language(
    app: FastAPI, database: Database
) -> None:
    ticket = await from_home(database, "en")
    lane = await lane_of(database, "en")
    async with browser_of(app, LEYLA) as leyla:
        await leyla.post(f"/staff/lanes/{lane}/call", key="one")
    scope = resident(ticket.municipality_id, ticket.conversation_id)
    async with database.transaction(scope) as db:
        said = list(await db.scalars(text("select text from message")))
    assert said == [
        "A1: it is your turn now. Please come in. Citizen office (Medborgarkontoret), Room 2."
    ]


async def test_calling_pressed_twice_calls_one_number(app: FastAPI, database: Database) -> None:
    await from_home(database)
    await from_home(database)
    lane = await lane_of(database)
    async with browser_of(app, LEYLA) as leyla:
        _, key = await page_with_key(leyla)
        presses = (leyla.post(f"/staff/lanes/{lane}/call", key=key) for _ in range(4))
        statuses = [answer.status_code for answer in await asyncio.gather(*presses)]
    assert statuses == [303] * 4
    assert await tickets(database) == [(1, TicketState.CALLED), (2, TicketState.WAITING)]


async def test_two_pages_call_two_numbers(app: FastAPI, database: Database) -> None:
    await from_home(database)
    await from_home(database)
    lane = await lane_of(database)
    async with browser_of(app, LEYLA) as leyla:
        for key in ("page one", "page two"):
            await leyla.post(f"/staff/lanes/{lane}/call", key=key)
    assert await tickets(database) == [(1, TicketState.CALLED), (2, TicketState.CALLED)]


async def test_call_again_keeps_the_number_called(app: FastAPI, database: Database) -> None:
    ticket = await from_home(database)
    lane = await lane_of(database)
    async with browser_of(app, LEYLA) as leyla:
        early = await leyla.post(f"/staff/tickets/{ticket.id}/call")
        await leyla.post(f"/staff/lanes/{lane}/call", key="one")
        again = await leyla.post(f"/staff/tickets/{ticket.id}/call")
    assert (early.status_code, again.status_code) == (409, 303)
    assert await tickets(database) == [(1, TicketState.CALLED)]


async def test_a_paper_number_pressed_twice_is_one_ticket(app: FastAPI, database: Database) -> None:
    await from_home(database)
    lane = await lane_of(database)
    async with browser_of(app, LEYLA) as leyla:
        _, key = await page_with_key(leyla)
        fields = {"key": key, "language": "ar"}
        presses = (leyla.post(f"/staff/lanes/{lane}/paper", **fields) for _ in range(4))
        places = {answer.headers["location"] for answer in await asyncio.gather(*presses)}
        page = (await leyla.get(places.pop())).text
    assert places == set()
    assert await tickets(database) == [(1, TicketState.WAITING), (2, TicketState.WAITING)]
    assert '<b class="num">B2</b>' in page
    assert "1 person before" in page


async def test_paper_and_phone_keep_one_order(app: FastAPI, database: Database) -> None:
    lane = await lane_of(database)
    async with browser_of(app, LEYLA) as leyla:
        for n in range(10):
            await from_home(database)
            await leyla.post(f"/staff/lanes/{lane}/paper", key=f"key {n}", language="ar")
        page = (await leyla.get("/staff/drop-in")).text
    assert re.findall(r"<li><b>B(\d+)</b>", page) == [str(n) for n in range(1, 21)]


async def test_a_key_used_for_something_else_is_refused(app: FastAPI, database: Database) -> None:
    arabic, persian = await lane_of(database, "ar"), await lane_of(database, "fa")
    async with browser_of(app, LEYLA) as leyla:
        await leyla.post(f"/staff/lanes/{arabic}/paper", key="same", language="ar")
        answer = await leyla.post(f"/staff/lanes/{persian}/paper", key="same", language="fa")
    assert answer.status_code == 409
    assert await tickets(database) == [(1, TicketState.WAITING)]


async def test_a_language_that_the_lane_does_not_serve(app: FastAPI, database: Database) -> None:
    lane = await lane_of(database)
    async with browser_of(app, LEYLA) as leyla:
        answer = await leyla.post(f"/staff/lanes/{lane}/paper", key="one", language="th")
    assert answer.status_code == 422
    assert await tickets(database) == []


async def test_paper_numbers_are_not_given_out_too_early(
    app: FastAPI, database: Database, clock: MovingClock
) -> None:
    clock.now = NOW
    lane = await lane_of(database)
    async with browser_of(app, LEYLA) as leyla:
        answer = await leyla.post(f"/staff/lanes/{lane}/paper", key="one", language="ar")
    assert answer.status_code == 409
    assert await tickets(database) == []


async def test_a_ticket_that_has_ended_says_so(app: FastAPI, database: Database) -> None:
    ticket = await from_home(database)
    async with browser_of(app, LEYLA) as leyla:
        await leyla.post(f"/staff/tickets/{ticket.id}/served")
        twice = await leyla.post(f"/staff/tickets/{ticket.id}/served")
        other = await leyla.post(f"/staff/tickets/{ticket.id}/no-show")
    assert (twice.status_code, other.status_code) == (303, 409)
    assert await tickets(database) == [(1, TicketState.SERVED)]


async def test_numbers_of_another_municipality_are_not_there(
    app: FastAPI, database: Database
) -> None:
    ticket, lane = await from_home(database), await lane_of(database)
    async with browser_of(app, METTE) as mette:
        statuses = [
            (await mette.post(f"/staff/tickets/{ticket.id}/served")).status_code,
            (await mette.post(f"/staff/tickets/{ticket.id}/call")).status_code,
            (await mette.post(f"/staff/lanes/{lane}/call", key="one")).status_code,
            (await mette.post(f"/staff/lanes/{lane}/paper", key="two", language="ar")).status_code,
        ]
    assert statuses == [404] * 4
    assert await tickets(database) == [(1, TicketState.WAITING)]


async def test_a_caseworker_does_not_call_numbers(app: FastAPI, database: Database) -> None:
    lane = await lane_of(database)
    async with browser_of(app, MARIA) as maria:
        assert (await maria.post(f"/staff/lanes/{lane}/call", key="one")).status_code == 403
