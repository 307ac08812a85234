"""Lindby with a Telegram bot: the whole app in front of the emulated Bot API, and a look into the
rows behind it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psycopg
from psycopg.rows import tuple_row

from tests.conftest import NOW, Urls
from tests.fakes.botapi import BotApi
from tests.fakes.botapi_chat import Chat
from tests.live import LiveApp, running_app

SECRET = "a-secret-of-the-webhook"


@dataclass(frozen=True)
class Town:
    api: BotApi
    app: LiveApp
    urls: Urls

    def newcomer(self, name: str = "Amina", language: str = "en") -> Chat:
        return self.api.user(name, language_code=language).chat

    def rows(self, query: str, *values: object) -> list[Any]:
        """Straight from the database, past all walls; single columns as plain values."""
        with psycopg.connect(self.urls.owner, row_factory=tuple_row) as connection:
            found = connection.execute(query, values).fetchall()
        return [row[0] if len(row) == 1 else row for row in found]

    def change(self, query: str, *values: object) -> None:
        with psycopg.connect(self.urls.owner, autocommit=True) as connection:
            connection.execute(query, values)

    def conversation(self, chat: Chat) -> Any:
        [found] = self.rows("select id from conversation where external_id = %s", str(chat.id))
        return found

    def outbox(self, chat: Chat, columns: str = "state") -> list[Any]:
        query = f"select {columns} from outbox where conversation_id = %s order by id"
        return self.rows(query, self.conversation(chat))

    def said(self, chat: Chat) -> list[tuple[str, str]]:
        """Author and text of what the conversation holds, in its order."""
        query = "select author, text from message where conversation_id = %s order by seq"
        return self.rows(query, self.conversation(chat))

    def post_update(self, update: Any, secret: str | None = SECRET) -> httpx.Response:
        headers = {} if secret is None else {"X-Telegram-Bot-Api-Secret-Token": secret}
        with self.app.http() as http:
            return http.post("/telegram/lindby", json=update, headers=headers)


@contextmanager
def telegram_town(
    urls: Urls, vectors: Path, *, is_polling: bool = True, **environment: str
) -> Iterator[Town]:
    with (
        BotApi(redelivery_unit=0.05) as api,
        running_app(
            urls.app,
            NOW,
            vectors,
            TELEGRAM_TOKENS=f"lindby={api.token}",
            TELEGRAM_SECRET=SECRET,
            TELEGRAM_API_URL=api.base_url.removesuffix("/bot"),
            TELEGRAM_POLLING="1" if is_polling else "0",
            **environment,
        ) as app,
    ):
        yield Town(api, app, urls)


def texts_of(chat: Chat) -> list[str]:
    return [message.text for message in chat.replies]
