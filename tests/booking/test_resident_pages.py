"""The pages behind a resident's links, opened by whoever has the link, without script."""

import re
from datetime import datetime
from uuid import UUID, uuid4

import pytest
from fastapi import FastAPI
from icalendar import Calendar
from sqlalchemy import select

from backend.conversation import Conversation
from backend.db import Database
from backend.places import RouteKind, add_route
from booking.bookings import Booking, BookingState, link_token, linked_id, spaced
from booking.drop_in import Ticket, TicketState, call_next, take_ticket
from tests.backend.console_app import SETTINGS
from tests.conftest import NOW, Urls
from tests.people import Town, arrive, confirm_time, find_service, hold_time, open_slots
from tests.phone import Phone, resident_app, words

SECRET = SETTINGS.secret_key
FRIDAY = NOW.replace(day=27, hour=12, minute=30)


class Clock:
    now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def app(shared_database: Database, module_urls: Urls, clock: Clock) -> FastAPI:
    return resident_app(shared_database, module_urls, clock)


@pytest.fixture
async def amina(shared_database: Database, lindby: Town) -> Conversation:
    return await arrive(shared_database, lindby, "ar")


@pytest.fixture
async def booking(shared_database: Database, lindby: Town, amina: Conversation) -> Booking:
    slot, *_ = await open_slots(shared_database, lindby)
    held = await hold_time(shared_database, lindby, amina, slot)
    return await confirm_time(shared_database, lindby, amina, held)


@pytest.fixture
async def ticket(shared_database: Database, lindby: Town, amina: Conversation) -> Ticket:
    service = await find_service(shared_database, lindby, "drop_in")
    async with shared_database.transaction(lindby.system) as db:
        return await take_ticket(db, service, "ar", FRIDAY, amina.id)


async def link(database: Database, town: Town, kind: RouteKind, row_id: UUID) -> str:
    token = link_token(SECRET, kind, row_id)
    async with database.transaction(town.system) as db:
        await add_route(db, town.id, token, kind)
    return f"/{'b' if kind is RouteKind.BOOKING else 't'}/{token}"


async def reread(database: Database, town: Town, booking: Booking) -> Booking:
    async with database.transaction(town.system) as db:
        return (await db.scalars(select(Booking).where(Booking.id == booking.id))).one()


def test_a_link_gives_back_the_id_it_was_made_for() -> None:
    row_id = uuid4()
    token = link_token(SECRET, "booking", row_id)
    assert re.fullmatch(r"[A-Za-z0-9_-]{64}", token)
    assert linked_id(SECRET, "booking", token) == row_id


@pytest.mark.parametrize("token", ["", "x", "x" * 64, "é" * 64, "=" * 64, "../../etc"])
def test_a_token_that_we_did_not_make_opens_nothing(token: str) -> None:
    assert linked_id(SECRET, "booking", token) is None


def test_a_link_is_bound_to_its_kind_and_to_our_secret() -> None:
    token = link_token(SECRET, "booking", uuid4())
    assert linked_id(SECRET, "ticket", token) is None
    assert linked_id("another secret", "booking", token) is None


async def test_the_page_shows_code_time_place_and_people_in_the_residents_language(
    app: FastAPI, shared_database: Database, lindby: Town, booking: Booking
) -> None:
    address = await link(shared_database, lindby, RouteKind.BOOKING, booking.id)
    page = await Phone(app, "fi").open(address)
    assert page.status_code == 200
    assert '<html lang="ar" dir="rtl">' in page.text
    assert spaced(booking.code) in page.text
    assert "Storgatan 4, Lindby" in page.text
    assert "الاثنين 30 نوفمبر" in page.text
    assert page.headers["x-robots-tag"] == "noindex"
    assert page.headers["cache-control"] == "no-store"


async def test_unknown_links_are_not_found(
    app: FastAPI, shared_database: Database, lindby: Town, booking: Booking
) -> None:
    phone = Phone(app)
    without_route = link_token(SECRET, "booking", uuid4())
    as_ticket = await link(shared_database, lindby, RouteKind.BOOKING, booking.id)
    addresses = [f"/b/{without_route}", "/b/x", "/t/x", as_ticket.replace("/b/", "/t/")]
    assert [(await phone.open(address)).status_code for address in addresses] == [404] * 4


