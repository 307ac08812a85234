"""The JSON API: tokens, repeats, limits, bad input; and what 50 or 256 people do at once."""

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import func, insert, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from backend.db import Database, system
from backend.places import find_municipality
from booking import hold
from booking.bookings import Booking, BookingState
from booking.free_times import is_free
from booking.sessions import Seat, Slot
from tests.live import LiveApp, Resident

JSON = {"Content-Type": "application/json"}


def test_a_new_conversation_greets_in_the_chosen_language(live: LiveApp) -> None:
    with live.http() as http:
        amina = Resident(http, "en")
    greeting = (
        "Hello! I answer questions about life in Lindby. I am a computer program, but you can"
        " always ask to talk to a person."
    )
    texts = [message["text"] for message in amina.first.messages]
    assert texts == [greeting, "What is it about?"]


def test_an_unknown_municipality_or_language_is_a_problem_document(live: LiveApp) -> None:
    with live.http() as http:
        answers = [
            http.post("/api/v1/conversations", json={"language": "en", "municipality": "atlantis"}),
            http.post("/api/v1/conversations", json={"language": "xx"}),
        ]
    assert [answer.status_code for answer in answers] == [404, 422]
    assert {answer.headers["content-type"] for answer in answers} == {"application/problem+json"}


def test_without_its_token_a_conversation_does_not_exist(live: LiveApp) -> None:
    with live.http() as http:
        amina, yusuf = Resident(http, "en"), Resident(http, "en")
        address = f"/api/v1/conversations/{amina.id}/messages"
        tries: list[dict[str, str]] = [{}, {"Authorization": "Bearer wrong"}, yusuf.headers]
        codes = [http.get(address, headers=headers).status_code for headers in tries]
    assert codes == [401, 404, 404]


def test_the_same_message_twice_is_one_message(live: LiveApp) -> None:
    with live.http() as http:
        amina = Resident(http, "en")
        first = amina.post(client_msg_id="once", action="menu").json()
        second = amina.post(client_msg_id="once", action="menu").json()
        everything = amina.read().messages
    assert first == second
    assert [message["text"] for message in everything].count("What is it about?") == 2


def test_the_same_id_for_another_message_is_refused(live: LiveApp) -> None:
    with live.http() as http:
        amina = Resident(http, "en")
        amina.post(client_msg_id="once", action="menu")
        answer = amina.post(client_msg_id="once", action="book")
    assert (answer.status_code, answer.json()["detail"]) == (
        422,
        "This id was used for another message.",
    )


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"text"',
        b'{"text": 1, "client_msg_id": "a"}',
        b'{"text": "a"}',
        b'{"client_msg_id": "a"}',
        b'{"text": "a", "action": "menu", "client_msg_id": "a"}',
        b'{"text": "", "client_msg_id": "a"}',
        b'{"text": "\\ud800", "client_msg_id": "a"}',
        b'{"text": "a", "client_msg_id": "a", "language": "xx"}',
        b'{"text": "a", "client_msg_id": "a", "extra": 1}',
        b'{"text": "%s", "client_msg_id": "a"}' % (b"x" * 4001),
        b"\xff\xfe",
    ],
)
def test_malformed_messages_are_problem_documents(live: LiveApp, body: bytes) -> None:
    with live.http() as http:
        amina = Resident(http, "en")
        answer = http.post(
            f"/api/v1/conversations/{amina.id}/messages", content=body, headers=amina.headers | JSON
        )
    assert (answer.status_code, answer.headers["content-type"]) == (
        422,
        "application/problem+json",
    )


@pytest.mark.parametrize(
    "said",
    [
        "\x00",
        "a\x00b",
        "   ",
        "😀" * 4000,
        "\u202etxt.exe\u2066",
        "<script>alert(1)</script>",
        "'; drop table message; --",
        "ﷺ" * 4000,
        "\U000e0041" * 10,
        "👨‍👩‍👧‍👦" * 300,
        "می‌خواهم",
    ],
)
def test_strange_text_is_answered(live: LiveApp, said: str) -> None:
    with live.http() as http:
        assert Resident(http, "en").say(said).last["text"] == "What is it about?"


def test_a_body_over_one_megabyte_is_refused_before_it_is_read(live: LiveApp) -> None:
    with live.http() as http:
        amina = Resident(http, "en")
        answer = http.post(
            f"/api/v1/conversations/{amina.id}/messages",
            content=b"x" * (1024 * 1024 + 1),
            headers=amina.headers | JSON,
        )
    assert answer.status_code == 413


