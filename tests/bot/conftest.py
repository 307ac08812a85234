"""A conversation in the database, one turn at a time, without network; an operator at `landa`."""

import getpass
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol
from uuid import UUID

import pytest
from sqlalchemy import select

from backend.conversation import Author, Channel, Conversation, Message, append, start_conversation
from backend.db import Database, resident, system
from backend.places import Municipality, find_municipality
from backend.reply import Reply
from bot.handle import handle
from bot.sections import SectionIndex, load_shipped
from bot.turn import Turn
from content.answers import Answers
from nlu.client import Candidate, Understanding, Verdict
from tests.conftest import NOW, PASSWORD, Urls
from tests.live import SECRET_KEY


def understood(
    *ids: str, verdict: Verdict = Verdict.ANSWER, language: str | None = None
) -> Understanding:
    """What the recogniser would say, most probable first."""
    ranking = tuple(Candidate(name, 0.9 / (place + 1)) for place, name in enumerate(ids))
    return Understanding(verdict, ranking, language, language is not None, ())


@dataclass
class Chat:
    """A resident at the core itself."""

    database: Database
    municipality: Municipality
    id: UUID
    answers: Answers
    sections: SectionIndex
    now: datetime = NOW
    heard: list[Reply] = field(default_factory=list)

    async def say(self, text: str, understanding: Understanding | None = None) -> list[Reply]:
        return await self._turn(text=text, understanding=understanding)

    async def press(self, action: str) -> list[Reply]:
        return await self._turn(action=action)

    async def press_label(self, label: str) -> list[Reply]:
        return await self.press(self.action(label))

    def action(self, label: str) -> str:
        for reply in reversed(self.heard):
            for button in reply.buttons:
                if button.label == label:
                    return button.action
        raise AssertionError(f"no button {label!r} among {self.labels}")

    @property
    def labels(self) -> list[str]:
        return [button.label for reply in self.heard for button in reply.buttons]

    @property
    def texts(self) -> list[str]:
        return [reply.text for reply in self.heard]

    async def conversation(self) -> Conversation:
        async with self.database.transaction(system(self.municipality.id)) as db:
            return (await db.scalars(select(Conversation).where(Conversation.id == self.id))).one()

    async def messages(self) -> list[Message]:
        async with self.database.transaction(system(self.municipality.id)) as db:
            query = select(Message).where(Message.conversation_id == self.id)
            return list(await db.scalars(query.order_by(Message.seq)))

    async def _turn(
        self,
        text: str | None = None,
        action: str | None = None,
        understanding: Understanding | None = None,
    ) -> list[Reply]:
        scope = resident(self.municipality.id, self.id)
        async with self.database.transaction(scope) as db:
            conversation = (
                await db.scalars(
                    select(Conversation).where(Conversation.id == self.id).with_for_update()
                )
            ).one()
            turn = Turn(
                db=db,
                now=self.now,
                municipality=self.municipality,
                conversation=conversation,
                answers=self.answers,
                sections=self.sections,
                secret_key=SECRET_KEY,
                text=text,
                action=action,
                understanding=understanding,
            )
            self.heard = await handle(turn)
            for reply in self.heard:
                await append(db, conversation, Author.BOT, reply)
        return self.heard


@pytest.fixture(scope="session")
def answers(vectors: Path) -> Answers:
    return load_shipped(vectors / "vectors")[0]


@pytest.fixture(scope="session")
def sections(vectors: Path) -> SectionIndex:
    return load_shipped(vectors / "vectors")[1]


class StartChat(Protocol):
    async def __call__(
        self, language: str = "en", municipality: str = "lindby", now: datetime = NOW
    ) -> Chat: ...


@pytest.fixture
def chats(database: Database, answers: Answers, sections: SectionIndex) -> StartChat:
    """Starts chats: `await chats("ar", municipality="strandby")`."""

    async def start(
        language: str = "en", municipality: str = "lindby", now: datetime = NOW
    ) -> Chat:
        found = await find_municipality(database, municipality)
        async with database.transaction(system(found.id)) as db:
            conversation, _ = await start_conversation(db, found.id, Channel.API, language)
        return Chat(database, found, conversation.id, answers, sections, now)

    return start


@pytest.fixture
def operator(module_urls: Urls, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The settings of an operator in some folder, whose commands change nothing."""
    for name in ("DEMO", "CLOCK", "PUBLIC_URL", "TELEGRAM_TOKENS", "DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("APP_DATABASE_URL", module_urls.app)
    monkeypatch.setenv("SECRET_KEY", SECRET_KEY)
    monkeypatch.setenv("STATE_FOLDER", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def own_urls(operator: None, urls: Urls, monkeypatch: pytest.MonkeyPatch) -> Urls:
    """The same operator with a database for commands that change it."""
    monkeypatch.setenv("APP_DATABASE_URL", urls.app)
    return urls


@pytest.fixture
def types(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """What the operator answers, one after the other, when asked for a password."""

    def answer(*passwords: str) -> None:
        waiting = iter(passwords)
        monkeypatch.setattr(getpass, "getpass", lambda _prompt: next(waiting))

    answer(PASSWORD, PASSWORD)
    return answer
