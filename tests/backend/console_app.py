"""The console as tests meet it: the real app parts around one database, and people who sign in."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from functools import cache
from pathlib import Path
from uuid import UUID, uuid4

import httpx
from fastapi import FastAPI
from sqlalchemy import text

from backend import console, console_inbox, static_files
from backend.app_state import Core
from backend.conversation import Author, Channel, Conversation, append, start_conversation
from backend.db import Database, system
from backend.handover import Handover, Request, ask_for_person
from backend.live import Hints
from backend.places import find_municipality
from backend.problems import add_problem_handlers
from backend.reply import Kind, Reply
from backend.settings import Settings
from backend.web_security import Guard
from booking import console_capacity, console_day, console_drop_in
from bot import console_answers, console_translations
from bot.channels import web_services
from content.answers import Answers, load_answers
from nlu import console_unanswered
from tests.conftest import NOW, PASSWORD, Urls

SETTINGS = Settings(
    database_url="",
    nlu_urls=(),
    nlu_token="",
    secret_key="a secret key that is only used in tests",
    public_url="http://127.0.0.1:8000",
    is_demo=True,
    default_municipality="lindby",
    clock_start=None,
    telegram_tokens={},
    telegram_secret="",
    telegram_api_url="",
    telegram_polling=False,
    state_folder=Path(),
)
CSRF = re.compile(r'name="csrf" value="([0-9a-f]+)"')


@cache
def answers() -> Answers:
    return load_answers()


def page_of(handover: Handover) -> str:
    return f"/staff/conversations/{handover.conversation_id}"


class MovingClock:
    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


def make_console(database: Database, urls: Urls, clock: MovingClock | None = None) -> FastAPI:
    app = FastAPI()
    app.state.core = Core(
        settings=SETTINGS,
        database=database,
        hints=Hints(urls.app),
        clock=clock or MovingClock(NOW),
        answers=answers(),
    )
    modules = (
        console,
        console_inbox,
        console_day,
        console_capacity,
        console_drop_in,
        console_unanswered,
        console_answers,
        console_translations,
        static_files,
    )
    for module in modules:
        app.include_router(module.router)
    app.include_router(web_services.staff_router)
    add_problem_handlers(app)
    app.add_middleware(Guard, settings=SETTINGS)
    return app


class Browser:
    """Keeps cookies and sends forms with the token of the page, as a browser does."""

    def __init__(self, app: FastAPI) -> None:
        transport = httpx.ASGITransport(app=app, client=("192.0.2.7", 4711))
        self.http = httpx.AsyncClient(
            transport=transport,
            base_url="http://127.0.0.1:8000",
            headers={"accept": "text/html", "accept-language": "en"},
        )
        self.csrf = ""

    async def get(self, url: str, **headers: str) -> httpx.Response:
        answer = await self.http.get(url, headers=headers)
        found = CSRF.search(answer.text)
        if found:
            self.csrf = found.group(1)
        return answer

    async def post(self, url: str, **fields: str) -> httpx.Response:
        return await self.http.post(url, data={"csrf": self.csrf, **fields})

    async def sign_in(self, name: str, password: str = PASSWORD) -> httpx.Response:
        await self.get("/staff/sign-in")
        answer = await self.post("/staff/sign-in", name=name, password=password)
        if answer.status_code == 303:
            await self.get("/staff/me")
        return answer


@asynccontextmanager
async def browser_of(app: FastAPI, name: str) -> AsyncIterator[Browser]:
    browser = Browser(app)
    await browser.sign_in(name)
    await browser.post("/staff/language", language="en")
    yield browser
    await browser.http.aclose()


async def waiting_resident(
    database: Database,
    *,
    language: str = "ar",
    is_shared: bool = True,
    topic: str | None = "bank_account",
    priority: int = 0,
    now: datetime = NOW,
    municipality: str = "lindby",
    body: str = "integration",
) -> Handover:
    """Somebody who has asked the bot something and then asked for a person."""
    place = await find_municipality(database, municipality)
    async with database.transaction(system(place.id)) as db:
        body_id = await db.scalar(text("select id from body where key = :key"), {"key": body})
        conversation, _ = await start_conversation(db, place.id, Channel.WEB, language)
        await append(db, conversation, Author.RESIDENT, Reply("ما عندي حساب"), at=now)
        text_sv = "Du har rätt att öppna ett konto."
        answer = Reply(text_sv, kind=Kind.ANSWER, title="Bankkonto", language="sv")
        await append(db, conversation, Author.BOT, answer, at=now)
        await db.refresh(conversation)
        request = Request(
            body_id=body_id,
            reason="asked",
            topic=topic,
            is_shared=is_shared,
            answer_by=now.replace(hour=12, minute=30),
            priority=priority,
        )
        return await ask_for_person(db, conversation, request, now)


async def resident_writes(
    database: Database, municipality_id: UUID, conversation_id: UUID, words: str
) -> None:
    async with database.transaction(system(municipality_id)) as db:
        conversation = await db.get_one(Conversation, (municipality_id, conversation_id))
        await append(
            db, conversation, Author.RESIDENT, Reply(words), client_msg_id=str(uuid4()), at=NOW
        )


async def audit_of(database: Database, municipality: str = "lindby") -> list[tuple[str, str]]:
    """Action and subject of every row, oldest first."""
    place = await find_municipality(database, municipality)
    async with database.transaction(system(place.id)) as db:
        rows = await db.execute(text("select action, subject from audit order by id"))
        return [(row.action, row.subject) for row in rows]


async def take(browser: Browser, handover: Handover) -> None:
    answer = await browser.post(f"{page_of(handover)}/claim", version=str(handover.version))
    assert answer.status_code == 303