def test_the_twenty_first_message_of_a_minute_waits(live: LiveApp) -> None:
    with live.http() as http:
        amina = Resident(http, "en")
        codes = [amina.post(action="help").status_code for _ in range(45)]
        refused = amina.post(action="help")
    assert set(codes) == {200, 429}
    assert 0 < int(refused.headers["retry-after"]) <= 60


def test_events_resume_after_the_last_one_seen(live: LiveApp) -> None:
    with live.http() as http:
        amina = Resident(http, "en")
        amina.press("book")
        seen = amina.read().messages
        resumed = read_events(http, amina, after=seen[1]["seq"], count=len(seen) - 2)
    assert resumed == [message["seq"] for message in seen[2:]]


def read_events(http: httpx.Client, person: Resident, after: int, count: int) -> list[int]:
    headers = person.headers | {"Last-Event-ID": str(after)}
    address = f"/api/v1/conversations/{person.id}/events"
    found: list[int] = []
    with http.stream("GET", address, headers=headers) as stream:
        for line in stream.iter_lines():
            if line.startswith("data:"):
                found.append(json.loads(line.removeprefix("data:"))["seq"])
            if len(found) == count:
                return found
    raise AssertionError("the stream ended early")


def test_deleting_leaves_no_conversation_behind(live: LiveApp) -> None:
    with live.http() as http:
        amina = Resident(http, "en")
        amina.press("delete")
        amina.press("delete_yes")
        again = http.get(f"/api/v1/conversations/{amina.id}/messages", headers=amina.headers)
    assert again.status_code == 404


async def one_free_slot(database: Database, seats: int) -> str:
    """Takes every seat but the given number in the first slot; returns its action."""
    municipality = await find_municipality(database, "lindby")
    async with database.transaction(system(municipality.id)) as db:
        slot = (await db.scalars(select(Slot).order_by(Slot.starts).limit(1))).one()
        await db.execute(text("delete from chair_assignment"))
        await db.execute(text("delete from seat"))
        await db.execute(
            insert(Seat),
            [
                {
                    "body_id": slot.body_id,
                    "slot_id": slot.id,
                    "seat_no": number,
                    "languages": ["en"],
                    "staff_languages": ["en"],
                }
                for number in range(1, seats + 1)
            ],
        )
    return f"slot:{slot.id}"


def rush(live: LiveApp, people: int, action: str) -> int:
    """Everybody presses the same time at the same moment and confirms; how many have it."""

    def book(resident: Resident) -> bool:
        held = resident.press(action).last
        if held["kind"] != "hold":
            return False
        confirm = held["buttons"][0]["action"]
        return bool(resident.press(confirm).last["kind"] == "booked")

    with live.http() as http, ThreadPoolExecutor(max_workers=people) as pool:
        residents = [Resident(http, "en") for _ in range(people)]
        return sum(pool.map(book, residents))


async def confirmed(database: Database) -> int:
    municipality = await find_municipality(database, "lindby")
    async with database.transaction(system(municipality.id)) as db:
        query = select(func.count()).where(Booking.state == BookingState.CONFIRMED)
        return await db.scalar(query) or 0


async def test_fifty_people_on_one_seat_are_one_booking(live: LiveApp, database: Database) -> None:
    action = await one_free_slot(database, seats=1)
    assert await asyncio.to_thread(rush, live, 50, action) == 1
    assert await confirmed(database) == 1


async def test_256_people_on_twenty_seats_are_twenty_bookings(
    live: LiveApp, database: Database
) -> None:
    action = await one_free_slot(database, seats=20)
    assert await asyncio.to_thread(rush, live, 256, action) == 20
    assert await confirmed(database) == 20


async def take_seat_without_guard(
    db: AsyncSession, booking_id: Any, slot_id: Any, language: str
) -> Any:
    """Looks first and takes later, as a program without a lock would."""
    seat = (
        await db.scalars(
            select(Seat)
            .where(Seat.slot_id == slot_id, is_free())
            .limit(1)
            .execution_options(populate_existing=True)
        )
    ).first()
    if seat is None:
        raise hold.SlotTaken
    await asyncio.sleep(0.05)
    values = {"id": uuid4(), "slot": slot_id, "booking": booking_id}
    await db.execute(
        text(
            "insert into seat (id, body_id, slot_id, seat_no, languages, staff_languages,"
            " booking_id, hold_until) select :id, body_id, :slot,"
            " (select max(seat_no) from seat) + 1 + floor(random() * 1000000), languages,"
            " staff_languages, :booking, now() + interval '10 minutes' from seat limit 1"
        ),
        values,
    )
    return values["id"]


async def test_without_the_guard_the_same_rush_oversells(
    live: LiveApp, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hold, "take_seat", take_seat_without_guard)
    action = await one_free_slot(database, seats=1)
    assert await asyncio.to_thread(rush, live, 50, action) > 1
