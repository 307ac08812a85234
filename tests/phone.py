"""A resident's phone without script: it opens pages, presses buttons and sends forms."""

import re
from html import unescape
from typing import Any

import httpx
from fastapi import FastAPI

from backend import resident_pages
from backend.app_state import Core
from backend.clock import Clock
from backend.db import Database
from backend.live import Hints
from backend.problems import add_problem_handlers
from backend.web_security import Guard
from booking import resident_pages as booking_pages
from bot.channels import web
from bot.delivery import Delivery
from bot.sections import SectionIndex
from nlu.client import NluClient
from tests.backend.console_app import SETTINGS, answers
from tests.conftest import NOW, Urls

HIDDEN = re.compile(r'<input type="hidden"[^>]*?name="(\w+)"\s+value="([^"]*)"')
TURN = re.compile(r'<li class="(turn[^"]*)"\s+id="m\d+"\s+data-seq="\d+"[^>]*>')
PENDING = re.compile(r'<ol class="log"\s+id="pending"')
TERM = re.compile(r'<bdi class="term">(.*?)</bdi>')
MARKUP = re.compile(r"<svg.*?</svg>|<[^>]+>", re.DOTALL)


def resident_app(database: Database, urls: Urls, clock: Clock = lambda: NOW) -> FastAPI:
    """The resident's pages around one database; the recogniser is away."""
    app = FastAPI()
    core = Core(SETTINGS, database, Hints(urls.app), clock, answers())
    app.state.core = core
    app.state.delivery = Delivery(core, NluClient([], ""), SectionIndex({}, {}))
    for module in (web, booking_pages, resident_pages):
        app.include_router(module.router)
    add_problem_handlers(app)
    app.add_middleware(Guard, settings=SETTINGS)
    return app


class Phone:
    """Follows redirects, keeps cookies, and sends the hidden fields of the page it is on."""

    def __init__(self, app: FastAPI, language: str = "en", slug: str = "lindby") -> None:
        self.http = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app),
            base_url="http://127.0.0.1:8000",
            headers={"accept": "text/html", "accept-language": language},
            follow_redirects=True,
        )
        self.home = f"/m/{slug}"
        self.language = language
        self.page = httpx.Response(200, text="")

    async def open(self, address: str | None = None) -> httpx.Response:
        self.page = await self.http.get(address or self.home)
        return self.page

    async def start(self) -> "Phone":
        """From the choice of the language into the conversation."""
        await self.open()
        self.page = await self.post(f"{self.home}/language", language=self.language)
        return self

    async def press(self, action: str) -> httpx.Response:
        self.page = await self.post(f"{self.home}/messages", action=action)
        return self.page

    async def press_label(self, label: str) -> httpx.Response:
        return await self.press(self.actions[label])

    async def write(self, text: str) -> httpx.Response:
        self.page = await self.post(f"{self.home}/messages", text=text)
        return self.page

    async def post(self, address: str, **fields: Any) -> httpx.Response:
        return await self.http.post(address, data=self.hidden | fields)

    @property
    def hidden(self) -> dict[str, str]:
        return dict(HIDDEN.findall(self.page.text))

    @property
    def turns(self) -> list[tuple[str, str]]:
        """Who and what, as read: ("turn turn--me", "You wrote: Hello")."""
        _, *parts = TURN.split(PENDING.split(self.page.text)[0])
        return [(kind, words(body)) for kind, body in batched(parts)]

    @property
    def said(self) -> list[str]:
        return [text.removeprefix("You wrote: ") for kind, text in self.turns if "--me" in kind]

    @property
    def last(self) -> str:
        return self.turns[-1][1]

    @property
    def actions(self) -> dict[str, str]:
        """The action behind each button, the newest where a label comes twice."""
        buttons = re.findall(
            r'<button[^>]*?name="action"\s+value="([^"]*)"[^>]*>(.*?)</button>',
            self.page.text,
            re.DOTALL,
        )
        return {words(label): unescape(action) for action, label in buttons}


def batched(parts: list[str]) -> list[tuple[str, str]]:
    return list(zip(parts[::2], parts[1::2], strict=True))


def words(markup: str) -> str:
    """What a person reads of it."""
    markup = TERM.sub(r"\1", markup)
    return " ".join(unescape(MARKUP.sub(" ", markup)).replace("\u2060", "").split())