async def test_the_calendar_file_says_nothing_about_the_matter(
    app: FastAPI, shared_database: Database, lindby: Town, booking: Booking
) -> None:
    address = await link(shared_database, lindby, RouteKind.BOOKING, booking.id)
    answer = await Phone(app).open(f"{address}/calendar.ics")
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="landa.ics"'
    (event,) = Calendar.from_ical(answer.content).walk("VEVENT")
    assert "ليندبي" in str(event["summary"])
    assert "DESCRIPTION" not in event


async def test_opening_a_link_changes_nothing(
    app: FastAPI, shared_database: Database, lindby: Town, booking: Booking
) -> None:
    address = await link(shared_database, lindby, RouteKind.BOOKING, booking.id)
    phone = Phone(app)
    for path in ("", "/cancel", "/move", "/calendar.ics"):
        await phone.open(address + path)
    assert (await reread(shared_database, lindby, booking)).version == booking.version


async def test_cancelling_asks_once_and_shows_that_it_is_cancelled(
    app: FastAPI, shared_database: Database, lindby: Town, booking: Booking
) -> None:
    address = await link(shared_database, lindby, RouteKind.BOOKING, booking.id)
    phone = Phone(app)
    await phone.open(f"{address}/cancel")
    page = await phone.post(f"{address}/cancel")
    assert page.url.path == address
    assert "slip--off" in page.text
    assert (await reread(shared_database, lindby, booking)).state == BookingState.CANCELLED


async def test_a_form_of_another_link_is_refused(
    app: FastAPI, shared_database: Database, lindby: Town, booking: Booking, ticket: Ticket
) -> None:
    mine = await link(shared_database, lindby, RouteKind.BOOKING, booking.id)
    other = await link(shared_database, lindby, RouteKind.TICKET, ticket.id)
    phone = Phone(app)
    await phone.open(other)
    refused = await phone.post(f"{mine}/cancel")
    assert refused.status_code == 403
    assert (await reread(shared_database, lindby, booking)).state == BookingState.CONFIRMED


async def test_moving_keeps_the_code_and_takes_the_new_time(
    app: FastAPI, shared_database: Database, lindby: Town, booking: Booking
) -> None:
    address = await link(shared_database, lindby, RouteKind.BOOKING, booking.id)
    new = (await open_slots(shared_database, lindby))[3]
    phone = Phone(app)
    await phone.open(f"{address}/move?slot={new}")
    page = await phone.post(f"{address}/move")
    assert page.url.query == b"moved"
    moved = await reread(shared_database, lindby, booking)
    assert (moved.slot_id, moved.code, moved.state) == (new, booking.code, BookingState.CONFIRMED)


async def test_a_time_taken_meanwhile_keeps_the_old_one_and_offers_others(
    app: FastAPI, shared_database: Database, lindby: Town, booking: Booking
) -> None:
    address = await link(shared_database, lindby, RouteKind.BOOKING, booking.id)
    wanted = (await open_slots(shared_database, lindby))[0]
    phone = Phone(app)
    await phone.open(f"{address}/move?slot={wanted}")
    yusuf = await arrive(shared_database, lindby, "ar")
    await hold_time(shared_database, lindby, yusuf, wanted)
    page = await phone.post(f"{address}/move")
    assert "note--caution" in page.text
    assert page.text.count("/move?slot=") > 3
    assert (await reread(shared_database, lindby, booking)).slot_id == booking.slot_id


async def test_a_page_older_than_the_last_change_asks_again_before_it_moves(
    app: FastAPI, shared_database: Database, lindby: Town, booking: Booking
) -> None:
    address = await link(shared_database, lindby, RouteKind.BOOKING, booking.id)
    first, second, *_ = (await open_slots(shared_database, lindby))[2:]
    old, new = Phone(app), Phone(app)
    await old.open(f"{address}/move?slot={first}")
    await new.open(f"{address}/move?slot={second}")
    await new.post(f"{address}/move")

    old.page = await old.post(f"{address}/move")
    assert old.page.url.path == f"{address}/move"
    assert "تغيّر موعدك بعد فتح هذه الصفحة." in old.page.text
    assert (await reread(shared_database, lindby, booking)).slot_id == second

    await old.post(f"{address}/move")
    assert (await reread(shared_database, lindby, booking)).slot_id == first


