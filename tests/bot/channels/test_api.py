"""The JSON API: tokens, repeats, limits, bad input; and what 50 or 256 people do at once."""

import asyncio
import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from backend.app_state import Core
from backend.conversation import Message
from backend.db import Database, resident, system
from backend.lease import release_lease, take_lease
from backend.places import find_municipality
from backend.web_security import MAX_BODY
from booking import hold
from booking.bookings import Booking, BookingState
from booking.free_times import is_free
from booking.sessions import Seat, Slot
from bot.channels.api import publish
from tests.backend.console_app import SETTINGS, answers
from tests.conftest import NOW
from tests.live import LiveApp, Resident, Said

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


@pytest.mark.parametrize("says_its_length", [True, False])
def test_a_body_over_one_megabyte_is_a_problem_document(
    live: LiveApp, *, says_its_length: bool
) -> None:
    body = b"x" * (MAX_BODY + 1) if says_its_length else iter([b"x" * 65_536] * 17)
    with live.http() as http:
        amina = Resident(http, "en")
        answer = http.post(
            f"/api/v1/conversations/{amina.id}/messages",
            content=body,
            headers=amina.headers | JSON,
        )
    assert (answer.status_code, answer.headers["content-type"]) == (
        413,
        "application/problem+json",
    )
    assert answer.json() == {
        "type": "about:blank",
        "title": "Too large",
        "status": 413,
        "detail": "A request may hold at most 1 MiB.",
    }


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


def test_the_stream_of_an_erased_conversation_ends_with_gone(live: LiveApp) -> None:
    with live.http() as http:
        amina = Resident(http, "en")
        address = f"/api/v1/conversations/{amina.id}/events"
        with http.stream("GET", address, headers=amina.headers) as stream:
            lines = stream.iter_lines()
            heard = [next(lines)]
            amina.press("delete")
            amina.press("delete_yes")
            heard += until_the_end(lines)
    events = [line for line in heard if line.startswith("event:")]
    assert events[-1] == "event: gone"
    assert set(events[:-1]) == {"event: message"}


def until_the_end(lines: Iterator[str]) -> Iterator[str]:
    deadline = time.monotonic() + 60
    for line in lines:  # a stream that goes on says so every 15 s
        assert time.monotonic() < deadline, "the stream goes on"
        yield line


async def test_a_turn_that_takes_longer_is_answered_later(
    live: LiveApp, database: Database
) -> None:
    lindby = await find_municipality(database, "lindby")
    with live.http() as http:
        amina = Resident(http, "en")
        scope = resident(lindby.id, UUID(amina.id))
        async with database.transaction(scope) as db:
            lease = await take_lease(db, UUID(amina.id))
        early = await asyncio.to_thread(amina.post, action="menu")
        assert lease is not None
        async with database.transaction(scope) as db:
            await release_lease(db, UUID(amina.id), lease)
        later = await asyncio.to_thread(amina.until_answered, early)
        everything = amina.read().messages
    address = f"/api/v1/conversations/{amina.id}/events"
    assert (early.status_code, early.json()) == (202, {"status": "stored", "events": address})
    assert [message["text"] for message in later.messages] == ["What is it about?"]
    assert everything[-1] == later.last
    assert [message["text"] for message in everything].count("What is it about?") == 2


async def test_the_same_message_twice_at_the_same_moment_is_one_effect(
    live: LiveApp, database: Database
) -> None:
    action = await one_free_slot(database, seats=2)
    moment = Barrier(2)

    def press(amina: Resident) -> Said:
        moment.wait()
        return amina.until_answered(amina.post(client_msg_id="once", action=action))

    with live.http() as http, ThreadPoolExecutor(max_workers=2) as pool:
        amina = Resident(http, "en")
        first, second = await asyncio.to_thread(lambda: list(pool.map(press, [amina, amina])))
    assert first.last["kind"] == "hold"
    assert first == second
    assert await booked(database) == ["held"]


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


async def booked(database: Database) -> list[str]:
    """The state of every booking in Lindby."""
    municipality = await find_municipality(database, "lindby")
    async with database.transaction(system(municipality.id)) as db:
        return list(await db.scalars(select(Booking.state)))


async def confirmed(database: Database) -> int:
    return (await booked(database)).count(BookingState.CONFIRMED)


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


def test_the_api_gives_the_honest_no_as_well() -> None:
    message = Message(seq=1, author="bot", language="en", text="About ID cards.")
    message.payload = {"kind": "answer", "limit": "By law, Poliisi decides."}
    said = publish(message, Core(SETTINGS, None, None, lambda: NOW, answers()))  # type: ignore[arg-type]  # it reaches for neither
    assert (said.text, said.limit) == ("About ID cards.", "By law, Poliisi decides.")
