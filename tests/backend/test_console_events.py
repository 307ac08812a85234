"""Live updates of the console: the stream tells, and ends with the log-in."""

import asyncio
import re
from uuid import uuid4

import pytest
from fastapi import FastAPI
from sqlalchemy import text

from backend.db import Database, system
from backend.places import find_municipality
from tests.backend.console_app import browser_of, make_console, waiting_resident
from tests.backend.test_console_inbox import ANDERS, MARIA
from tests.conftest import Urls


@pytest.fixture
def app(database: Database, urls: Urls) -> FastAPI:
    return make_console(database, urls)


async def test_the_stream_tells_and_ends_with_the_log_in(app: FastAPI, database: Database) -> None:
    async with browser_of(app, MARIA) as maria:
        url = "/staff/events?topics=queue&after=0"
        stream = asyncio.create_task(maria.get(url, accept="text/event-stream"))
        await waiting_resident(database)
        await asyncio.sleep(2.5)
        place = await find_municipality(database, "lindby")
        async with database.transaction(system(place.id)) as db:
            await db.execute(text("update sign_in set ended_at = now()"))
        answer = await asyncio.wait_for(stream, 3)
    assert re.findall(r"event: (\w+)", answer.text) == ["queue", "signed_out"]


async def test_the_stream_of_another_body_hears_nothing(app: FastAPI, database: Database) -> None:
    async with browser_of(app, ANDERS) as anders:
        url = "/staff/events?topics=queue&after=0"
        stream = asyncio.create_task(anders.get(url, accept="text/event-stream"))
        await waiting_resident(database)
        await asyncio.sleep(2.5)
        place = await find_municipality(database, "lindby")
        async with database.transaction(system(place.id)) as db:
            await db.execute(text("update sign_in set ended_at = now()"))
        answer = await asyncio.wait_for(stream, 3)
    assert re.findall(r"event: (\w+)", answer.text) == ["signed_out"]


@pytest.mark.parametrize(
    "topics", ["drop_in", "everything", "conversation:x", f"conversation:{uuid4()}", ""]
)
async def test_topics_outside_the_role_are_not_streamed(app: FastAPI, topics: str) -> None:
    async with browser_of(app, MARIA) as maria:
        assert (await maria.get(f"/staff/events?topics={topics}")).status_code == 404