async def test_the_same_move_sent_twice_is_moved_once(
    app: FastAPI, shared_database: Database, lindby: Town, booking: Booking
) -> None:
    address = await link(shared_database, lindby, RouteKind.BOOKING, booking.id)
    new = (await open_slots(shared_database, lindby))[3]
    phone = Phone(app)
    await phone.open(f"{address}/move?slot={new}")
    pages = [await phone.post(f"{address}/move") for _ in range(2)]
    assert [page.url.query for page in pages] == [b"moved", b"moved"]
    assert (await reread(shared_database, lindby, booking)).version == booking.version + 1


@pytest.mark.parametrize("version", ["", "x", "-1", "9" * 30])
async def test_a_move_that_does_not_say_what_it_saw_asks_again(
    app: FastAPI, shared_database: Database, lindby: Town, booking: Booking, version: str
) -> None:
    address = await link(shared_database, lindby, RouteKind.BOOKING, booking.id)
    new = (await open_slots(shared_database, lindby))[3]
    phone = Phone(app)
    await phone.open(f"{address}/move?slot={new}")
    page = await phone.post(f"{address}/move", version=version)
    assert page.url.query == f"slot={new}&changed".encode()
    assert (await reread(shared_database, lindby, booking)).version == booking.version


@pytest.mark.parametrize("slot", ["", "x", "00000000-0000-0000-0000-000000000000"])
async def test_a_slot_that_is_none_moves_nothing(
    app: FastAPI, shared_database: Database, lindby: Town, booking: Booking, slot: str
) -> None:
    address = await link(shared_database, lindby, RouteKind.BOOKING, booking.id)
    phone = Phone(app)
    await phone.open(f"{address}/cancel")
    page = await phone.post(f"{address}/move", slot=slot)
    assert page.status_code in (200, 422)
    assert (await reread(shared_database, lindby, booking)).slot_id == booking.slot_id


async def test_a_past_time_can_be_seen_but_not_changed(
    app: FastAPI, shared_database: Database, lindby: Town, booking: Booking, clock: Clock
) -> None:
    address = await link(shared_database, lindby, RouteKind.BOOKING, booking.id)
    clock.now = NOW.replace(month=12, day=24)
    page = await Phone(app).open(address)
    assert "slip--off" in page.text
    assert f"{address}/cancel" not in page.text


async def test_a_number_shows_where_it_stands(
    app: FastAPI, shared_database: Database, lindby: Town, ticket: Ticket, clock: Clock
) -> None:
    clock.now = FRIDAY
    service = await find_service(shared_database, lindby, "drop_in")
    async with shared_database.transaction(lindby.system) as db:
        second = await take_ticket(db, service, "ar", FRIDAY)
    address = await link(shared_database, lindby, RouteKind.TICKET, second.id)
    page = words((await Phone(app).open(address)).text)
    assert "B2" in page
    assert "قبلك 1" in page
    assert "12" in page


@pytest.mark.parametrize("name", ["origin", "sec-fetch-site"])
async def test_other_sites_cannot_listen_to_a_number(
    app: FastAPI, shared_database: Database, lindby: Town, ticket: Ticket, name: str
) -> None:
    address = await link(shared_database, lindby, RouteKind.TICKET, ticket.id)
    headers = {name: "https://elsewhere.example"}
    answer = await Phone(app).http.get(f"{address}/events", headers=headers)
    assert answer.status_code == 403


async def test_a_called_number_is_asked_in(
    app: FastAPI, shared_database: Database, lindby: Town, ticket: Ticket, clock: Clock
) -> None:
    clock.now = FRIDAY
    async with shared_database.transaction(lindby.system) as db:
        await call_next(db, ticket.lane_id, FRIDAY)
    address = await link(shared_database, lindby, RouteKind.TICKET, ticket.id)
    assert "turn-now" in (await Phone(app).open(address)).text


async def test_i_cannot_come_gives_the_number_back(
    app: FastAPI, shared_database: Database, lindby: Town, ticket: Ticket, clock: Clock
) -> None:
    clock.now = FRIDAY
    address = await link(shared_database, lindby, RouteKind.TICKET, ticket.id)
    phone = Phone(app)
    await phone.open(address)
    page = await phone.post(f"{address}/leave")
    assert page.url.path == address
    assert "slip--off" in page.text
    async with shared_database.transaction(lindby.system) as db:
        state = await db.scalar(select(Ticket.state).where(Ticket.id == ticket.id))
    assert state == TicketState.LEFT
    again = await phone.post(f"{address}/leave")
    assert again.status_code in (200, 403)
