"""Telegram: updates are stored before they are acknowledged, by webhook or long polling.

python-telegram-bot is parser and sender here; the conversation itself lives in our database.
"""

import asyncio
import hmac
import logging
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import telegram
from fastapi import APIRouter, HTTPException, Request, Response
from telegram import Bot, Update
from telegram.error import TelegramError
from telegram.request import HTTPXRequest

from backend.app_state import Core
from backend.conversation import Channel, open_chat
from backend.db import system
from backend.inbox import KeyReused, Received, receive
from backend.places import Municipality, find_municipality
from bot.channels.incoming import MAX_CHARACTERS, clean
from bot.channels.telegram_sender import Sender
from bot.delivery import Delivery
from content.languages import complete_languages

# Otherwise the library warns each time that Telegram asks for a pause.
os.environ.setdefault("PTB_TIMEDELTA", "1")

router = APIRouter(tags=["telegram"])
log = logging.getLogger(__name__)

POLL_SECONDS = 25
COMMANDS = {
    "/start": "start",
    "/help": "help",
    "/stop": "stop",
    "/language": "languages",
    "/book": "book",
    "/person": "human",
}
UPDATES = ["message", "callback_query"]


class Bots:
    """The bots of the municipalities that have one, by slug."""

    def __init__(self, core: Core, by_slug: dict[str, Bot]) -> None:
        self._core = core
        self.by_slug = by_slug
        self._answers: set[asyncio.Task[Any]] = set()

    async def poll(self) -> None:
        """Long polling for a laptop; returns at once when webhooks are used."""
        if self._core.settings.telegram_polling:
            await asyncio.gather(*(self._poll(slug, bot) for slug, bot in self.by_slug.items()))

    async def _poll(self, slug: str, bot: Bot) -> None:
        municipality = await find_municipality(self._core.database, slug)
        offset = 0
        while True:
            try:
                updates = await bot.get_updates(
                    offset, timeout=POLL_SECONDS, allowed_updates=UPDATES
                )
            except TelegramError as error:
                log.warning("telegram polling: %s", type(error).__name__)
                await asyncio.sleep(2)
                continue
            for update in updates:
                await self.store(municipality, bot, update)
                offset = update.update_id + 1

    async def store(self, municipality: Municipality, bot: Bot, update: Update) -> None:
        """Commits the update to the inbox; one that came before is harmless."""
        content = _content_of(update)
        chat = update.effective_chat
        if content is None or chat is None or chat.type != telegram.Chat.PRIVATE:
            return
        async with self._core.database.transaction(system(municipality.id)) as db:
            conversation_id = await open_chat(
                db,
                Channel.TELEGRAM,
                _bot_id(bot),
                str(chat.id),
                _language_of(update, municipality),
            )
            received = Received(
                channel=Channel.TELEGRAM,
                bot_id=_bot_id(bot),
                external_id=str(update.update_id),
                conversation_id=conversation_id,
                **content,
            )
            try:
                await receive(db, received)
            except KeyReused:
                log.warning("an update id came twice with different content")
        if update.callback_query:
            self._stop_spinner(bot, update.callback_query.id)

    def _stop_spinner(self, bot: Bot, callback_id: str) -> None:
        """The phone shows a wheel until the tap is answered; nothing depends on it."""

        async def answer() -> None:
            try:
                await bot.answer_callback_query(callback_id)
            except TelegramError:
                return

        task = asyncio.create_task(answer())
        self._answers.add(task)
        task.add_done_callback(self._answers.discard)


@asynccontextmanager
async def bots(core: Core, delivery: Delivery) -> AsyncIterator[Bots]:
    """The bots, initialised without a call to Telegram, and the sender behind the outbox."""
    async with AsyncExitStack() as stack:
        by_slug = {}
        for slug, token in core.settings.telegram_tokens.items():
            bot = make_bot(token, core.settings.telegram_api_url)
            for request in bot._request:  # noqa: SLF001 -- initialize() would call getMe
                await request.initialize()
                stack.push_async_callback(request.shutdown)
            by_slug[slug] = bot
        delivery.send = Sender(core, by_slug).send
        yield Bots(core, by_slug)


def make_bot(token: str, api_url: str) -> Bot:
    return Bot(
        token,
        base_url=f"{api_url}/bot",
        base_file_url=f"{api_url}/file/bot",
        request=HTTPXRequest(connection_pool_size=16, read_timeout=10, connect_timeout=5),
        get_updates_request=HTTPXRequest(read_timeout=POLL_SECONDS + 10),
    )


@router.post("/telegram/{slug}", include_in_schema=False)
async def webhook(request: Request, slug: str) -> Response:
    """200 means stored. Telegram repeats an update until it gets that."""
    found: Bots = request.app.state.telegram
    settings = request.app.state.core.settings
    secret = request.headers.get("x-telegram-bot-api-secret-token", "")
    if not settings.telegram_secret or not hmac.compare_digest(
        secret.encode(), settings.telegram_secret.encode()
    ):
        raise HTTPException(401, "The secret is missing or wrong.")
    bot = found.by_slug.get(slug)
    if bot is None:
        raise HTTPException(404, "This municipality has no Telegram bot.")
    update = await _parse(request, bot)
    if update is not None:
        municipality = await find_municipality(request.app.state.core.database, slug)
        await found.store(municipality, bot, update)
    return Response(status_code=200)


async def _parse(request: Request, bot: Bot) -> Update | None:
    """None for shapes we do not know: repeating them would not help, so they get a 200."""
    try:
        raw = await request.json()
    except ValueError:
        raise HTTPException(400, "This is not JSON.") from None
    if not isinstance(raw, dict):
        raise HTTPException(400, "This is not an update.")
    try:
        return Update.de_json(raw, bot)
    except (KeyError, TypeError, ValueError, AttributeError):
        log.warning("an update of unknown shape was left out")
        return None


def _content_of(update: Update) -> dict[str, str] | None:
    """What a resident wrote or pressed; photos and voices are answered with "text only"."""
    if update.callback_query:
        action = clean(update.callback_query.data or "")
        return {"action": action[:100]} if action else None
    if update.message is None or not isinstance(update.update_id, int):
        return None
    text = clean(update.message.text or "")
    if not text:
        return {"action": "unreadable"}
    command = text.split(maxsplit=1)[0].split("@")[0].lower()
    if command in COMMANDS:
        return {"action": COMMANDS[command]}
    return {"text": text[:MAX_CHARACTERS]}


def _language_of(update: Update, municipality: Municipality) -> str:
    """The phone's language to begin with, where it is offered."""
    user = update.effective_user
    code = ((user and user.language_code) or "").split("-")[0].lower()
    offered = {language.code for language in complete_languages()}
    return code if code in offered else municipality.default_language


def _bot_id(bot: Bot) -> str:
    return bot.token.partition(":")[0]
