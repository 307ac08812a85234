"""What an open chat page is sent while others act: turns, the bar, places in queues, the end."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import select
from sse_starlette import ServerSentEvent

from backend.app_state import Core
from backend.conversation import Author, append, erase_conversation, find_by_token
from backend.db import Database, system
from backend.handover import Handover, claim
from backend.places import Municipality, find_municipality
from backend.reply import Reply
from backend.visitor import Visitor
from booking.drop_in import call_next, take_ticket
from bot.channels.web_events import Stream
from tests.conftest import NOW, Urls
from tests.people import arrive, asks_for_person, colleague, find_service, find_town
from tests.phone import Phone, resident_app

SOON = 10
FRIDAY = NOW.replace(day=27, hour=12)  # the drop-in is open


@pytest.fixture
def app(database: Database, urls: Urls) -> FastAPI:
    return resident_app(database, urls)


@pytest.fixture
async def amina(app: FastAPI) -> Phone:
    return await Phone(app).start()


async def visitor_of(database: Database, phone: Phone) -> Visitor:
    municipality = await find_municipality(database, "lindby")
    token = phone.http.cookies["landa"]
    async with database.transaction(system(municipality.id)) as db:
        conversation = await find_by_token(db, token)
    assert conversation is not None
    return Visitor(municipality, token, conversation, conversation.language, "")


class Page:
    """An open page that listens."""

    def __init__(self, app: FastAPI, visitor: Visitor, seq: int) -> None:
        core: Core = app.state.core
        self.visitor = visitor
        self.stream = Stream(core, visitor, seq, is_fresh=True)
        self.events = self.stream.events()

    async def next(self) -> tuple[str | None, str]:
        event: ServerSentEvent = await asyncio.wait_for(anext(self.events), SOON)
        return event.event, str(event.data)

    async def until(self, name: str) -> str:
        while True:
            found, data = await self.next()
            if found == name:
                return data

    async def until_place(self) -> str:
        """Where the own queue number stands."""
        while True:
            found, data = await self.next()
            if found and found.startswith("place-"):
                return data

    async def close(self) -> None:
        await self.events.aclose()  # type: ignore[attr-defined]  # a generator by its definition


@pytest.fixture
async def page(app: FastAPI, database: Database, amina: Phone) -> AsyncIterator[Page]:
    page = Page(app, await visitor_of(database, amina), 2)
    yield page
    await page.close()


async def say(
    database: Database, visitor: Visitor, reply: Reply, author: Author, **extra: Any
) -> None:
    assert visitor.conversation is not None
    async with database.transaction(system(visitor.municipality.id)) as db:
        await append(db, visitor.conversation, author, reply, **extra)


async def test_a_new_message_arrives_once_as_a_turn_with_its_number(
    page: Page, database: Database
) -> None:
    waiting = asyncio.create_task(page.until("turn"))
    await asyncio.sleep(0.3)
    await say(database, page.visitor, Reply("Something new"), Author.BOT)
    turn = await waiting
    assert 'id="m3"' in turn
    assert "Something new" in turn


async def test_what_was_missed_comes_first_in_order(page: Page, database: Database) -> None:
    await say(database, page.visitor, Reply("First"), Author.BOT)
    await say(database, page.visitor, Reply("Second"), Author.BOT)
    found = [await page.next(), await page.next()]
    assert [name for name, _ in found] == ["turn", "turn"]
    assert ["First" in found[0][1], "Second" in found[1][1]] == [True, True]


async def test_a_claim_puts_the_person_into_the_bar(
    page: Page, amina: Phone, database: Database
) -> None:
    await amina.press("human")
    await amina.press("share:yes")
    await page.until("queue")
    town = await find_town(database)
    maria = await colleague(database, town, "Maria")
    async with database.transaction(town.staff()) as db:
        handover = (await db.scalars(select(Handover))).one()
        await claim(db, maria, handover.id, handover.version, NOW)
    bar = await page.until("bar")
    assert "top--person" in bar
    assert "Maria Lindqvist" in bar


async def test_the_place_in_the_queue_moves_when_somebody_before_is_taken(
    page: Page, amina: Phone, database: Database
) -> None:
    town = await find_town(database)
    earlier = NOW - timedelta(minutes=5)
    first = await asks_for_person(database, town, await arrive(database, town), now=earlier)
    await amina.press("human")
    await amina.press("share:yes")
    assert "<b>1</b>" in await page.until("queue")
    maria = await colleague(database, town, "Maria")
    async with database.transaction(town.staff()) as db:
        await claim(db, maria, first.id, first.version, NOW)
    assert "You are next." in await page.until("queue")


async def test_a_queue_number_moves_while_the_page_is_open(database: Database, urls: Urls) -> None:
    town = await find_town(database)
    service = await find_service(database, town, "drop_in")
    app = resident_app(database, urls, lambda: FRIDAY)
    amina = await Phone(app).start()
    async with database.transaction(town.system) as db:
        first = await take_ticket(db, service, "en", FRIDAY)
    await amina.press("ticket")
    page = Page(app, await visitor_of(database, amina), 2)
    assert "before you" in await page.until_place()
    async with database.transaction(town.system) as db:
        await call_next(db, first.lane_id, FRIDAY)
    assert "You are next. Stay near." in await page.until_place()
    await page.close()


async def test_an_erased_conversation_ends_the_page(page: Page, database: Database) -> None:
    waiting = asyncio.create_task(page.until("gone"))
    await asyncio.sleep(0.3)
    municipality: Municipality = page.visitor.municipality
    async with database.transaction(system(municipality.id)) as db:
        conversation = await find_by_token(db, page.visitor.token)
        assert conversation is not None
        await erase_conversation(db, conversation)
    assert await waiting == ""


async def test_without_a_conversation_there_is_nothing_to_listen_to(
    app: FastAPI, database: Database
) -> None:
    lindby = await find_municipality(database, "lindby")
    stranger = Page(app, Visitor(lindby, "", None, "en", ""), 0)
    assert await stranger.next() == ("gone", "")


@pytest.mark.parametrize("name", ["origin", "sec-fetch-site"])
async def test_other_sites_cannot_listen(amina: Phone, name: str) -> None:
    headers = {name: "https://elsewhere.example"}
    answer = await amina.http.get("/m/lindby/events", headers=headers)
    assert answer.status_code == 403
