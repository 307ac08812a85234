"""Lindby with a Telegram bot: the whole app in front of the emulated Bot API, and a look into the
rows behind it."""

import asyncio
import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest

from bot.channels import telegram, telegram_sender
from tests.conftest import Urls
from tests.fakes.botapi import BotApi
from tests.fakes.botapi_chat import Chat
from tests.live import LiveApp, running_app

SECRET = "a-secret-of-the-webhook"
# The office is open and so is the drop-in.
FRIDAY = datetime(2026, 11, 27, 12, 30, tzinfo=UTC)


@dataclass(frozen=True)
class Town:
    api: BotApi
    app: LiveApp
    urls: Urls

    def newcomer(self, name: str = "Amina", language: str = "en") -> Chat:
        return self.api.user(name, language_code=language).chat

    def rows(self, query: str, *values: object) -> list[Any]:
        """Straight from the database, past all walls; single columns as plain values."""
        with psycopg.connect(self.urls.owner) as connection:
            found = connection.execute(query.encode(), values).fetchall()
        return [row[0] if len(row) == 1 else row for row in found]

    def change(self, query: str, *values: object) -> None:
        """The workers are woken as well."""
        with psycopg.connect(self.urls.owner) as connection:
            connection.execute(query.encode(), values)
            connection.execute("notify landa_work")

    def conversation(self, chat: Chat) -> UUID:
        [found] = self.rows("select id from conversation where external_id = %s", str(chat.id))
        return UUID(str(found))

    def outbox(self, chat: Chat, columns: str = "state") -> list[Any]:
        return self.rows(
            f"select {columns} from outbox join conversation c on c.id = conversation_id"
            " where c.external_id = %s order by outbox.id",
            str(chat.id),
        )

    def said(self, chat: Chat, *authors: str) -> list[str]:
        """The texts of the conversation by these authors, in its order."""
        return self.rows(
            "select text from message join conversation c on c.id = conversation_id"
            " where c.external_id = %s and author = any(%s) order by seq",
            str(chat.id),
            list(authors),
        )

    def waiting(self) -> int:
        [count] = self.rows("select count(*) from inbox where state = 'ready'")
        return int(count)

    def is_at_rest(self) -> bool:
        """Nobody holds a lease, which would outlive a crash by up to half a minute."""
        return self.rows("select count(*) from conversation where lease_token is not null") == [0]

    def post(self, update: Any, secret: str | None = SECRET, slug: str = "lindby") -> int:
        """Hands an update to the webhook, past the emulator; returns the HTTP status."""
        name = b"X-Telegram-Bot-Api-Secret-Token"
        headers = {} if secret is None else {name: secret.encode()}
        content = update if isinstance(update, bytes) else json.dumps(update).encode()
        with self.app.http() as http:
            return http.post(f"/telegram/{slug}", headers=headers, content=content).status_code

    @contextmanager
    def without_database(self) -> Iterator[None]:
        """Connections are cut and refused, as while a server restarts."""
        server, _, name = self.urls.owner.rpartition("/")
        with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
            connection.execute(f'alter database "{name}" with allow_connections false'.encode())
            try:
                connection.execute(
                    "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s",
                    [name],
                )
                yield
            finally:
                connection.execute(f'alter database "{name}" with allow_connections true'.encode())


@contextmanager
def telegram_town(
    urls: Urls,
    vectors: Path,
    *,
    is_polling: bool = True,
    is_patient: bool = False,
    now: datetime = FRIDAY,
    settings: Mapping[str, str] | None = None,
) -> Iterator[Town]:
    """Without patience the pause of a second between two messages of a chat is left out, and a
    call that brings no answer ends after one second instead of ten."""
    with pytest.MonkeyPatch.context() as patch, BotApi(redelivery_unit=0.05) as api:
        patch.setattr(telegram_sender, "BETWEEN_MESSAGES", 1.0 if is_patient else 0)
        patch.setattr(telegram, "ANSWER_SECONDS", 10 if is_patient else 1)
        environment = {
            "TELEGRAM_TOKENS": f"lindby={api.token}",
            "TELEGRAM_SECRET": SECRET,
            "TELEGRAM_API_URL": api.base_url.removesuffix("/bot"),
            "TELEGRAM_POLLING": "1" if is_polling else "0",
            **(settings or {}),
        }
        with running_app(urls.app, now, vectors, **environment) as app:
            yield Town(api, app, urls)


async def eventually(condition: Callable[[], bool], within: float = 15.0) -> None:
    deadline = time.monotonic() + within
    while not condition():
        assert time.monotonic() < deadline, f"waited {within} s in vain"
        await asyncio.sleep(0.05)


def message_update(update_id: int, chat: Chat, text: str, /, **others: Any) -> dict[str, Any]:
    """An update as Telegram would write it."""
    person = {"id": chat.id, "is_bot": False, "first_name": "Amina", "language_code": "en"}
    message = {
        "message_id": update_id,
        "date": int(time.time()),
        "from": person,
        "chat": {"id": chat.id, "first_name": "Amina", "type": "private"},
        "text": text,
    }
    return {"update_id": update_id, "message": message | others}
